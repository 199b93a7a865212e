package import Playbooks
package import Rollout

/// What a run needs of a machine.
package protocol NodeShell: Sendable {
    /// Connects and logs in, so that a wrong key or an unknown host is known before the first cordon.
    func reach(_ node: NodeTarget) async throws

    /// Does one playbook step: check, run, reboot, verify, with its retries and time limit.
    ///
    /// A step that fails is a report, not an error. Errors are connections that cannot be had.
    /// - Parameters:
    ///   - rebootedFrom: the boot id from before a reboot that an earlier, interrupted attempt had begun.
    ///   - rebooting: called with the present boot id before the machine is told to reboot.
    func perform(
        _ step: PlaybookStep,
        on node: NodeTarget,
        variables: [String: String],
        rebootTimeout: Duration,
        rebootedFrom: String?,
        rebooting: @Sendable (_ bootID: String) async throws -> Void
    ) async throws -> StepReport
}

/// A machine and how to reach it.
package struct NodeTarget: Hashable, Sendable {
    package var node: String
    package var ssh: NodeSSH

    package init(node: String, ssh: NodeSSH) {
        self.node = node
        self.ssh = ssh
    }
}
