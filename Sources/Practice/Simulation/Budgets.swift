import ClusterModel

/// The disruption controller: counts a budget's pods and writes what it allows.
extension PracticeCluster {
    mutating func reconcileBudget(_ key: ObjectKey) {
        guard var budget = store[.budget, key] else { return }
        let selected =
            budgets[key].map { selector in
                pods.keys(in: key.namespace).compactMap { pods[$0] }.filter { selector.matches($0.labels) }
            } ?? []
        switch expectation(budget, selected) {
        case .failed(let message):
            budget["status", "disruptionsAllowed"] = 0
            budget.setCondition(
                "DisruptionAllowed",
                "False",
                at: now,
                ["reason": "SyncFailed", "message": .string(message)]
            )
        case .counted(let expected, let desired):
            let disrupted = stillDisrupted(budget, selected)
            let healthy = selected.count { $0.isReady && !$0.isTerminating && disrupted[$0.key.name] == nil }
            budget.setBudgetStatus(healthy: healthy, desired: desired, expected: expected, disrupted, at: now)
        }
        write(.budget, key, budget)
    }

    private enum Expectation {
        case counted(expected: Int, desired: Int)
        case failed(String)
    }

    /// How many pods there should be, from the scale of their owners, and how many must be healthy.
    private func expectation(_ budget: JSONValue, _ selected: [PodFacts]) -> Expectation {
        if let value = budget["spec", "maxUnavailable"].flatMap(CountOrPercent.init(json:)) {
            return scale(of: selected).map { expected in
                .counted(expected: expected, desired: max(0, expected - value.roundedUp(of: expected)))
            }
        }
        guard let value = budget["spec", "minAvailable"].flatMap(CountOrPercent.init(json:)) else {
            return .counted(expected: 0, desired: 0)
        }
        if case .count(let count) = value { return .counted(expected: selected.count, desired: count) }
        return scale(of: selected).map { .counted(expected: $0, desired: value.roundedUp(of: $0)) }
    }

    private enum Scale {
        case known(Int)
        case unknown(String)

        func map(_ body: (Int) -> Expectation) -> Expectation {
            switch self {
            case .known(let count): body(count)
            case .unknown(let message): .failed(message)
            }
        }
    }

    /// The replicas of every controller behind the pods; pods without a controller do not count.
    private func scale(of selected: [PodFacts]) -> Scale {
        var replicas: [String: Int] = [:]
        for pod in selected {
            guard var owner = pod.owner, var kind = ResourceKind(rawValue: owner.kind) else { continue }
            var place = ObjectKey(namespace: pod.key.namespace, name: owner.name)
            if kind == .replicaSet, let above = store[.replicaSet, place]?.controller, above.kind == "Deployment" {
                (owner, kind) = (above, .deployment)
                place.name = above.name
            }
            guard kind.hasScale else {
                return .unknown("\(kind.qualifiedPlural) does not implement the scale subresource")
            }
            replicas[owner.uid] = store[kind, place]?["spec", "replicas"]?.integer ?? 1
        }
        return .known(replicas.values.reduce(0, +))
    }

    /// Admitted evictions whose pod still runs without a deletion mark; two minutes later they are forgotten.
    private func stillDisrupted(_ budget: JSONValue, _ selected: [PodFacts]) -> [String: String] {
        var kept: [String: String] = [:]
        let limit = Instant(milliseconds: now.milliseconds - 120_000).rfc3339
        for (name, time) in budget["status", "disruptedPods"]?.stringMembers ?? [] {
            let pod = selected.first { $0.key.name == name }
            if let pod, !pod.isTerminating, time > limit { kept[name] = time }
        }
        return kept
    }
}

extension CountOrPercent {
    init?(json: JSONValue) {
        if let count = json.integer { self.init(String(count)) } else { self.init(json.string ?? "") }
    }
}

extension JSONValue {
    fileprivate mutating func setBudgetStatus(
        healthy: Int,
        desired: Int,
        expected: Int,
        _ disrupted: [String: String],
        at time: Instant
    ) {
        let allowed = expected <= 0 ? 0 : max(0, healthy - desired)
        let generation = self["metadata", "generation"] ?? 1
        let conditions = self["status", "conditions"]
        self["status"] = ["observedGeneration": generation]
        if !disrupted.isEmpty { self["status", "disruptedPods"] = JSONValue(disrupted) }
        self["status", "disruptionsAllowed"] = JSONValue(allowed)
        self["status", "currentHealthy"] = JSONValue(healthy)
        self["status", "desiredHealthy"] = JSONValue(desired)
        self["status", "expectedPods"] = JSONValue(expected)
        self["status", "conditions"] = conditions
        setCondition(
            "DisruptionAllowed",
            allowed > 0 ? "True" : "False",
            at: time,
            [
                "observedGeneration": generation, "reason": allowed > 0 ? "SufficientPods" : "InsufficientPods",
                "message": "",
            ]
        )
    }
}
