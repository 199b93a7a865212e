// A program that a test starts.
package import Foundation

/// A child process whose end can be awaited.
///
/// Foundation's `Process` takes it for the end when a child closes the descriptors it inherited, as sshd and ssh-agent
/// do first thing, and then waits for that child before it tells of the end of any other.
package struct ChildProcess: Sendable {
    package struct Failure: Error {
        package let executable: String
        package let code: Int32
    }

    package let id: pid_t
    private let ends: AsyncStream<Int32>

    package init(_ executable: String, _ arguments: [String], environment: [String: String]? = nil) throws {
        let variables = environment ?? ProcessInfo.processInfo.environment
        let id = try Self.spawn([executable] + arguments, variables.map { "\($0)=\($1)" })
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        // The wait takes a thread of its own; its end is the child's.
        Thread.detachNewThread {
            var status: CInt = 0
            while waitpid(id, &status, 0) < 0, errno == EINTR {}
            continuation.yield(status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F))
            continuation.finish()
        }
        self.id = id
        ends = stream
    }

    private static func spawn(_ words: [String], _ variables: [String]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        let arguments = words.map { strdup($0) }
        let environment = variables.map { strdup($0) }
        defer { for pointer in arguments + environment { free(pointer) } }
        var id: pid_t = 0
        // The threads of the concurrency runtime block signals, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let code = posix_spawn(&id, words[0], &actions, &attributes, arguments + [nil], environment + [nil])
        guard code == 0 else { throw Failure(executable: words[0], code: code) }
        return id
    }

    /// The processes whose parent this is.
    package static func children(of parent: pid_t) throws -> [pid_t] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.filter { id in
            // `PID (NAME) STATE PARENT …`, where the name may hold anything.
            let text = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ""
            let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 1 && pid_t(fields[1]) == parent
        }
    }

    package var isRunning: Bool { kill(id, 0) == 0 }

    package func terminate() { kill(id, SIGTERM) }

    /// Waits for the exit status, negative for the number of a signal; to be called once.
    @discardableResult
    package func end() async -> Int32? {
        var statuses = ends.makeAsyncIterator()
        return await statuses.next()
    }
}
