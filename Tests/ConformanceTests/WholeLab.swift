import Testing

/// Gives each test a cluster that is whole, whatever the test before it left: servers that run, open nodes, no lease, and
/// every pod that is wanted.
struct WholeLab: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard let lab = Lab.current else { return try await function() }
        try await lab.mend()
        try await function()
    }
}

extension Trait where Self == WholeLab {
    static var wholeLab: Self { WholeLab() }
}

extension Lab {
    static let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/evenkeel"

    /// Undoes what a test may have left, and waits until everything runs again.
    func mend() async throws {
        try LabProcess.continueAll()
        try await until("the API server answers") { try await $0.isAnswering() ? [] : ["no answer"] }
        try await remove(Self.lease)
        for namespace in try await request("GET", "/api/v1/namespaces").objects("items") {
            guard let name = namespace.object("metadata").string("name"), name.hasPrefix("random-") else { continue }
            try await remove("/api/v1/namespaces/\(name)")
        }
        for node in try await request("GET", "/api/v1/nodes").objects("items") {
            let (metadata, spec) = (node.object("metadata"), node.object("spec"))
            let name = metadata.string("name") ?? ""
            let marks = metadata.strings("annotations").keys.filter { $0.hasPrefix("evenkeel.io/") }.sorted()
            let taints = spec.objects("taints")
            let kept = taints.filter { $0.string("key")?.hasPrefix("evenkeel.io/") != true }
            guard spec.flag("unschedulable") || !marks.isEmpty || kept.count < taints.count else { continue }
            let annotations = marks.map { "\"\($0)\":null" }.joined(separator: ",")
            let left = kept.filter { $0.string("key") != "node.kubernetes.io/unschedulable" }.map(\.text)
            try await patch(
                "/api/v1/nodes/\(name)",
                """
                {"metadata":{"annotations":{\(annotations)}},\
                "spec":{"unschedulable":null,"taints":[\(left.joined(separator: ","))]}}
                """
            )
        }
        try await until("the cluster is whole") { try await $0.missing() }
    }

    /// Whether or not it is there.
    func remove(_ resource: String) async throws {
        _ = try await Command("curl", curl("DELETE", resource) + ["--max-time", "60"]).run()
    }

    /// Asks until nothing is missing; what is missing after three minutes is the issue.
    func until(_ what: String, _ missing: (Lab) async throws -> [String]) async throws {
        let end = ContinuousClock.now + .seconds(180)
        var last: [String] = []
        repeat {
            last = try await missing(self)
            if last.isEmpty { return }
            try await ContinuousClock().sleep(for: .milliseconds(200))
        } while ContinuousClock.now < end
        Issue.record("waited in vain until \(what): \(last)")
        throw CancellationError()
    }

    private func isAnswering() async throws -> Bool {
        try await Command("curl", curl("GET", "/readyz") + ["--fail", "--max-time", "10"]).run().status == 0
    }

    private func missing() async throws -> [String] {
        var missing: [String] = []
        func look(_ path: String, _ isWhole: (JSONObject) -> Bool) async throws {
            for object in try await request("GET", path).objects("items") where !isWhole(object) {
                let metadata = object.object("metadata")
                missing.append("\(path) \(metadata.string("namespace") ?? "")/\(metadata.string("name") ?? "")")
            }
        }
        try await look("/api/v1/nodes") { node in
            let conditions = node.object("status").objects("conditions")
            let isReady = conditions.contains { $0.string("type") == "Ready" && $0.string("status") == "True" }
            let taints = node.object("spec").objects("taints").compactMap { $0.string("key") }
            return isReady && !taints.contains { $0.hasPrefix("node.kubernetes.io/") }
        }
        for kind in ["deployments", "statefulsets"] {
            try await look("/apis/apps/v1/\(kind)") { workload in
                let wanted = workload.object("spec").integer("replicas") ?? 1
                return wanted == workload.object("status").integer("readyReplicas") ?? 0
            }
        }
        try await look("/apis/policy/v1beta1/poddisruptionbudgets") { budget in
            budget.object("status").integer("disruptionsAllowed") ?? 0 > 0
        }
        try await look("/api/v1/pods") { !$0.object("metadata").has("deletionTimestamp") }
        return missing
    }
}
