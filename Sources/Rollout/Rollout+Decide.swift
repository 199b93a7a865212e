package import ClusterModel
import Planning

extension Rollout {
    /// What is to be done now, given the state and the latest look; what is in flight already is not asked for again.
    mutating func decide() -> [Effect] {
        guard conclusion == nil else { return [] }
        var wanted = (stopping == nil ? advance() : windDown()).filter { !inFlight.contains($0) }
        wanted = steering(before: wanted).filter { !inFlight.contains($0) }
        for effect in wanted where !effect.isMomentary { inFlight.insert(effect) }
        for case .perform(let node, _, _) in wanted { nodes[node]?.stepBegan = true }
        return wanted
    }

    private mutating func advance() -> [Effect] {
        guard let wave else { return ending() }
        guard let view else { return [] }
        if let soakEnd, let effects = soak(until: soakEnd, view) { return effects }
        guard isAdmitted else {
            let start = awaitWindow(for: wave) ?? awaitGates(before: wave) ?? awaitProof(of: wave)
            // An interrupted run has begun with some of the nodes, which do not wait for the others.
            return hasBegun(wave) ? start + work(on: wave, view) : start
        }
        let effects = work(on: wave, view)
        let end = finishing(wave, view)
        return effects + (end.isEmpty ? invitations(beside: wave, view) : end)
    }

    private func hasBegun(_ wave: Wave) -> Bool {
        wave.nodes.contains { nodes[$0]?.isCordoned == true || nodes[$0]?.phase == .admitted }
    }

    private func work(on wave: Wave, _ view: Cluster) -> [Effect] {
        let failures = overdue(in: wave)
        if !failures.isEmpty { return failures }
        if isShutByWindow { return pause(wave, view) + [wakeUp(for: wave)] }
        // One account for the whole wave: two of its nodes may have pods of one workload.
        var ledger = EvictionLedger(
            view,
            defaultBudget: outline.defaultBudget,
            waivers: outline.waivers.filter { now < $0.expires },
            leaving: leavingUIDs
        )
        return wave.nodes.flatMap { steps(for: $0, in: wave, view, &ledger) } + [wakeUp(for: wave)]
    }

    private func ending() -> [Effect] {
        let failed = nodes.filter { $0.value.phase == .failed }.sorted { $0.key < $1.key }
        guard let first = failed.first else {
            return awaitGatesAtEnd() ?? [.record(.finished), .conclude(.finished)]
        }
        let reason = first.value.failure?.reason ?? "failed"
        let others = failed.count > 1 ? ", and \(failed.count - 1) more nodes failed" : ""
        return [.record(.halted(reason: "all other nodes are done, but \(first.key): \(reason)\(others)"))]
    }

    // MARK: A wave's beginning and end

    private mutating func awaitProof(of wave: Wave) -> [Effect] {
        if let view, let skip = skips(in: wave, view) { return skip }
        let began = waitingSince ?? now
        waitingSince = began
        if now.since(began) > outline.deadlines.recover, inFlight.isEmpty {
            return [
                .record(.halted(reason: "wave \(wave.number) could not be proven safe in \(outline.deadlines.recover)"))
            ]
        }
        return now < proofDue ? [.wake(at: proofDue)] : [.prove(wave: wave.number), .wake(at: now + .seconds(2))]
    }

    private func finishing(_ wave: Wave, _ view: Cluster) -> [Effect] {
        let back = wave.nodes.allSatisfy { isThrough($0) }
        guard back, shortfall(in: view) == nil, !inFlight.contains(where: \.holdsWave) else { return [] }
        return [.record(.waveFinished(wave: wave.number))]
    }

    /// A workload that has fewer healthy pods than when the wave was admitted, or than it wants by now.
    ///
    /// - Parameters:
    ///   - nodesAreOut: pods that wait for their own node are not missed then.
    ///   - workloads: those that matter; nil means all.
    func shortfall(
        in view: Cluster,
        nodesAreOut: Bool = false,
        of workloads: Set<WorkloadID>? = nil
    ) -> (workload: WorkloadID, healthy: Int, wanted: Int)? {
        let healthy = view.healthyPods()
        for (workload, before) in baseline.sorted(by: { $0.key < $1.key }) {
            guard workloads?.contains(workload) ?? true, let replicas = view.workloads[workload]?.replicas else {
                continue
            }
            let wanted = min(before, replicas) - (nodesAreOut ? waitingForNode[workload, default: 0] : 0)
            let present = healthy[workload, default: 0]
            if present < wanted { return (workload, present, wanted) }
        }
        return nil
    }

    // MARK: A node's way

    private func steps(
        for node: String,
        in wave: Wave,
        _ view: Cluster,
        _ ledger: inout EvictionLedger
    ) -> [Effect] {
        guard let progress = nodes[node] else { return [] }
        switch progress.phase {
        case .admitted, .draining: return drain(node, progress, wave, view, &ledger)
        case .servicing: return service(node, progress)
        case .verifying: return verify(node, view)
        case .returning: return awaitGates(beforeReturnOf: node) ?? [giveBack(node)]
        case .failed: return settleFailed(node, progress, view)
        case .waiting, .returned, .recovered, .skipped: return []
        }
    }

