import Foundation
import Synchronization

/// A server of the lab, which lives in namespaces of its own: the process ids are the lab's.
struct LabProcess: Sendable {
    let id: pid_t
    let arguments: [String]

    static func named(_ name: String) throws -> LabProcess {
        let found = try all { $0.first == name || $0.first?.hasSuffix("/\(name)") == true }
        guard let process = found.first else { throw LabProcessError.missing(name) }
        return process
    }

    static func kubelet(of node: String) throws -> LabProcess {
        let found = try all { words in
            words.first?.hasSuffix("/kubemark") == true
                && zip(words, words.dropFirst()).contains { $0 == ("--name", node) }
        }
        guard let process = found.first else { throw LabProcessError.missing("kubelet of \(node)") }
        return process
    }

    /// Lets all servers go on that a test may have left standing.
    static func continueAll() throws {
        let names = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubemark"]
        for process in try all({ words in
            names.contains { words.first == $0 || words.first?.hasSuffix("/\($0)") == true }
        }) {
            process.signal(SIGCONT)
        }
    }

    private static func all(_ matches: ([String]) -> Bool) throws -> [LabProcess] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { entry in
            guard let id = pid_t(entry), let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else {
                return nil
            }
            let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return matches(words) ? LabProcess(id: id, arguments: words) : nil
        }
    }

    func signal(_ number: Int32) { kill(id, number) }

    /// Stands still while `body` runs, and goes on whatever comes of it.
    func whileStopped<Value>(_ body: () async throws -> Value) async throws -> Value {
        signal(SIGSTOP)
        defer { signal(SIGCONT) }
        return try await body()
    }

    /// A new process with the same arguments; it ends with the lab.
    func startAgain(after pause: Duration) async throws {
        try? await ContinuousClock().sleep(for: pause)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try Command.launching.withLock { _ in try process.run() }
    }
}

enum LabProcessError: Error {
    case missing(String)
}
