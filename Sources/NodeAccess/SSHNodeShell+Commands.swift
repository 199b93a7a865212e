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