    /// Every node of the wave is cordoned before the first pod leaves, so that none lands on a node about to drain.
    private func drain(
        _ node: String,
        _ progress: NodeProgress,
        _ wave: Wave,
        _ view: Cluster,
        _ ledger: inout EvictionLedger
    ) -> [Effect] {
        guard view.node(node) != nil else {
            return isTouching(node) ? [] : [.record(.skipped(node: node, reason: "is no longer in the cluster"))]
        }
        guard progress.isCordoned else { return [.cordon(node: node)] }
        let isShut = wave.nodes.allSatisfy { (nodes[$0]?.isCordoned ?? false) || isThrough($0) }
        guard isShut else { return [] }
        let present = Set(view.pods(on: node).map(\.uid))
        let gone = progress.leaving.filter { !present.contains($0.key) }.sorted { $0.value < $1.value }
        if !gone.isEmpty { return gone.map { .record(.podGone(node: node, pod: $0.value, uid: $0.key)) } }
        let evictable = view.pods(on: node).filter(\.isEvictable)
        if evictable.isEmpty, progress.leaving.isEmpty {
            let short = shortfall(in: view, nodesAreOut: true, of: progress.workloads)
            return short == nil ? [.record(.drained(node: node))] : []
        }
        return evictions(of: evictable.filter { !$0.terminating }, on: node, progress, &ledger)
    }

    private func evictions(
        of pods: [Pod],
        on node: String,
        _ progress: NodeProgress,
        _ ledger: inout EvictionLedger
    ) -> [Effect] {
        pods.sorted { EvictionPlace($0) < EvictionPlace($1) }.compactMap { pod in
            if let retryAt = progress.retryAt[pod.uid], retryAt > now { return nil }
            if progress.leaving[pod.uid] != nil { return nil }
            if pod.owner?.kind == "Job", let end = jobsEnd(for: progress), now < end { return nil }
            switch ledger.spend(on: pod) {
            case .mayBeEvicted: return .evict(node: node, pod: pod.id, uid: pod.uid)
            case .mayBeDeleted(let waiver): return .delete(node: node, pod: pod.id, uid: pod.uid, waiver: waiver)
            case .mustStay: return nil
            }
        }
    }

    /// Until when the pods of Jobs on a node are waited for; nil where they are not.
    func jobsEnd(for progress: NodeProgress) -> Instant? {
        if case .wait(let limit) = outline.jobs { progress.since + limit } else { nil }
    }

    /// Pods that are on their way out by this run, asked for or agreed to.
    private var leavingUIDs: Set<String> {
        var uids = Set(nodes.values.flatMap { $0.leaving.keys })
        for case .evict(_, _, let uid) in inFlight { uids.insert(uid) }
        for case .delete(_, _, let uid, _) in inFlight { uids.insert(uid) }
        return uids
    }

    func service(_ node: String, _ progress: NodeProgress) -> [Effect] {
        let steps = outline.steps[node, default: []]
        guard progress.stepsDone < steps.count else { return [.record(.verified(node: node))] }
        let isRunning = inFlight.contains { if case .perform(node, _, _) = $0 { true } else { false } }
        if isRunning { return [] }
        return [.perform(node: node, step: progress.stepsDone, rebootedFrom: progress.rebootedFrom)]
    }

    func verify(_ node: String, _ view: Cluster) -> [Effect] {
        guard outline.returnsNodes else { return [.record(.verified(node: node))] }
        guard let seen = view.node(node), seen.ready else { return [] }
        if let wantedVersion, seen.kubeletVersion?.satisfies(wantedVersion) != true { return [] }
        return [.record(.verified(node: node))]
    }

    /// The kubelet version that the nodes of the present wave must have afterwards.
    var wantedVersion: Version? { wave?.version ?? outline.targetVersion }

    func giveBack(_ node: String) -> Effect {
        outline.returnsNodes ? .uncordon(node: node) : .record(.retired(node: node))
    }
}

extension Effect {
    /// Is done at once by whoever drives the machine, or may be asked for any number of times.
    fileprivate var isMomentary: Bool {
        switch self {
        case .wake, .conclude: true
        default: false
        }
    }

    /// Its outcome belongs to the present wave.
    fileprivate var holdsWave: Bool {
        switch self {
        case .cordon, .evict, .delete, .perform, .undo, .uncordon, .invite: true
        default: false
        }
    }
}

extension Pod {
    /// Has to leave before its node is serviced: all but what the node's own agents and finished work are.
    package var isEvictable: Bool { !isDaemon && !isMirror && !isFinished }
}

extension Cluster {
    /// How many healthy pods each workload has.
    package func healthyPods() -> [WorkloadID: Int] {
        var counts: [WorkloadID: Int] = [:]
        for pod in pods where pod.isHealthy {
            if let workload = pod.workload { counts[workload, default: 0] += 1 }
        }
        return counts
    }
}
