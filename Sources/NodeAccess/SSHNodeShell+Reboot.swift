import ClusterModel
import Playbooks
import Ports
import SSH

/// Rebooting a machine and waiting for it.
extension SSHNodeShell {
    /// Reboots the machine, unless it has rebooted since `work.bootID`, and waits until it is back.
    ///
    /// - Returns: why it did not come back, or nil.
    func reboot(
        _ work: inout StepWork,
        _ tail: OutputTail,
        _ rebooting: @Sendable (String) async throws -> Void
    ) async throws -> String? {
        let deadline = time.now + work.rebootTimeout
        if let before = work.bootID {
            // It may be down just now.
            guard let present = try await answer(from: work.node, until: deadline, where: { _ in true }) else {
                return Self.absent(work)
            }
            if present != before { return nil }
        }
        guard let present = try await bootID(of: work.node) else {
            return "reboot: no boot id in \(options.bootIDFile)"
        }
        try await rebooting(present)
        work.bootID = present
        if let failure = try await tellToReboot(work.node, tail) { return failure }
        let next = try await answer(from: work.node, until: deadline) { $0 != present }
        return next == nil ? Self.absent(work) : nil
    }

    private static func absent(_ work: StepWork) -> String {
        "did not come back within \(DurationText.format(work.rebootTimeout))"
    }

    /// - Returns: why the machine will not reboot. A machine that is gone before it could answer is no failure.
    private func tellToReboot(_ node: NodeTarget, _ tail: OutputTail) async throws -> String? {
        let (command, input) = options.rebootCommand(user: node.ssh.user)
        do {
            let result = try await connection(to: node).execute(
                command,
                standardInput: input,
                timeout: Self.shortLimit,
                outputLimit: 0,
                onOutput: { tail.append($0) }
            )
            if !result.succeeded {
                let end = ScriptEnd.exited(result.exit, elapsed: .zero)
                return end.failure(limit: Self.shortLimit).map { "reboot: \($0)" }
            }
        } catch let error as SSHError where error.canPassWithBoot {
            // Whether it reboots is seen from its boot id.
        }
        await drop(node)
        return nil
    }

    /// Connects again and again until the machine tells a boot id that will do.
    ///
    /// - Returns: nil when the deadline passed before.
    private func answer(
        from node: NodeTarget,
        until deadline: Instant,
        where willDo: (String) -> Bool
    ) async throws -> String? {
        while true {
            do {
                if let present = try await bootID(of: node), willDo(present) { return present }
            } catch let error as SSHError where error.canPassWithBoot {
                await drop(node)
            }
            if time.now >= deadline { return nil }
            try await time.sleep(until: min(time.now + .seconds(3), deadline))
        }
    }

    private func bootID(of node: NodeTarget) async throws -> String? {
        let command = "cat \(PlaybookScript.quoted(options.bootIDFile))"
        let result = try await reconnectingOnce(node) { connection in
            try await connection.execute(command, timeout: Self.shortLimit)
        }
        let text = result.standardOutput.text.filter { !$0.isWhitespace }
        return result.succeeded && !text.isEmpty ? text : nil
    }
}

extension SSHError {
    /// Whether a machine that goes down or comes up may answer like this for a while. Logins are among it: pam_nologin(8)
    /// refuses users until the boot is far enough.
    fileprivate var canPassWithBoot: Bool {
        switch self {
        case .connectionRefused, .unreachable, .timedOut, .noBanner, .handshakeFailed, .connectionLost,
            .connectionClosed, .authenticationRefused, .channelRefused, .commandRefused, .commandTimedOut,
            .forwardingRefused, .transferStalled:
            true
        case .hostKeyUnknown, .hostKeyMismatch, .hostKeyRevoked, .hostCertificateUnsupported, .hostKeyNotRecorded,
            .keyUnreadable, .keyUnusable, .keyNeedsPassphrase, .wrongPassphrase, .libraryUnavailable,
            .environmentRefused, .subsystemRefused, .portUnusable, .fileUnreadable, .fileUnwritable, .transferFailed:
            false
        }
    }
}
