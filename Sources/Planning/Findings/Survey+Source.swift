import ClusterModel

extension Survey {
    /// What the picture of the cluster does not show, and names that mean nothing in it.
    mutating func lookAtSource() {
        for kind in Cluster.ObjectKind.allCases where cluster.missingKinds.contains(kind) { noteMissing(kind) }
        noteOddities()
        warnOfPendingPods()
        let named = (campaign.nodeNames ?? []).map { ($0, Finding.Severity.obstacle) }
        let skipped = campaign.skippedNodes.map { ($0, Finding.Severity.warning) }
        for (name, severity) in named + skipped where terrain.nodeIndex[name] == nil { reportMissing(name, severity) }
        if case .replace(let name, let substitute) = campaign.purpose {
            if terrain.nodeIndex[name] == nil { reportMissing(name, .obstacle) }
            if let substitute, terrain.nodeIndex[substitute] == nil { reportMissing(substitute, .obstacle) }
        }
    }

    private mutating func reportMissing(_ name: String, _ severity: Finding.Severity) {
        note(
            Finding(
                rule: .missingNode,
                severity: severity,
                node: name,
                message: "\(name) is not a node of the cluster",
                fix: "check the name, or wait until the machine has joined"
            )
        )
    }

    private mutating func noteMissing(_ kind: Cluster.ObjectKind) {
        let (effect, resources) =
            switch kind {
            case .volumes: ("pods are taken to reach their volumes from every node", "pv,pvc,storageclass")
            case .namespaces: ("terms that select namespaces by label find none", "namespaces")
            case .budgets: ("only the default budget protects workloads", "pdb")
            case .workloads: ("every workload is taken to want the pods it has", "deploy,rs,sts,ds,jobs")
            case .nodes: ("nothing can be planned", "nodes")
            case .pods: ("nodes are taken to be empty", "pods")
            }
        note(
            Finding(
                rule: .missingKind,
                severity: matters(kind) ? .warning : .note,
                message: "the snapshot holds no \(kind.rawValue): \(effect)",
                fix: "take it with kubectl get \(resources) -A -o json as well"
            )
        )
    }

    /// What the reader stumbled on, each sort once with how often.
    private mutating func noteOddities() {
        var firsts: [(fix: String, severity: Finding.Severity, text: String, count: Int)] = []
        for source in cluster.notes {
            let (fix, severity) = source.advice
            if let index = firsts.firstIndex(where: { $0.fix == fix }) {
                firsts[index].count += 1
            } else {
                firsts.append((fix, severity, source.description, 1))
            }
        }
        for first in firsts {
            let more = first.count == 1 ? "" : " (and \(first.count - 1) more like it)"
            note(Finding(rule: .oddObject, severity: first.severity, message: first.text + more, fix: first.fix))
        }
    }

    private func matters(_ kind: Cluster.ObjectKind) -> Bool {
        switch kind {
        case .volumes: cluster.pods.contains { !$0.claims.isEmpty }
        case .namespaces:
            cluster.pods.contains { pod in
                (pod.podAffinity + pod.podAntiAffinity).contains { $0.namespaceSelector != nil }
            }
        case .nodes, .pods, .workloads, .budgets: true
        }
    }

    private mutating func warnOfPendingPods() {
        let pending = cluster.pods.indices.filter { index in
            let pod = cluster.pods[index]
            return pod.node == nil && !pod.isFinished && !pod.terminating
        }
        guard let first = pending.first else { return }
        let sum = pending.reduce(Resources.zero) { $0 + cluster.pods[$1].requests }
        let amounts = "\(AmountText.text(sum.cpu, of: "cpu")) and \(AmountText.text(sum.memory, of: "memory"))"
        let subject = pending.count == 1 ? "1 pod, \(cluster.pods[first].id), waits" : "\(pending.count) pods wait"
        note(
            Finding(
                rule: .pendingPods,
                severity: .warning,
                pod: cluster.pods[first].id,
                message: "\(subject) for a node and may take the room that the plan counts on: \(amounts)",
                fix: "make room for pending pods first, or delete them"
            )
        )
    }

    /// The node that takes another's place must be there and able to.
    mutating func lookAtReplacement() {
        guard case .replace(_, let substitute?) = campaign.purpose else { return }
        guard let index = terrain.nodeIndex[substitute] else {
            for node in chosen { exclude(node) }
            return
        }
        if terrain.isOpen[index] { return }
        let state = cluster.nodes[index].ready ? "is cordoned" : "is not Ready"
        for node in chosen {
            block(
                node,
                .nodeNotReady,
                subjects: [],
                message: "\(substitute) \(state), and is to take the place of \(name(node))",
                fix: "wait until \(substitute) is Ready and schedulable"
            )
        }
    }

    /// Waivers that answer for nothing, or no longer.
    mutating func lookAtWaivers(used: Set<Waiver>) {
        for waiver in waivers.policy.waivers where !used.contains(waiver) {
            let isOver = waiver.expires <= waivers.moment
            note(
                Finding(
                    rule: .expiredWaiver,
                    severity: isOver ? .warning : .note,
                    message: "the waiver of \(waiver.rule.rawValue) for \(waiver.subject) "
                        + (isOver ? "expired at \(waiver.expires)" : "meets no obstacle"),
                    fix: isOver ? "renew it with a reason, or take it out" : "take it out"
                )
            )
        }
    }
}

extension SourceNote {
    /// What to do about it, and how much it matters to a plan.
    fileprivate var advice: (fix: String, severity: Finding.Severity) {
        switch self {
        case .unknownNode: ("take the nodes and the pods at the same moment", .warning)
        case .ownerCycle: ("correct the ownerReferences", .note)
        case .duplicate: ("take the snapshot anew, in one call", .warning)
        case .foreignFile: ("nothing, unless it should be part of the snapshot", .note)
        case .notPermitted: ("bind a role that allows it", .warning)
        case .notServed: ("nothing, unless the API should serve them", .note)
        }
    }
}
