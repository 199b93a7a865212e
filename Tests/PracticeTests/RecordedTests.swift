import ClusterModel
import Practice
import Testing

/// The practice cluster's answers, held against those of a real API server to the same requests.
struct RecordedTests {
    private static func running(_ namespace: String, _ name: String, app: String, ready: Bool = true) -> PracticeObject
    {
        PracticeObject(
            kind: .pod,
            value: [
                "metadata": [
                    "name": .string(name), "namespace": .string(namespace),
                    "labels": ["app.kubernetes.io/name": .string(app)],
                ],
                "spec": ["nodeName": "node-001", "containers": [["name": "main", "image": "x"]]],
                "status": [
                    "phase": "Running", "conditions": [["type": "Ready", "status": .string(ready ? "True" : "False")]],
                ],
            ]
        )
    }

    private func machines() -> PracticeCluster { cluster(node("node-001"), node("node-020")) }

    private func with(_ objects: [PracticeObject]) -> PracticeCluster {
        var cluster = machines()
        cluster.create(objects)
        cluster.settle()
        return cluster
    }

    static let searchPods = [
        ("eviction/01-ok-201", "2mh5n"), ("eviction/09-uid-mismatch-409", "4q8f9"),
        ("eviction/09b-rv-mismatch", "4q8f9"),
        ("eviction/11-dryrun-in-body", "4t97h"), ("eviction/11b-dryrun-in-query", "4t97h"),
        ("eviction/14-policy-v1beta1-body", "6cxlp"), ("eviction/15-empty-body", "6gbwp"),
        ("eviction/16-name-mismatch", "6gbwp"), ("eviction/17-namespace-mismatch", "6gbwp"),
        ("eviction/18-no-metadata", "6kkln"),
    ]

    @Test(arguments: searchPods)
    func `an eviction without a budget`(name: String, suffix: String) throws {
        var cluster = with([Self.running("shop", "search-df886d847-\(suffix)", app: "search")])
        let recording = try Recording(name)
        recording.expect(recording.replay(on: &cluster))
    }

    @Test func `an eviction of a pod that is gone`() throws {
        var cluster = with([Self.running("shop", "other", app: "search")])
        let recording = try Recording("eviction/02-pod-gone-404")
        recording.expect(recording.replay(on: &cluster))
    }

    @Test func `an eviction against a budget of one of one`() throws {
        var cluster = with([
            Self.running("payments", "license-server-74c5546d8c-fwrhz", app: "license-server"),
            .budget("payments", "license-server", minAvailable: 1),
        ])
        let recording = try Recording("eviction/03-pdb-minAvailable-1-of-1-429")
        recording.expect(recording.replay(on: &cluster))
    }

    @Test func `an eviction of a pod under two budgets`() throws {
        var cluster = with([
            Self.running("payments", "ledger-fd579dd8c-dhhqn", app: "ledger"),
            .budget("payments", "ledger", minAvailable: 0, name: "ledger-a"),
            .budget("payments", "ledger", minAvailable: 0, name: "ledger-b"),
        ])
        let recording = try Recording("eviction/06-two-pdbs-500")
        recording.expect(recording.replay(on: &cluster))
    }

    @Test func `two evictions against a budget for one`() throws {
        var cluster = with([
            .statefulSet("data", "kafka", replicas: 5, parallel: true), .budget("data", "kafka", minAvailable: 4),
        ])
        for name in ["a-first-201", "b-second-429"] {
            let recording = try Recording("eviction/07-budget-spent/\(name)")
            recording.expect(recording.replay(on: &cluster))
            let soon = cluster.now + .milliseconds(200)
            cluster.advance(to: soon)
        }
    }

    @Test func `an eviction of an unready pod while the budget is not met`() throws {
        var cluster = with([
            Self.running("payments", "fraud-7dbdd76bbb-f8qp6", app: "fraud", ready: false),
            .budget("payments", "fraud", minAvailable: 1, unhealthyPodEvictionPolicy: "IfHealthyBudget"),
        ])
        let recording = try Recording("eviction/21-unhealthy-IfHealthyBudget-429")
        recording.expect(recording.replay(on: &cluster))
    }

    @Test func `an eviction against a budget that has just been changed`() throws {
        var cluster = with([
            Self.running("shop", "web-7cbc98884f-25wtd", app: "web"), .budget("shop", "web", minAvailable: 0),
        ])
        cluster.send(
            "PATCH",
            "/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web",
            ["spec": ["minAvailable": 1]],
            type: "application/merge-patch+json"
        )
        let recording = try Recording("eviction/29-pdb-not-yet-observed")
        recording.expect(recording.replay(on: &cluster))
    }

