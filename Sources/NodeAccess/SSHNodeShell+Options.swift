import Playbooks
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
            self.secrets = secrets
            self.loginsAtOnce = loginsAtOnce
            self.rebootCommand = rebootCommand
            self.bootIDFile = bootIDFile
            self.clock = clock
        }

        /// What reads a step's script on its standard input.
        func scriptCommand(of step: PlaybookStep, user: String) -> String {
            PlaybookScript.command(sudo: step.become && usesSudo && user != "root")
        }

        /// The reboot command; root's business whatever the step's scripts run as.
        func rebootCommand(user: String) -> String {
            let shell = usesSudo && user != "root" ? "sudo -n sh -c " : "sh -c "
            return shell + PlaybookScript.quoted(rebootCommand)
        }
    }
}
