import ClusterModel
package import Playbooks
package import Ports
package import Rollout
import SSH

/// A playbook step on a machine: check, upload, run, reboot, verify, and undo after a failure.
extension SSHNodeShell {
    /// Does the step as ``NodeShell`` says.
    ///
    /// The check is asked once, before the first attempt. Once a reboot has begun, further attempts neither run the
    /// script again nor reboot a machine that has come back: they wait for it, and verify.
    ///
    /// - Throws: ``SSHError`` where no connection can be had or nothing may run, `CancellationError`, and what
    ///   `rebooting` throws.
    package func perform(
        _ step: PlaybookStep,
        on node: NodeTarget,
        variables: [String: String],
        rebootTimeout: Duration,
        rebootedFrom: String?,
        rebooting: @Sendable (_ bootID: String) async throws -> Void
    ) async throws -> StepReport {
        var work = StepWork(step: step, node: node, variables: variables, rebootTimeout: rebootTimeout)
        if step.reboot { work.bootID = rebootedFrom }
        do {
            if work.bootID == nil, try await isDone(work) {
                return StepReport(name: step.name, outcome: .alreadyDone)
            }
            var attempt = 1
            while true {
                let tail = OutputTail(secrets: options.allSecrets)
                var failure = try await attempted(&work, tail, rebooting)
                if failure == nil || attempt > step.retries {
                    if let reason = failure {
                        failure = redacted(try await undone(work, tail, after: reason))
                    }
                    return StepReport(work, attempts: attempt, output: tail.text, failure: failure)
                }
                try await time.sleep(until: time.now + Self.pause(afterAttempt: attempt))
                attempt += 1
            }
        } catch let error as PlaybookScriptError {
            return StepReport(work, attempts: 1, output: "", failure: error.description)
        }
    }

    /// 2 s after the first attempt, then twice as long each time, up to 30 s.
    static func pause(afterAttempt attempt: Int) -> Duration {
        .seconds(min(1 << min(attempt, 5), 30))
    }

    /// One attempt at all but the check.
    ///
    /// - Returns: why it failed, or nil.
    private func attempted(
        _ work: inout StepWork,
        _ tail: OutputTail,
        _ rebooting: @Sendable (String) async throws -> Void
    ) async throws -> String? {
        if work.bootID == nil, let failure = try await upload(work) { return failure }
        if work.bootID == nil, let script = work.step.run {
            let end = try await execute(script, work, tail)
            if let failure = end.failure(limit: work.step.timeout) {
                guard case .lost = end else { return failure }
                if let failure = await unlessDone(work, failure) { return failure }
            }
        }
        if work.step.reboot, let failure = try await reboot(&work, tail, rebooting) { return failure }
        if let script = work.step.verify {
            let end = try await executeAgainIfLost(script, work, tail)
            if let failure = end.failure(limit: work.step.timeout) { return "verify: \(failure)" }
        }
        return nil
    }

    /// A reason may name a file whose path has a secret in it.
    func redacted(_ text: String) -> String {
        let tail = OutputTail(secrets: options.allSecrets)
        tail.append(Array(text.utf8))
        return tail.text
    }

    /// Runs the step's undo, if it has one.
    ///
    /// - Returns: the reason with what came of it.
    private func undone(_ work: StepWork, _ tail: OutputTail, after reason: String) async throws -> String {
        guard let script = work.step.undo else { return reason }
        do {
            let end = try await executeAgainIfLost(script, work, tail)
            return end.failure(limit: work.step.timeout).map { "\(reason); undo: \($0)" } ?? "\(reason); undone"
        } catch let error as SSHError {
            return "\(reason); undo: \(error)"
        }
    }

    // MARK: Scripts

    private func isDone(_ work: StepWork) async throws -> Bool {
        guard let check = work.step.check else { return false }
        let end = try await executeAgainIfLost(check, work, OutputTail(secrets: []))
        if case .lost(let error) = end { throw error }
        return end.failure(limit: work.step.timeout) == nil
    }

    /// Asks the step's check whether a script did its work before its connection was lost.
    private func unlessDone(_ work: StepWork, _ failure: String) async -> String? {
        guard work.step.check != nil else { return failure }
        do {
            return try await isDone(work) ? nil : "\(failure); the step's check says that it is not done"
        } catch {
            return "\(failure); the step's check could not be asked: \(error)"
        }
    }

    /// For scripts that only look.
    func executeAgainIfLost(_ script: String, _ work: StepWork, _ tail: OutputTail) async throws -> ScriptEnd {
        let end = try await execute(script, work, tail)
        guard case .lost = end else { return end }
        return try await execute(script, work, tail)
    }

    /// Runs a script, once no other one of Evenkeel's runs on the node: one may have outlived the process or the
    /// connection that started it. It ends with its own step's time limit at the latest.
    func execute(_ script: String, _ work: StepWork, _ tail: OutputTail) async throws -> ScriptEnd {
        let deadline = time.now + work.step.timeout + PlaybookScript.killDelay
        while true {
            let end = try await executeUnlessBusy(script, work, tail)
            guard end == .busy, time.now < deadline else { return end }
            try await time.sleep(until: min(time.now + Self.busyPause, deadline))
        }
    }

    private static let busyPause: Duration = .seconds(1)

    /// The node enforces the script's time limit, and this side does with a margin.
    private func executeUnlessBusy(_ script: String, _ work: StepWork, _ tail: OutputTail) async throws -> ScriptEnd {
        let limit = work.step.timeout
        let lock = ScriptLock(node: work.node.node)
        let text = try PlaybookScript.render(script, environment: work.variables, timeout: limit, lock: lock)
        let become = options.become(work.step, user: work.node.ssh.user)
        let (command, preamble) = PlaybookScript.invocation(become)
        let connection = try await connection(to: work.node)
        let elapsed = Self.stopwatch(options.clock)
        do {
            let result = try await connection.execute(
                command,
                standardInput: preamble + text,
                timeout: limit + PlaybookScript.killDelay + .seconds(5),
                outputLimit: 128,
                onOutput: { if !$0.saysBusy { tail.append($0) } }
            )
            if result.saysBusy { return .busy }
            return .exited(result.exit, elapsed: elapsed())
        } catch SSHError.commandTimedOut {
            await drop(work.node)
            return .overdue
        } catch let error as SSHError where error.meansLostConnection {
            await drop(work.node)
            return .lost(error)
        }
    }

    private static func stopwatch(_ clock: some Clock<Duration>) -> () -> Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}

/// One step on one machine.
struct StepWork {
    var step: PlaybookStep
    var node: NodeTarget
    var variables: [String: String]
    var rebootTimeout: Duration
    /// The boot id from before the step's reboot, once that has begun.
    var bootID: String?
    /// Told about files on their way, by their paths here.
    var progress: (@Sendable (String, SSHTransferProgress) -> Void)?
}

extension SSHOutput {
    fileprivate var saysBusy: Bool {
        guard case .standardError(let bytes) = self else { return false }
        return bytes.starts(with: ScriptLock.busyMark.utf8)
    }
}

extension SSHCommandResult {
    fileprivate var saysBusy: Bool {
        exit == .status(ScriptLock.busyCode) && standardError.text == ScriptLock.busyMark + "\n"
    }
}

extension StepReport {
    fileprivate init(_ work: StepWork, attempts: Int, output: String, failure: String?) {
        self.init(
            name: work.step.name,
            outcome: failure == nil ? .done : .failed,
            attempts: attempts,
            output: output,
            failure: failure
        )
    }
}
