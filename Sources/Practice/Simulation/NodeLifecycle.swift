import ClusterModel

/// The node controllers (taints, driving pods off) and what happens to machines.
extension PracticeCluster {
    static let notReadyKey = "node.kubernetes.io/not-ready"
    static let unreachableKey = "node.kubernetes.io/unreachable"
    static let outOfServiceKey = "node.kubernetes.io/out-of-service"

    mutating func nodeChanged(_ change: Change) {
        let name = change.key.name
        if change.verb == .deleted {
            nodes[name] = nil
            for key in pods.keys(on: name) { erase(.pod, key) }
        } else {
            nodes[name] = NodeFacts(change.key, change.object)
            if change.previous?.condition("Ready") != change.object.condition("Ready") { readinessSince[name] = now }
            after(random.duration(in: options.taintDelay), .taintNode(name))
            after(.zero, .driveOffPods(node: name))
            removeLostPods(node: name)
        }
        let relevant = ["spec", "metadata"].contains { change.previous?[$0] != change.object[$0] }
        guard relevant else { return }
        if !sameForDaemons(change) {
            for key in store.keys(.daemonSet) { reconcile(.daemonSet, key) }
        }
        retryUnschedulable()
    }

    private func sameForDaemons(_ change: Change) -> Bool {
        guard let previous = change.previous, change.verb != .deleted else { return false }
        return previous["spec", "taints"] == change.object["spec", "taints"]
            && previous["metadata", "labels"] == change.object["metadata", "labels"]
    }

    /// Adds and removes the taints that follow from a node's state, in a write of its own.
    mutating func updateTaints(node name: String) {
        let key = ObjectKey(name: name)
        guard var object = store[.node, key], let facts = nodes[name] else { return }
        let readiness = object.condition("Ready") ?? "Unknown"
        let age = now.since(readinessSince[name] ?? now)
        var wanted: [Taint] = []
        if facts.node.unschedulable { wanted.append(Taint(key: Taint.unschedulableKey, effect: .noSchedule)) }
        if readiness != "True" {
            let cause = readiness == "Unknown" ? Self.unreachableKey : Self.notReadyKey
            wanted.append(Taint(key: cause, effect: .noSchedule))
            let driven = readiness == "Unknown" || age >= .seconds(5)
            if driven { wanted.append(Taint(key: cause, effect: .noExecute)) }
            if !driven { after(.seconds(5) - age, .taintNode(name)) }
        }
        let own = [Taint.unschedulableKey, Self.notReadyKey, Self.unreachableKey]
        var taints = (object["spec", "taints"]?.array ?? []).filter { json in
            guard let taint = Taint(json: json), own.contains(taint.key) else { return true }
            return wanted.contains(taint)
        }
        let present = taints.compactMap(Taint.init(json:))
        for taint in wanted where !present.contains(taint) {
            taints.append([
                "key": .string(taint.key), "effect": .string(taint.effect.rawValue), "timeAdded": .string(now.rfc3339),
            ])
        }
        object["spec", "taints"] = taints.isEmpty ? nil : .array(taints)
        write(.node, key, object)
    }

    /// Since Kubernetes 1.26, what terminates on a node that is not Ready and is tainted as out of service is removed without
    /// its kubelet.
    mutating func removeLostPods(node name: String) {
        guard options.serverVersion >= Version(major: 1, minor: 26), let facts = nodes[name],
            facts.node.taints.contains(where: { $0.key == Self.outOfServiceKey }),
            store[.node, ObjectKey(name: name)]?.condition("Ready") != "True"
        else { return }
        for key in pods.keys(on: name) where pods[key]?.isTerminating == true {
            if (store[.pod, key]?["metadata", "finalizers"]?.array ?? []).isEmpty { erase(.pod, key) }
        }
    }

    /// Deletes pods that do not tolerate the node's NoExecute taints, each when its toleration ends.
    mutating func driveOffPods(node name: String) {
        guard let facts = nodes[name] else { return }
        let driving = facts.node.taints.filter { $0.effect == .noExecute }
        guard !driving.isEmpty else {
            taintedSince[name] = nil
            return
        }
        let since = taintedSince[name] ?? now
        taintedSince[name] = since
        for key in pods.keys(on: name) {
            guard let pod = pods[key], pod.isActive, !pod.isMirror else { continue }
            guard let stay = driving.compactMap({ pod.rules.staying(beside: $0) }).min() else { continue }
            if now >= since + stay {
                deletePod(key, grace: nil)
                removeLostPods(node: name)
            } else {
                agenda.add(.driveOffPods(node: name), at: since + stay)
            }
        }
    }
}