    @Test func `evictions while the controllers are down use up what is stored`() throws {
        var cluster = with([
            Self.running("shop", "api-76d4cb6f4d-bs7cg", app: "api"), Self.running("shop", "api-1", app: "api"),
            Self.running("shop", "api-2", app: "api"), .budget("shop", "api", minAvailable: 1),
        ])
        cluster.setControllersRunning(false)
        #expect(cluster.evict("shop", "api-1").status == 201)
        #expect(cluster.evict("shop", "api-2").status == 201)
        cluster.settle()
        let recording = try Recording("eviction/31-kcm-down/try-10")
        recording.expect(recording.replay(on: &cluster))
        cluster.setControllersRunning(true)
        cluster.settle()
        #expect(
            cluster.evict("shop", "api-76d4cb6f4d-bs7cg").json?.cause
                == "The disruption budget api needs 1 healthy pods and has 1 currently"
        )
    }

    @Test func `an eviction in a terminating namespace`() throws {
        var held = Self.running("dying", "held", app: "x")
        held.value["metadata", "finalizers"] = ["example.com/hold"]
        var cluster = with([held])
        #expect(cluster.send("DELETE", "/api/v1/namespaces/dying").json?["status", "phase"] == "Terminating")
        let recording = try Recording("eviction/32-terminating-namespace")
        recording.expect(recording.replay(on: &cluster))
    }

    @Test(arguments: [
        "cordon/01-strategic-cordon", "cordon/04-strategic-uncordon-false", "cordon/08-jsonpatch-test-fails",
        "cordon/11-jsonpatch-remove-missing", "cordon/19-strategic-missing-404",
        "cordon/20-patch-stale-resourceVersion-409", "cordon/21-patch-wrong-uid-422", "cordon/22-put-stale-409",
        "cordon/28-strategic-delete-taint", "errors/method-not-allowed-405", "errors/node-404",
        "errors/patch-bad-json-400", "errors/patch-content-type-415", "errors/unknown-group-404",
        "errors/unknown-resource-404", "errors/warn-unknown-field-200-with-Warning-header",
        "lists/bad-fieldselector-400",
        "lists/bad-labelselector-400", "watch/list-future-resourceVersion", "watch/watch-bad-resourceVersion",
    ])
    func `an answer that depends on nothing else`(name: String) throws {
        var cluster = machines()
        let recording = try Recording(name)
        recording.expect(recording.replay(on: &cluster))
    }

    @Test func `an unknown field under strict validation`() throws {
        var cluster = machines()
        let recording = try Recording("errors/strict-unknown-field-422")
        recording.expect(recording.replay(on: &cluster), comparingMessages: false)
    }

    @Test(arguments: ["auth/bad-token-401", "auth/bad-token-version-401"])
    func `a bad token`(name: String) throws {
        var cluster = machines()
        cluster.options.bearerToken = "secret"
        let recording = try Recording(name)
        recording.expect(recording.replay(on: &cluster))
        #expect(cluster.send("GET", "/version", headers: [("Authorization", "Bearer secret")]).status == 200)
    }

    @Test func `an overloaded server, which still tells its version`() throws {
        var cluster = machines()
        cluster.faults.overloadRetryAfter = 1
        cluster.faults.overloadedRequests = 2
        let recording = try Recording("apf/02-list-429")
        recording.expect(recording.replay(on: &cluster))
        #expect(cluster.send("GET", "/version").status == 200)
        #expect(cluster.cordon("node-001").status == 429)
        #expect(cluster.cordon("node-001").status == 200, "two requests were to be refused")
    }

    @Test func `a list at a revision that is gone, and a page of one`() throws {
        var cluster = with([Self.running("shop", "a", app: "a"), Self.running("shop", "b", app: "a")])
        let token = try #require(cluster.send("GET", "/api/v1/pods?limit=1").json?["metadata", "continue"]?.string)
        cluster.compactHistory()
        cluster.cordon("node-001")
        cluster.compactHistory()
        var exact = try Recording("lists/exact-old-resourceVersion-410")
        exact.target = "/api/v1/pods?resourceVersion=1&resourceVersionMatch=Exact"
        exact.expect(exact.replay(on: &cluster))
        var page = try Recording("lists/pagination/expired-continue-410")
        page.target = "/api/v1/pods?limit=1&continue=\(token)"
        let refusal = page.replay(on: &cluster)
        page.expect(refusal)
        let fresh = try #require(refusal.json?["metadata", "continue"]?.string)
        let rest = cluster.send("GET", "/api/v1/pods?limit=1&continue=\(fresh)")
        #expect(rest.status == 200)
        #expect(rest.json?["items"]?.array?.map(\.name) == ["b"])
    }

    @Test func `the life of a lease`() throws {
        var cluster = machines()
        var revisions: [String] = []
        for name in [
            "00-get-404", "01-create-201", "02-create-again-409-AlreadyExists", "03-update-200",
            "04-update-stale-409-Conflict", "05-update-without-resourceVersion", "06-renewTime-without-micros",
            "07-renewTime-one-decimal", "08-renewTime-nanos", "09-duration-zero-422", "10-release-by-patch",
            "11-patch-stale-409", "12-delete-rv-precondition-409", "13-delete-200",
        ] {
            var recording = try Recording("lease/\(name)")
            recording.body["metadata", "uid"] = nil
            if recording.method == "PUT", name != "05-update-without-resourceVersion" {
                recording.body["metadata", "resourceVersion"] = .string(
                    name.contains("stale") ? revisions[0] : revisions.last ?? ""
                )
            }
            if recording.body.object?.isEmpty == true { recording.body = .null }
            let response = recording.replay(on: &cluster)
            recording.expect(response)
            if let revision = response.json?.revision, !revision.isEmpty { revisions.append(revision) }
        }
        #expect(revisions.count == 3)
    }
}
