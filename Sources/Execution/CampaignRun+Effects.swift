import ClusterModel
import Planning
package import Playbooks
import Ports
import Rollout

/// One effect each: done through a port, answered with the events that came of it.
extension CampaignRun {
    func perform(_ effect: Effect) async throws -> [Event] {
        switch effect {
        case .prove(let wave): try prove(wave)
        case .invite(let nodes, _): invite(nodes)
        case .knock(let gate, let place): try await knock(gate, place)
        case .cordon(let node): try await cordon(node)
        case .evict(let node, let pod, let uid): try await evict(pod, uid, from: node)
        case .delete(let node, let pod, let uid, let waiver): try await delete(pod, uid, from: node, by: waiver)
        case .perform(let node, let step, let bootID): try await performStep(step, on: node, rebootedFrom: bootID)
        case .undo(let node, let step): try await undo(step, on: node)
        case .uncordon(let node): try await uncordon(node)
        case .steer(let nodes, let mark, let unmark): try await steer(nodes, mark: mark, unmark: unmark)
        case .record, .wake, .conclude: []
        }
    }

    /// No event where nothing can be proven now.
    private func prove(_ number: Int) throws -> [Event] {
        guard let cluster, let wave = rollout.waveToProve, wave.number == number else { return [] }
        if wave.nodes.isEmpty { return [admission(of: number, in: cluster)] }
        let settled = Set(rollout.nodes.filter { $0.value.phase == .recovered }.map(\.key))
        let remaining = wave.nodes + rollout.outline.waves[(rollout.waveIndex + 1)...].flatMap(\.nodes)
        switch judge.verdict(on: wave, remaining: remaining, settled: settled, in: cluster) {
        case .holds: return [admission(of: number, in: cluster)]
        case .replaced(let reason, let waves):
            let difference = difference(from: waves)
            if rollout.outline.haltsOnDrift {
                return [.drifted(reason: "\(reason), and the policy is to halt on drift: \(difference)")]
            }
            return [.replanned(reason: "\(reason): \(difference)", waves: waves)]
        case .refuted(let reason):
            tellWaiting(.unproven(wave: number, reason: reason, until: rollout.proofDeadline))
            return []
        }
    }

    /// What a new plan changes, for people.
    private func difference(from waves: [PlannedWave]) -> String {
        let before = rollout.outline.waves[rollout.waveIndex...]
        var parts: [String] = []
        if before.count != waves.count { parts.append("\(waves.count) waves are left, not \(before.count)") }
        for (old, new) in zip(before, waves) where Set(old.nodes) != Set(new.nodes) {
            let (was, becomes) = (old.nodes.sorted(), new.nodes.sorted())
            parts.append("wave \(old.number) was \(Self.list(was)) and becomes \(Self.list(becomes))")
        }
        if parts.isEmpty { parts.append("the same waves in other rounds") }
        return parts.prefix(3).joined(separator: "; ") + (parts.count > 3 ? "; and \(parts.count - 3) more" : "")
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(6).joined(separator: ", ") + (names.count > 6 ? " and \(names.count - 6) more" : "")
    }

    private func admission(of number: Int, in cluster: Cluster) -> Event {
        let healthy = cluster.healthyPods().filter { $0.key.keepsReplicas }
        let waiting = podsWaitingForNode(on: rollout.wave?.nodes ?? [], in: cluster)
        let baseline = healthy.sorted { $0.key < $1.key }.map {
            WorkloadHealth(workload: $0.key, healthy: $0.value, waiting: waiting[$0.key])
        }
        return .waveAdmitted(wave: number, healthy: baseline)
    }

    /// Pods that a waiver lets wait until the nodes are back, by workload.
    func podsWaitingForNode(on nodes: [String], in cluster: Cluster) -> [WorkloadID: Int] {
        let waived = Set(rollout.outline.waivers.filter(\.letsPodsWait).filter { time.now < $0.expires }.map(\.subject))
        if waived.isEmpty { return [:] }
        let pods = nodes.flatMap { cluster.pods(on: $0) }
        return pods.filter { $0.isEvictable && waived.contains("\($0.id)") }.reduce(into: [:]) { counts, pod in
            if let workload = pod.workload { counts[workload, default: 0] += 1 }
        }
    }

    private func cordon(_ node: String) async throws -> [Event] {
        switch try await control.cordon(node: node, owner: setup.run.id) {
        case .cordoned, .alreadyOurs: return [.cordoned(node: node)]
        case .foreign(let owner):
            let reason = "was cordoned by \(owner ?? "somebody else") meanwhile and is left as it is"
            return [.nodeFailed(node: node, phase: .admitted, reason: reason)]
        }
    }

