import Playbooks
package import Ports
package import SSH

/// Single commands, outside of playbooks.
extension SSHNodeShell {
    /// Runs a command as the user who logs in, and closes the node's connection afterwards.
    ///
    /// A command is never repeated: a connection that breaks before its end is an error.
    ///
    /// - Parameters:
    ///   - command: handed to the user's shell as it is.
    ///   - standardInput: what it reads.
    ///   - outputLimit: bytes kept of each of its streams.
    package func run(
        _ command: String,
        standardInput: String = "",
        on node: NodeTarget,
        timeout: Duration,
        outputLimit: Int = 1_048_576
    ) async throws -> SSHCommandResult {
        do {
            let result = try await connection(to: node).execute(
                command,
                standardInput: standardInput,
                timeout: timeout,
                outputLimit: outputLimit
            )
            await drop(node)
            return result
        } catch {
            await drop(node)
            throw error
        }
    }
}

extension SSHNodeShell {
    /// Tries to become root, as steps do.
    ///
    /// - Returns: why that fails, in one line, or nil.
    package func rootProblem(_ node: NodeTarget) async throws -> String? {
        let step = PlaybookStep(name: "become root", run: "true", timeout: Self.shortLimit)
        guard options.become(step, user: node.ssh.user) != .no else { return nil }
        let work = StepWork(step: step, node: node, variables: [:], rebootTimeout: .zero)
        let tail = OutputTail(secrets: options.allSecrets)
        let end = try await executeAgainIfLost("true", work, tail)
        guard let failure = end.failure(limit: step.timeout), end != .busy else { return nil }
        let words = tail.text.split(separator: "\n").last.map { " (\($0))" } ?? ""
        let fix =
            options.sudoPassword == nil
            ? "allow \(node.ssh.user) sudo without a password, or give it one"
            : "check the password, and what sudo allows \(node.ssh.user)"
        return "\(node.ssh.user) cannot become root: \(failure)\(words): \(fix)"
    }
}
