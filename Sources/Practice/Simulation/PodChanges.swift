import ClusterModel

/// What a change of a pod sets off.
extension PracticeCluster {
    mutating func podChanged(_ change: Change) {
        let before = pods[change.key]
        if change.verb == .deleted {
            pods.remove(change.key)
            queue.forget(change.key)
            if let before { stopTimes[before.uid] = nil }
        } else {
            let uid = change.object["metadata", "uid"]?.string
            pods.set(PodFacts(change.key, change.object, rules: before?.uid == uid ? before?.rules : nil))
        }
        let current = pods[change.key]
        wakeOwner(of: change)
        wakeBudgets(change.key.namespace, before?.labels, current?.labels)
        wakeScheduler(before: before, current: current)
        wakeKubelet(before: before, current: current)
        if change.verb == .deleted,
            store[.namespace, ObjectKey(name: change.key.namespace)]?["metadata", "deletionTimestamp"] != nil
        {
            reconcile(.namespace, ObjectKey(name: change.key.namespace))
        }
    }

    private mutating func wakeOwner(of change: Change) {
        guard let owner = change.object.controller, let kind = ResourceKind(rawValue: owner.kind) else { return }
        reconcile(kind, ObjectKey(namespace: change.key.namespace, name: owner.name))
    }

    /// Wakes the first budget that selects the pod: the real controller, too, overlooks a second one.
    private mutating func wakeBudgets(_ namespace: String, _ before: Labels?, _ current: Labels?) {
        for labels in [before, current].compactMap({ $0 }) {
            let found = budgets.filter { $0.key.namespace == namespace && $0.value.matches(labels) }.keys.min()
            if let found { reconcile(.budget, found) }
        }
    }

    private mutating func wakeScheduler(before: PodFacts?, current: PodFacts?) {
        if let current, current.node == nil, current.isActive, before?.uid != current.uid { enqueue(current.key) }
        let freed =
            before?.node != nil && (current == nil || (current?.isFinished == true && before?.isFinished == false))
        let joined = before?.node == nil && current?.node != nil
        if freed || joined { retryUnschedulable() }
    }

    private mutating func wakeKubelet(before: PodFacts?, current: PodFacts?) {
        guard let current, current.node != nil, !current.isMirror else { return }
        if before?.node == nil, current.phase == .pending, !current.isTerminating {
            after(random.duration(in: options.startDelay), .podStarts(current.key, uid: current.uid))
        }
    }

    /// Asks for a pod's end as a DELETE or an eviction does; a second call can only shorten the grace.
    ///
    /// - Parameter grace: seconds; nil takes the pod's own.
    mutating func deletePod(_ key: ObjectKey, grace: Int?) {
        guard var pod = store[.pod, key], let facts = pods[key] else { return }
        let own = pod["spec", "terminationGracePeriodSeconds"]?.integer ?? 30
        var seconds = max(0, grace ?? own)
        if facts.isTerminating {
            let current = pod["metadata", "deletionGracePeriodSeconds"]?.integer ?? own
            seconds = min(current, grace ?? current)
            if seconds == current, seconds > 0 { return }
        }
        let hasFinalizers = !(pod["metadata", "finalizers"]?.array ?? []).isEmpty
        if facts.node == nil || facts.isFinished { seconds = 0 }
        if seconds == 0, !hasFinalizers {
            erase(.pod, key)
            return
        }
        if !facts.isTerminating {
            pod["metadata", "generation"] = JSONValue((pod["metadata", "generation"]?.integer ?? 1) + 1)
        }
        pod["metadata", "deletionTimestamp"] = .string((now + .seconds(seconds)).rfc3339)
        pod["metadata", "deletionGracePeriodSeconds"] = JSONValue(seconds)
        write(.pod, key, pod)
        stopContainers(key, grace: seconds)
    }
}
