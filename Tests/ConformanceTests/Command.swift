import Foundation
import Synchronization

/// A child process that is waited for.
struct Command: Sendable {
    struct Result: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Held while a child and its pipes are made. Foundation notices a child's end by a socket that only the child holds;
    /// another one born at the same moment may inherit it, and the first would seem to run as long as the second.
    static let launching = Mutex(())

    let executable: String
    let arguments: [String]
    /// Added to the test's own environment.
    var environment: [String: String] = [:]

    init(_ executable: String, _ arguments: [String], environment: [String: String] = [:]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }

    /// Runs it to its end, or to the test's. Output goes through files, which never fill up as pipes do.
    func run() async throws -> Result {
        try await Scratch.with { scratch in
            let output = try scratch.create("out")
            let errors = try scratch.create("err")
            let process = prepared()
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = errors
            let status = try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
                    do {
                        try Self.launching.withLock { _ in try process.run() }
                    } catch {
                        process.terminationHandler = nil
                        continuation.resume(throwing: error)
                    }
                }
            } onCancel: {
                // A test whose time is over must not wait for a child that waits for ever.
                if process.processIdentifier > 0 { kill(process.processIdentifier, SIGKILL) }
            }
            return Result(status: status, output: try scratch.text("out"), errors: try scratch.text("err"))
        }
    }

    /// The process, not started; a bare name is looked up as a shell does.
    func prepared() -> Process {
        let process = Process()
        let isPath = executable.contains("/")
        process.executableURL = URL(fileURLWithPath: isPath ? executable : "/usr/bin/env")
        process.arguments = isPath ? arguments : [executable] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        return process
    }
}

/// A folder for one test, removed afterwards.
struct Scratch: Sendable {
    let folder: URL

    static func with<Value>(_ body: (Scratch) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("evenkeel-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(Scratch(folder: folder))
    }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    /// Writes a file and answers its path.
    @discardableResult func write(_ name: String, _ text: String) throws -> String {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        return path(name)
    }

    func create(_ name: String) throws -> FileHandle {
        try FileHandle(forWritingTo: URL(fileURLWithPath: try write(name, "")))
    }
}
