import Playbooks
import Ports
package import SSH

extension SSHNodeShell {
    /// How nodes are reached, and what their steps may do.
    package struct Options: Sendable {
        package var credentials: [SSHCredential]
        package var hostKeys: HostKeyPolicy
        package var timeouts: SSHTimeouts
        package var retry: SSHRetryPolicy
        /// Scripts of steps that ask for root go through sudo, unless the user is root.
        package var usesSudo: Bool
        /// What sudo is given on its standard input where it asks; nil where it must not ask.
        package var sudoPassword: String?
        /// The login name that needs no sudo.
        package var rootName = "root"
        /// Through which servers the nodes are reached, first to last.
        package var jumps: [SSHEndpoint]
        /// What is otherwise for some nodes, by their names.
        package var ways: [String: Way] = [:]
        /// The folder from which the files of uploads are seen.
        package var uploadFolder: String
        /// How files are sent.
        package var transfer: SSHTransferOptions
        /// Values that no report may show.
        package var secrets: [String]
        /// How many connections may be in the making at once.
        package var loginsAtOnce: Int
        /// Tells a machine to reboot and returns before it does.
        package var rebootCommand: String
        /// A file on the nodes whose content is another after each boot.
        package var bootIDFile: String
        /// Tells how long a script took.
        package var clock: any Clock<Duration>

        /// The pause lets the command's own end reach this side before the machine goes down.
        package static let reboot = "nohup sh -c 'sleep 1; systemctl reboot || reboot' </dev/null >/dev/null 2>&1 &"
        /// See random(4).
        package static let linuxBootID = "/proc/sys/kernel/random/boot_id"

        package init(
            credentials: [SSHCredential],
            hostKeys: HostKeyPolicy,
            timeouts: SSHTimeouts = SSHTimeouts(),
            retry: SSHRetryPolicy = SSHRetryPolicy(),
            usesSudo: Bool = true,
            sudoPassword: String? = nil,
            jumps: [SSHEndpoint] = [],
            uploadFolder: String = ".",
            transfer: SSHTransferOptions = SSHTransferOptions(),
            secrets: [String] = [],
            loginsAtOnce: Int = 32,
            rebootCommand: String = reboot,
            bootIDFile: String = linuxBootID,
            clock: any Clock<Duration> = ContinuousClock()
        ) {
            self.credentials = credentials
            self.hostKeys = hostKeys
            self.timeouts = timeouts
            self.retry = retry
            self.usesSudo = usesSudo
            self.sudoPassword = sudoPassword
            self.jumps = jumps
            self.uploadFolder = uploadFolder
            self.transfer = transfer
            self.secrets = secrets
            self.loginsAtOnce = loginsAtOnce
            self.rebootCommand = rebootCommand
            self.bootIDFile = bootIDFile
            self.clock = clock
        }

        /// How one node is reached where that differs.
        package struct Way: Hashable, Sendable {
            package var credentials: [SSHCredential]
            package var jumps: [SSHEndpoint]

            package init(credentials: [SSHCredential], jumps: [SSHEndpoint]) {
                self.credentials = credentials
                self.jumps = jumps
            }
        }

        func way(to node: NodeTarget) -> Way {
            ways[node.node] ?? Way(credentials: credentials, jumps: jumps)
        }

        /// How a step's scripts run.
        func become(_ step: PlaybookStep, user: String) -> PlaybookScript.Become {
            guard step.become, usesSudo, user != rootName else { return .no }
            return sudoPassword.map { .sudoWithPassword($0) } ?? .sudo
        }

        /// The reboot command and its standard input; root's business whatever the step's scripts run as.
        func rebootCommand(user: String) -> (command: String, input: String) {
            let script = PlaybookScript.quoted(rebootCommand)
            guard usesSudo, user != rootName else { return ("sh -c \(script)", "") }
            guard let sudoPassword else { return ("sudo -n sh -c \(script)", "") }
            return ("sudo -S -p '' sh -c \(script)", sudoPassword + "\n")
        }

        /// Values that no report may show, the password among them.
        var allSecrets: [String] { secrets + (sudoPassword.map { [$0] } ?? []) }
    }
}