    private func uncordon(_ node: String) async throws -> [Event] {
        switch try await control.uncordon(node: node, owner: setup.run.id) {
        case .uncordoned, .nothingToDo: return [.uncordoned(node: node)]
        case .foreign(let owner):
            let reason = "is cordoned by \(owner ?? "somebody else") now and is left as it is"
            if rollout.isAborting { return [.left(node: node, reason: reason)] }
            return [.nodeFailed(node: node, phase: .returning, reason: reason)]
        }
    }

    private func evict(_ pod: PodID, _ uid: String, from node: String) async throws -> [Event] {
        let admitted = Event.evictionAdmitted(node: node, pod: pod, uid: uid)
        return outcome(of: try await control.evict(pod: pod, uid: uid), node, pod, uid, ifAdmitted: admitted)
    }

    private func delete(_ pod: PodID, _ uid: String, from node: String, by waiver: String) async throws -> [Event] {
        let admitted = Event.deletionAdmitted(node: node, pod: pod, uid: uid, waiver: waiver)
        return outcome(of: try await control.delete(pod: pod, uid: uid), node, pod, uid, ifAdmitted: admitted)
    }

    private func outcome(
        of answer: EvictionOutcome,
        _ node: String,
        _ pod: PodID,
        _ uid: String,
        ifAdmitted admitted: Event
    ) -> [Event] {
        func refused(_ reason: String, after pause: Duration) -> [Event] {
            [.evictionRefused(node: node, pod: pod, uid: uid, reason: reason, retryAt: time.now + pause)]
        }
        switch answer {
        case .admitted, .namespaceTerminating: return [admitted]
        case .gone: return [.podGone(node: node, pod: pod, uid: uid)]
        case .budgetSpent(let message): return refused(message, after: .seconds(5))
        case .budgetNotCounted(let pause): return refused("its budget has not been counted", after: pause)
        case .overloaded(let pause): return refused("the API server is overloaded", after: pause)
        case .impossible(let message):
            return [.nodeFailed(node: node, phase: .draining, reason: "\(pod) can never be evicted: \(message)")]
        }
    }

    private func performStep(_ step: Int, on node: String, rebootedFrom: String?) async throws -> [Event] {
        guard let job = setup.jobs[node], step < job.steps.count else {
            return [.skipped(node: node, reason: "is no longer in the cluster")]
        }
        do {
            let report = try await shell.perform(
                job.steps[step],
                on: job.target,
                variables: job.variables(towards: rollout.wave?.version, from: cluster?.node(node)?.kubeletVersion),
                rebootTimeout: job.rebootTimeout,
                rebootedFrom: rebootedFrom,
                rebooting: { bootID in try await self.note(.rebooting(node: node, step: step, bootID: bootID)) }
            )
            let finished = Event.stepFinished(node: node, step: step, report: report)
            guard report.outcome == .failed else { return [finished] }
            let reason = "step \u{201C}\(report.name)\u{201D}: \(report.failure ?? "failed")"
            return [finished, .nodeFailed(node: node, phase: .servicing, reason: reason)]
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return [.nodeFailed(node: node, phase: .servicing, reason: "\(error)")]
        }
    }

    /// Runs the step's own undo; a step without scripts to take back has left nothing behind.
    private func undo(_ step: Int, on node: String) async throws -> [Event] {
        guard let job = setup.jobs[node], step < job.steps.count else {
            return [.left(node: node, reason: "its steps are not known any more")]
        }
        let done = job.steps[step]
        let name = "undo of \(done.name)"
        guard let script = done.undo else {
            return [.undone(node: node, step: step, report: StepReport(name: name, outcome: .alreadyDone))]
        }
        do {
            let report = try await shell.perform(
                PlaybookStep(name: name, run: script, timeout: done.timeout, become: done.become),
                on: job.target,
                variables: job.variables(towards: rollout.wave?.version, from: cluster?.node(node)?.kubeletVersion),
                rebootTimeout: job.rebootTimeout,
                rebootedFrom: nil,
                rebooting: { _ in }
            )
            let undone = Event.undone(node: node, step: step, report: report)
            guard report.outcome == .failed else { return [undone] }
            return [undone, .left(node: node, reason: "\u{201C}\(name)\u{201D}: \(report.failure ?? "failed")")]
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return [.left(node: node, reason: "\(error)")]
        }
    }
}

extension PlaybookStep {
    /// Whether what it does can be taken back: by its own script, or as it changes nothing that lasts.
    package var isUndoable: Bool { undo != nil || (run == nil && uploads.isEmpty) }
}
