import FoundationEssentials
import Testing

/// Text that is compared with a file beside the tests.
///
/// With `EVENKEEL_RECORD=1` in the environment the file is written anew, and the test fails so that nobody forgets it.
enum Golden {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Golden")

    static func expect(
        _ text: String,
        is name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["EVENKEEL_RECORD"] == "1" {
            try Data(text.utf8).write(to: file)
            Issue.record("recorded \(name)", sourceLocation: sourceLocation)
            return
        }
        let recorded = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(text == recorded, "differs from Golden/\(name)", sourceLocation: sourceLocation)
    }

    static func names(startingWith prefix: String) throws -> Set<String> {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return Set(names.filter { $0.hasPrefix(prefix) })
    }
}
