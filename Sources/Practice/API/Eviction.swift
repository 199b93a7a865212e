import ClusterModel

/// The eviction subresource: the API server's own judgement over budgets.
extension PracticeCluster {
    mutating func evict(_ key: ObjectKey, _ request: PracticeRequest) throws(Refusal) -> PracticeResponse {
        let body = try Self.body(request)
        if body["apiVersion"] == "policy/v1", options.evictionVersion != "v1" {
            throw .badRequest("no kind \"Eviction\" is registered for version \"policy/v1\" in this server")
        }
        if let namespace = body["metadata", "namespace"]?.string, !namespace.isEmpty, namespace != key.namespace {
            throw .otherNamespace
        }
        guard body["metadata", "name"]?.string == key.name else {
            throw .badRequest("name in URL does not match name in Eviction object")
        }
        try refuseInTerminatingNamespace(key, .pod)
        guard let pod = store[.pod, key], let facts = pods[key] else { throw .notFound(.pod, key.name) }
        let deletion = body["deleteOptions"] ?? [:]
        try check(deletion["preconditions"], .pod, key, pod)
        let isDryRun = Self.isDryRun(deletion, request)
        let ignoresBudgets = facts.isFinished || facts.phase == .pending || facts.isTerminating
        if !ignoresBudgets { try spendBudget(facts, dryRun: isDryRun) }
        if !isDryRun {
            if !facts.isTerminating { markDisrupted(key) }
            deletePod(key, grace: deletion["gracePeriodSeconds"]?.integer)
        }
        return .json(
            ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201],
            status: 201
        )
    }

    static func isDryRun(_ options: JSONValue, _ request: PracticeRequest) -> Bool {
        request.parameter("dryRun") == "All" || options["dryRun"]?.array?.contains("All") == true
    }

    private mutating func markDisrupted(_ key: ObjectKey) {
        update(.pod, key) { [now] pod in
            pod.setCondition(
                "DisruptionTarget",
                "True",
                at: now,
                ["reason": "EvictionByEvictionAPI", "message": "Eviction API: evicting"]
            )
        }
    }

    private mutating func spendBudget(_ pod: PodFacts, dryRun: Bool) throws(Refusal) {
        let found = budgets.keys.sorted().filter {
            $0.namespace == pod.key.namespace && budgets[$0]?.matches(pod.labels) == true
        }
        guard found.count <= 1 else {
            throw Refusal(
                500,
                nil,
                "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
            )
        }
        guard let key = found.first, let budget = store[.budget, key] else { return }
        if !pod.isReady, Self.letsUnhealthyGo(budget) { return }
        try Self.judge(budget)
        if !dryRun { decrement(key, for: pod.key.name) }
    }

    /// A pod that is not ready may go where the budget says always, or where it is met without the pod.
    private static func letsUnhealthyGo(_ budget: JSONValue) -> Bool {
        if budget["spec", "unhealthyPodEvictionPolicy"]?.string == "AlwaysAllow" { return true }
        let healthy = budget["status", "currentHealthy"]?.integer ?? 0
        let desired = budget["status", "desiredHealthy"]?.integer ?? 0
        return healthy >= desired && desired > 0
    }

    private static func judge(_ budget: JSONValue) throws(Refusal) {
        let name = budget["metadata", "name"]?.string ?? ""
        let observed = budget["status", "observedGeneration"]?.integer ?? 0
        guard observed >= budget["metadata", "generation"]?.integer ?? 1 else {
            throw .budget("The disruption budget \(name) is still being processed by the server.", retryAfter: 10)
        }
        guard budget["status", "disruptionsAllowed"]?.integer ?? 0 <= 0 else { return }
        let healthy = budget["status", "currentHealthy"]?.integer ?? 0
        let desired = budget["status", "desiredHealthy"]?.integer ?? 0
        throw .budget(
            healthy > desired
                ? "The disruption budget \(name) does not allow evicting pods currently"
                : "The disruption budget \(name) needs \(desired) healthy pods and has \(healthy) currently"
        )
    }

    private mutating func decrement(_ key: ObjectKey, for pod: String) {
        update(.budget, key) { [now] budget in
            let allowed = (budget["status", "disruptionsAllowed"]?.integer ?? 1) - 1
            budget["status", "disruptionsAllowed"] = JSONValue(allowed)
            budget["status", "disruptedPods", pod] = .string(now.rfc3339)
            guard allowed == 0 else { return }
            budget.setCondition(
                "DisruptionAllowed",
                "False",
                at: now,
                [
                    "observedGeneration": budget["metadata", "generation"] ?? 1, "reason": "InsufficientPods",
                    "message": "",
                ]
            )
        }
    }
}
