import ClusterModel
import Practice
import Testing

/// Creates, replacements and deletions beyond what was recorded.
struct WriteTests {
    private let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"

    private func lease(_ name: String = "lock", spec: JSONValue = ["holderIdentity": "a"]) -> JSONValue {
        ["metadata": ["name": .string(name)], "spec": spec]
    }

    static let times: [(text: String, status: Int)] = [
        ("2026-11-23T06:00:00.000000Z", 201), ("2026-11-23T06:00:00.123456+09:00", 201),
        ("2026-11-23T06:00:00Z", 400), ("2026-11-23T06:00:00.1Z", 400), ("2026-11-23T06:00:00.1234567Z", 400),
        ("2026-11-23T06:00:00.123456789Z", 400), ("2026-11-23 06:00:00.000000Z", 400), ("yesterday", 400), ("", 400),
        ("2026-11-23T06:00:00.000000", 400),
    ]

    @Test(arguments: times)
    func `a lease's times need exactly six decimals`(time: (text: String, status: Int)) {
        var cluster = cluster(node("n1"))
        for field in ["renewTime", "acquireTime"] {
            let response = cluster.send("POST", leases, lease(field.lowercased(), spec: [field: .string(time.text)]))
            #expect(response.status == time.status, "\(field)")
        }
    }

