import ClusterModel
package import Playbooks
package import Ports
package import Rollout
import SSH

/// A playbook step on a machine: check, run, reboot, verify.
extension SSHNodeShell {
    package func perform(
        _ step: PlaybookStep,
        on node: NodeTarget,
        variables: [String: String],
        rebootTimeout: Duration,
        rebootedFrom: String?,
        rebooting: @Sendable (_ bootID: String) async throws -> Void
    ) async throws -> StepReport {
        let work = StepWork(step: step, node: node, variables: variables, rebootTimeout: rebootTimeout)
        var report = StepReport(name: step.name, outcome: .failed)
        var bootID = rebootedFrom
        for attempt in 1...(step.retries + 1) {
            if attempt > 1 { try await time.sleep(until: time.now + .seconds(min(30, 2 << attempt))) }
            report = try await tryOnce(work, rebootedFrom: &bootID, rebooting)
            report.attempts = attempt
            if report.outcome != .failed { break }
        }
        return report
    }

    private func tryOnce(
        _ work: StepWork,
        rebootedFrom bootID: inout String?,
        _ rebooting: @Sendable (String) async throws -> Void
    ) async throws -> StepReport {
        var report = StepReport(name: work.step.name, outcome: .done)
        if bootID == nil, let check = work.step.check {
            let result = try await run(check, work)
            if result.failure == nil {
                report.outcome = .alreadyDone
                return report
            }
        }
        if bootID == nil, let script = work.step.run {
            let result = try await run(script, work)
            report.output = result.output
            if let failure = result.failure { return report.failed(failure) }
        }
        if work.step.reboot, let failure = try await reboot(work, from: &bootID, rebooting) {
            return report.failed(failure)
        }
        if let verify = work.step.verify {
            let result = try await run(verify, work)
            if let failure = result.failure {
                report.output += result.output
                return report.failed("verify: \(failure)")
            }
        }
        return report
    }

    /// Runs one script; a time limit or a lost connection is a failure like any other.
    private func run(_ script: String, _ work: StepWork) async throws -> (failure: String?, output: String) {
        let text = try PlaybookScript.render(script, environment: work.variables, timeout: work.step.timeout)
        let command = PlaybookScript.command(sudo: work.step.become && options.usesSudo && work.node.ssh.user != "root")
        let connection = try await connection(to: work.node)
        let began = time.now
        do {
            let limit = work.step.timeout + PlaybookScript.killDelay + .seconds(5)
            let result = try await connection.execute(command, standardInput: text, timeout: limit, outputLimit: 16_384)
            let output = redacted(result.standardOutput.text + result.standardError.text)
            return (failure(of: result, after: time.now.since(began), work.step.timeout), output)
        } catch let error as SSHError {
            await drop(work.node)
            switch error {
            case .commandTimedOut: return ("ran out of time after \(DurationText.format(work.step.timeout))", "")
            case .connectionLost, .connectionClosed: return ("the connection was lost; the script may have run", "")
            default: throw error
            }
        }
    }

    private func failure(of result: SSHCommandResult, after elapsed: Duration, _ limit: Duration) -> String? {
        switch result.exit {
        case .signal(let name): return "killed by signal \(name)"
        case .status(let code):
            switch ScriptOutcome(exitCode: Int32(truncatingIfNeeded: code), elapsed: elapsed, timeout: limit) {
            case .succeeded: return nil
            case .timedOut: return "ran out of time after \(DurationText.format(limit))"
            case .failed(let code): return "exit status \(code)"
            }
        }
    }

    private func redacted(_ text: String) -> String {
        options.secrets.filter { !$0.isEmpty }.reduce(text) { $0.replacing($1, with: "•••") }
    }

    // MARK: Reboots

    /// - Returns: why the machine did not come back, or nil.
    private func reboot(
        _ work: StepWork,
        from before: inout String?,
        _ rebooting: @Sendable (String) async throws -> Void
    ) async throws -> String? {
        let present = try await bootID(of: work.node)
        if let before, before != present { return nil }
        before = present
        try await rebooting(present)
        let sudo = options.usesSudo && work.node.ssh.user != "root" ? "sudo -n " : ""
        _ = try? await connection(to: work.node).execute("\(sudo)sh -c \(PlaybookScript.quoted(options.rebootCommand))")
        await drop(work.node)
        return try await awaitNewBoot(work, after: present)
    }

    private func awaitNewBoot(_ work: StepWork, after before: String) async throws -> String? {
        let deadline = time.now + work.rebootTimeout
        while time.now < deadline {
            try await time.sleep(until: time.now + .seconds(3))
            do {
                if try await bootID(of: work.node) != before { return nil }
            } catch is SSHError {
                await drop(work.node)
            }
        }
        return "did not come back from its reboot within \(DurationText.format(work.rebootTimeout))"
    }

    private func bootID(of node: NodeTarget) async throws -> String {
        let result = try await connection(to: node).execute("cat \(options.bootIDFile)", timeout: .seconds(20))
        return result.standardOutput.text.filter { !$0.isWhitespace }
    }
}

/// One step on one machine.
private struct StepWork {
    var step: PlaybookStep
    var node: NodeTarget
    var variables: [String: String]
    var rebootTimeout: Duration
}

extension StepReport {
    fileprivate func failed(_ failure: String) -> StepReport {
        var report = self
        report.outcome = .failed
        report.failure = failure
        return report
    }
}
