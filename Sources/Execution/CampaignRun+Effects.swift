import ClusterModel
import Planning
import Ports
import Rollout

/// One effect each: done through a port, answered with the events that came of it.
extension CampaignRun {
    func perform(_ effect: Effect) async throws -> [Event] {
        switch effect {
        case .prove(let wave): try prove(wave)
        case .cordon(let node): try await cordon(node)
        case .evict(let node, let pod, let uid): try await evict(pod, uid, from: node)
        case .delete(let node, let pod, let uid, let waiver): try await delete(pod, uid, from: node, by: waiver)
        case .perform(let node, let step, let bootID): try await performStep(step, on: node, rebootedFrom: bootID)
        case .uncordon(let node): try await uncordon(node)
        case .steer(let nodes, let mark, let unmark): try await steer(nodes, mark: mark, unmark: unmark)
        case .record, .wake, .conclude: []
        }
    }

    /// No event where nothing can be proven now.
    private func prove(_ number: Int) throws -> [Event] {
        guard let cluster, let wave = rollout.waveToProve, wave.number == number else { return [] }
        let settled = Set(rollout.nodes.filter { $0.value.phase == .recovered }.map(\.key))
        let remaining = wave.nodes + rollout.outline.waves[(rollout.waveIndex + 1)...].flatMap(\.nodes)
        switch judge.verdict(on: wave, remaining: remaining, settled: settled, in: cluster) {
        case .holds: return [admission(of: number, in: cluster)]
        case .replaced(let reason, let waves): return [.replanned(reason: reason, waves: waves)]
        case .refuted(let reason):
            tellWaiting(.unproven(wave: number, reason: reason, until: rollout.proofDeadline))
            return []
        }
    }

    private func admission(of number: Int, in cluster: Cluster) -> Event {
        let healthy = cluster.healthyPods().filter { $0.key.keepsReplicas }
        let waiting = podsWaitingForNode(in: cluster)
        let baseline = healthy.sorted { $0.key < $1.key }.map {
            WorkloadHealth(workload: $0.key, healthy: $0.value, waiting: waiting[$0.key])
        }
        return .waveAdmitted(wave: number, healthy: baseline)
    }

    /// Pods that a waiver lets wait until the wave's nodes are back, by workload.
    private func podsWaitingForNode(in cluster: Cluster) -> [WorkloadID: Int] {
        let waived = Set(rollout.outline.waivers.filter(\.letsPodsWait).filter { time.now < $0.expires }.map(\.subject))
        if waived.isEmpty { return [:] }
        let pods = (rollout.wave?.nodes ?? []).flatMap { cluster.pods(on: $0) }
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
        guard let job = setup.jobs[node], step < job.steps.count else { return [] }
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
}
