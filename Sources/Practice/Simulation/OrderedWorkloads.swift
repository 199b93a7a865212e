import ClusterModel

/// The controllers of stateful sets, daemon sets and jobs.
extension PracticeCluster {
    /// Ordinals keep their names; one comes back only after its pod is gone, and in order unless it says Parallel.
    mutating func reconcileStatefulSet(_ key: ObjectKey) {
        guard let set = store[.statefulSet, key] else { return }
        let uid = set["metadata", "uid"]?.string ?? ""
        let wanted = set["spec", "replicas"]?.integer ?? 1
        let isOrdered = set["spec", "podManagementPolicy"]?.string != "Parallel"
        for ordinal in 0..<wanted {
            let name = "\(key.name)-\(ordinal)"
            guard let pod = pods[ObjectKey(namespace: key.namespace, name: name)] else {
                makeOrdinal(set, ordinal)
                if isOrdered { break }
                continue
            }
            if pod.isFinished { deletePod(pod.key, grace: nil) }
            if isOrdered, !pod.isReady || pod.isTerminating { break }
        }
        let beyond = pods.owned(by: uid).filter { (Self.ordinal(of: $0.key) ?? 0) >= wanted && !$0.isTerminating }
        if let last = beyond.max(by: { (Self.ordinal(of: $0.key) ?? 0) < (Self.ordinal(of: $1.key) ?? 0) }) {
            deletePod(last.key, grace: nil)
        }
        let present = pods.owned(by: uid)
        update(.statefulSet, key) { object in
            object["status", "observedGeneration"] = object["metadata", "generation"]
            object["status", "replicas"] = JSONValue(present.count)
            object.setCount("readyReplicas", present.count(where: \.isReady))
            object.setCount("currentReplicas", present.count)
            object.setCount("updatedReplicas", present.count)
            object.setCount("availableReplicas", present.count(where: \.isReady))
        }
    }

    private mutating func makeOrdinal(_ set: JSONValue, _ ordinal: Int) {
        let name = "\(set["metadata", "name"]?.string ?? "")-\(ordinal)"
        var owner = set
        owner["spec", "template", "metadata", "labels", "statefulset.kubernetes.io/pod-name"] = .string(name)
        owner["spec", "template", "metadata", "labels", "apps.kubernetes.io/pod-index"] = .string(String(ordinal))
        makePod(from: owner, .statefulSet, name: name)
    }

    private static func ordinal(of key: ObjectKey) -> Int? { key.name.split(separator: "-").last.flatMap { Int($0) } }

    /// One pod on every node that the template allows, cordoned ones among them.
    mutating func reconcileDaemonSet(_ key: ObjectKey) {
        guard let set = store[.daemonSet, key] else { return }
        let owned = pods.owned(by: set["metadata", "uid"]?.string ?? "")
        let probe = PodFacts(key, defaultedTemplate(of: set), rules: nil)
        let placement = Placement(of: probe, pods: PodIndex(), nodes: nodes, volumes: PodVolumes(of: probe, in: store))
        var desired = 0
        for name in nodes.keys.sorted() {
            guard let node = nodes[name]?.node else { continue }
            let taints = node.taints.filter { $0.effect != .preferNoSchedule }
            let runs = placement.matchesNodeRules(node) && taints.allSatisfy { placement.tolerates($0) }
            let here = owned.filter { daemonNode($0) == name && !$0.isFinished }
            if runs { desired += 1 }
            if runs, here.isEmpty { makePod(from: set, .daemonSet, name: nil, node: name) }
            let evicted = taints.contains { $0.effect == .noExecute && !placement.tolerates($0) }
            let misplaced = !placement.matchesNodeRules(node) || evicted
            if misplaced { for pod in here where !pod.isTerminating { deletePod(pod.key, grace: nil) } }
        }
        let present = pods.owned(by: set["metadata", "uid"]?.string ?? "").filter(\.isActive)
        updateDaemonStatus(key, desired: desired, present)
    }

    private func defaultedTemplate(of set: JSONValue) -> JSONValue {
        var pod = defaulted(pod: ["metadata": ["namespace": set["metadata", "namespace"] ?? "default"]])
        pod["spec"] = set["spec", "template", "spec"]
        pod["spec", "tolerations"] = .array((pod["spec", "tolerations"]?.array ?? []) + Self.daemonTolerations)
        return pod
    }

    /// Where a daemon runs or waits to run.
    private func daemonNode(_ pod: PodFacts) -> String? {
        pod.node ?? pod.rules.nodeAffinity?.first?.matchFields.first?.values.first
    }

    private mutating func updateDaemonStatus(_ key: ObjectKey, desired: Int, _ present: [PodFacts]) {
        update(.daemonSet, key) { object in
            object["status", "currentNumberScheduled"] = JSONValue(min(desired, present.count))
            object["status", "numberMisscheduled"] = 0
            object["status", "desiredNumberScheduled"] = JSONValue(desired)
            object["status", "numberReady"] = JSONValue(present.count(where: \.isReady))
            object["status", "observedGeneration"] = object["metadata", "generation"]
            object.setCount("updatedNumberScheduled", present.count)
            object.setCount("numberAvailable", present.count(where: \.isReady))
            object.setCount("numberUnavailable", max(0, desired - present.count(where: \.isReady)))
        }
    }

    /// As many pods at once as `parallelism` allows until `completions` have succeeded.
    mutating func reconcileJob(_ key: ObjectKey) {
        guard let job = store[.job, key] else { return }
        let owned = pods.owned(by: job["metadata", "uid"]?.string ?? "")
        let active = owned.filter(\.isActive)
        let counted = job["status", "succeeded"]?.integer ?? 0
        let succeeded = max(counted, owned.count { $0.phase == .succeeded })
        let completions = job["spec", "completions"]?.integer ?? 1
        let wanted = min(job["spec", "parallelism"]?.integer ?? 1, max(0, completions - succeeded))
        if job["spec", "suspend"]?.bool != true, active.count < wanted {
            for _ in active.count..<wanted { makePod(from: job, .job, name: nil) }
        }
        let present = pods.owned(by: job["metadata", "uid"]?.string ?? "").filter(\.isActive)
        update(.job, key) { [now] object in
            object["status", "startTime"] = object["status", "startTime"] ?? .string(now.rfc3339)
            object.setCount("active", present.count)
            object.setCount("ready", present.count(where: \.isReady))
            object.setCount("succeeded", succeeded)
            guard succeeded >= completions, object["status", "completionTime"] == nil else { return }
            object["status", "completionTime"] = .string(now.rfc3339)
            object.setCondition("Complete", "True", at: now)
        }
    }
}
