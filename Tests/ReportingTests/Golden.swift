import FoundationEssentials
import Testing

/// Text that is compared with a file beside the tests.
///
/// With `EVENKEEL_RECORD=1` in the environment the file is written anew, and the test fails so that nobody forgets it.
enum Golden {
    static func expect(
        _ text: String,
        is name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name)")
        if ProcessInfo.processInfo.environment["EVENKEEL_RECORD"] == "1" {
            try Data(text.utf8).write(to: file)
            Issue.record("recorded \(name)", sourceLocation: sourceLocation)
            return
        }
        let recorded = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(text == recorded, "differs from Golden/\(name)", sourceLocation: sourceLocation)
    }
}