    @Test(arguments: [(-1, 422), (0, 422), (1, 201)])
    func `a lease lasts at least a second`(seconds: Int, status: Int) {
        var cluster = cluster(node("n1"))
        #expect(
            cluster.send("POST", leases, lease(spec: ["leaseDurationSeconds": JSONValue(seconds)])).status == status
        )
    }

    @Test func `of two who replace the same revision, one wins`() throws {
        var cluster = cluster(node("n1"))
        let created = try #require(cluster.send("POST", leases, lease()).json)
        var first = created
        first["spec", "holderIdentity"] = "first"
        var second = created
        second["spec", "holderIdentity"] = "second"
        #expect(cluster.send("PUT", "\(leases)/lock", first).status == 200)
        #expect(cluster.send("PUT", "\(leases)/lock", second).status == 409)
        #expect(cluster.send("GET", "\(leases)/lock").json?["spec", "holderIdentity"] == "first")
    }

    @Test func `a replacement cannot change who the object is`() throws {
        var cluster = cluster(node("n1"))
        let node = cluster.nodeObject("n1")
        var other = node
        other["metadata", "uid"] = "another"
        #expect(cluster.send("PUT", "/api/v1/nodes/n1", other).status == 409)
        var renamed = node
        renamed["metadata", "name"] = "n2"
        #expect(cluster.send("PUT", "/api/v1/nodes/n1", renamed).status == 400)
        var dated = node
        dated["metadata", "creationTimestamp"] = "1999-01-01T00:00:00Z"
        dated["status"] = [:]
        #expect(cluster.send("PUT", "/api/v1/nodes/n1", dated).status == 200)
        #expect(cluster.nodeObject("n1")["metadata", "creationTimestamp"] == node["metadata", "creationTimestamp"])
        #expect(cluster.nodeObject("n1")["status"] == node["status"], "status has a subresource of its own")
    }

    @Test func `the generation counts changes of the spec only`() {
        var cluster = cluster(node("n1"), .deployment("shop", "web", replicas: 1))
        let target = "/apis/apps/v1/namespaces/shop/deployments/web"
        func generation() -> Int? { cluster.objects(.deployment)[0].object["metadata", "generation"]?.integer }
        cluster.send("PATCH", target, ["metadata": ["labels": ["a": "b"]]], type: "application/merge-patch+json")
        #expect(generation() == 1)
        cluster.send("PATCH", target, ["spec": ["replicas": 2]], type: "application/merge-patch+json")
        #expect(generation() == 2)
    }

    @Test func `a bare pod made over the API is scheduled and started, and lost by its eviction`() {
        var cluster = cluster(node("n1"))
        let pod: JSONValue = [
            "kind": "Pod", "metadata": ["generateName": "debug-", "labels": ["app.kubernetes.io/name": "debug"]],
            "spec": ["containers": [["name": "sh", "image": "x"]]],
        ]
        #expect(cluster.send("POST", "/api/v1/namespaces/default/pods", pod).status == 201)
        cluster.settle()
        #expect(cluster.app("debug").first?.isReady == true)
        #expect(cluster.evict("default", cluster.app("debug")[0].name).status == 201)
        cluster.settle()
        #expect(cluster.app("debug").isEmpty)
    }

    @Test(arguments: [
        ("DELETE", "/api/v1/nodes"), ("POST", "/api/v1/nodes/n1"), ("PUT", "/api/v1/nodes"),
        ("GET", "/api/v1/namespaces/default/pods/x/eviction"),
    ])
    func `a method that a path does not have is refused`(method: String, target: String) {
        var cluster = cluster(node("n1"))
        #expect(cluster.send(method, target, [:]).status == 405)
    }

    @Test(arguments: [
        "/api/v2/nodes", "/apis/apps/v2/deployments", "/apis/nosuch.io", "/nosuch", "/api/v1/namespaces/default/nodes",
        "/api/v1/nodes/n1/eviction", "/api/v1/nodes/n1/status/more", "/api/v1/pods/x",
        "/apis/policy/v1beta1/poddisruptionbudgets",
    ])
    func `a path that leads nowhere is not found`(target: String) {
        var cluster = cluster(node("n1"))
        #expect(cluster.send("GET", target).status == 404)
    }

    @Test func `a fault on writes leaves reads alone`() {
        var cluster = cluster(node("n1"))
        cluster.faults.writesFail = "etcdserver: request timed out"
        #expect(cluster.cordon("n1").status == 500)
        #expect(cluster.send("GET", "/api/v1/nodes/n1").json?["spec", "unschedulable"] == nil)
        cluster.faults.writesFail = nil
        #expect(cluster.cordon("n1").status == 200)
    }

    @Test func `an unacceptable answer is not given`() {
        var cluster = cluster(node("n1"))
        #expect(cluster.send("GET", "/api/v1/nodes", headers: [("Accept", "application/xml")]).status == 406)
        let both = cluster.send(
            "GET",
            "/api/v1/nodes",
            headers: [("Accept", "application/vnd.kubernetes.protobuf,application/json")]
        )
        #expect(both.header("Content-Type") == "application/json")
    }

    @Test func `who may do what is answered with yes`() {
        var cluster = cluster(node("n1"))
        let review: JSONValue = [
            "kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1",
            "spec": ["resourceAttributes": ["verb": "create", "resource": "pods", "subresource": "eviction"]],
        ]
        let answer = cluster.send("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
        #expect(answer.status == 201)
        #expect(answer.json?["status", "allowed"] == true)
        #expect(answer.json?["spec"] == review["spec"])
    }

    @Test func `an old server does not know an Eviction of policy v1`() {
        var options = PracticeOptions()
        options.serverVersion = Version(major: 1, minor: 20, patch: 15)
        var cluster = cluster(node("n1"), .deployment("shop", "web", replicas: 1), options: options)
        #expect(cluster.evict("shop", cluster.app("web")[0].name).status == 400)
        #expect(cluster.app("web")[0]["metadata", "deletionTimestamp"] == nil)
    }

    @Test func `a workload is scaled through its subresource, and its budget follows`() {
        var cluster = cluster(
            node("n1"),
            .deployment("shop", "web", replicas: 2),
            .budget("shop", "web", maxUnavailable: "50%")
        )
        let target = "/apis/apps/v1/namespaces/shop/deployments/web/scale"
        #expect(cluster.send("GET", target).json?["spec", "replicas"] == 2)
        let scaled = cluster.send("PATCH", target, ["spec": ["replicas": 6]], type: "application/merge-patch+json")
        #expect(scaled.json?["kind"] == "Scale")
        #expect(scaled.json?["spec", "replicas"] == 6)
        cluster.settle()
        #expect(cluster.app("web").count == 6)
        #expect(cluster.budgetStatus("shop", "web")["expectedPods"] == 6)
        #expect(cluster.budgetStatus("shop", "web")["disruptionsAllowed"] == 3)
        var stale = scaled.json ?? .null
        stale["spec", "replicas"] = 1
        #expect(cluster.send("PUT", target, stale).status == 409)
        #expect(cluster.send("DELETE", target).status == 405)
        #expect(
            cluster.send("PATCH", target, ["spec": ["replicas": -1]], type: "application/merge-patch+json").status
                == 422
        )
    }
}
