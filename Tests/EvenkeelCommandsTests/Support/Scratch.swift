import Foundation

/// A folder for one test, removed afterwards.
struct Scratch: Sendable {
    let folder: String

    static func with<Value>(_ body: (Scratch) async throws -> Value) async throws -> Value {
        let folder = NSTemporaryDirectory() + "evenkeel-\(UUID().uuidString.prefix(8).lowercased())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(Scratch(folder: folder))
    }

    func path(_ name: String) -> String { folder + "/" + name }

    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    /// The lines of a file; none where there is no such file.
    func lines(_ name: String) -> [String] {
        ((try? text(name)) ?? "").split(separator: "\n").map(String.init)
    }

    /// Writes a file and answers its path.
    @discardableResult func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    /// What is in the folder, with the bytes of each file: shows that nothing was changed.
    func contents() throws -> [String: Data] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        return names.reduce(into: [:]) { $0[$1] = FileManager.default.contents(atPath: path($1)) ?? Data() }
    }
}
