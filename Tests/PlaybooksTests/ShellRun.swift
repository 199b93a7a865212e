import Foundation

/// The end of a program that a test ran.
struct ShellRun {
    let output: [UInt8]
    let errors: String
    let code: Int32

    /// Runs a program to its end with this standard input.
    init(_ command: [String], input: String, environment: [String: String] = ["PATH": "/usr/bin:/bin"]) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "playbooks-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = ["in", "out", "err"].map { folder.appending(path: $0) }
        try Data(input.utf8).write(to: files[0])
        for file in files[1...] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.environment = environment
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        output = Array(try Data(contentsOf: files[1]))
        errors = String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
        code = process.terminationStatus
    }

    var text: String { String(decoding: output, as: UTF8.self) }
}

/// The project's top folder.
let projectFolder = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
