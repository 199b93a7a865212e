import ClusterModel
import Practice
import Testing

struct EvictionTests {
    private func shop(_ budget: PracticeObject..., ready: String? = nil) -> PracticeCluster {
        var pod = PracticePod()
        pod.annotations[PracticeAnnotation.readySeconds] = ready
        var cluster = PracticeCluster(seed: 1, startingAt: morning)
        cluster.create([node("n1"), node("n2"), .deployment("shop", "web", replicas: 3, pod: pod)])
        cluster.create(budget)
        cluster.settle()
        return cluster
    }

    @Test func `a pod's UID as precondition protects its namesake`() {
        var cluster = cluster(node("n1"), .statefulSet("data", "db", replicas: 1))
        let old = cluster.app("db")[0].uid
        #expect(cluster.evict("data", "db-0", options: ["preconditions": ["uid": .string(old)]]).status == 201)
        cluster.settle()
        #expect(cluster.evict("data", "db-0", options: ["preconditions": ["uid": .string(old)]]).status == 409)
        #expect(cluster.app("db")[0]["metadata", "deletionTimestamp"] == nil)
    }

    @Test func `a wrong precondition spends nothing of the budget`() {
        var cluster = shop(.budget("shop", "web", maxUnavailable: 1))
        cluster.evict("shop", cluster.app("web")[0].name, options: ["preconditions": ["uid": "other"]])
        #expect(cluster.budgetStatus("shop", "web")["disruptionsAllowed"] == 1)
    }

    @Test func `dry runs spend nothing, so each of many passes`() {
        var cluster = shop(.budget("shop", "web", maxUnavailable: 1))
        for pod in cluster.app("web") {
            #expect(cluster.evict("shop", pod.name, options: ["dryRun": ["All"]]).status == 201)
        }
        #expect(cluster.budgetStatus("shop", "web")["disruptionsAllowed"] == 1)
        #expect(cluster.app("web").allSatisfy { $0["metadata", "deletionTimestamp"] == nil })
    }

    @Test func `a budget refusal names its budget and has no Retry-After`() {
        var cluster = shop(.budget("shop", "web", minAvailable: "100%"))
        let refusal = cluster.evict("shop", cluster.app("web")[0].name)
        #expect(refusal.status == 429)
        #expect(refusal.header("Retry-After") == nil)
        #expect(refusal.json?.cause == "The disruption budget web needs 3 healthy pods and has 3 currently")
    }

    @Test func `a brand-new budget says that it is still being processed`() {
        var cluster = shop()
        cluster.create(.budget("shop", "web", maxUnavailable: 1))
        let refusal = cluster.evict("shop", cluster.app("web")[0].name)
        #expect(refusal.status == 429)
        #expect(refusal.header("Retry-After") == "10")
        #expect(refusal.json?["details", "retryAfterSeconds"] == 10)
        cluster.settle()
        #expect(cluster.evict("shop", cluster.app("web")[0].name).status == 201)
    }

    @Test(arguments: [("AlwaysAllow", 201), ("IfHealthyBudget", 429), (nil, 429)] as [(String?, Int)])
    func `unready pods go as the budget's policy says`(policy: String?, status: Int) {
        var cluster = shop(
            .budget("shop", "web", minAvailable: 1, unhealthyPodEvictionPolicy: policy),
            ready: "never"
        )
        #expect(cluster.evict("shop", cluster.app("web")[0].name).status == status)
    }

    @Test func `a pending pod ignores its budget and is gone at once`() {
        var cluster = PracticeCluster(seed: 1, startingAt: morning)
        cluster.create([.deployment("shop", "web", replicas: 1), .budget("shop", "web", minAvailable: 1)])
        cluster.settle()
        let pod = cluster.app("web")[0]
        #expect(cluster.evict("shop", pod.name).status == 201)
        #expect(!cluster.app("web").contains { $0.uid == pod.uid })
    }

    @Test func `evicting a terminating pod is admitted and can only shorten its grace`() {
        var cluster = cluster(
            node("n1"),
            .deployment(
                "shop",
                "web",
                replicas: 1,
                pod: PracticePod(grace: 300, annotations: [PracticeAnnotation.stopSeconds: "200"])
            )
        )
        let name = cluster.app("web")[0].name
        func grace() -> Int? {
            cluster.app("web").first { $0.name == name }?["metadata", "deletionGracePeriodSeconds"]?.integer
        }
        cluster.evict("shop", name)
        #expect(grace() == 300)
        #expect(cluster.evict("shop", name, options: ["gracePeriodSeconds": 5]).status == 201)
        #expect(grace() == 5)
        #expect(cluster.evict("shop", name, options: ["gracePeriodSeconds": 100]).status == 201)
        #expect(grace() == 5)
        let end = cluster.now + .seconds(6)
        cluster.advance(to: end)
        #expect(!cluster.app("web").contains { $0.name == name })
    }

    @Test func `grace zero deletes at once`() {
        var cluster = shop()
        let pod = cluster.app("web")[0]
        cluster.evict("shop", pod.name, options: ["gracePeriodSeconds": 0])
        #expect(cluster.send("GET", "/api/v1/namespaces/shop/pods/\(pod.name)").status == 404)
    }

    @Test func `a pod with a finalizer stays until the finalizer goes`() {
        var cluster = shop()
        let pod = cluster.app("web")[0]
        let target = "/api/v1/namespaces/shop/pods/\(pod.name)"
        let type = "application/merge-patch+json"
        cluster.send("PATCH", target, ["metadata": ["finalizers": ["example.com/hold"]]], type: type)
        cluster.evict("shop", pod.name)
        cluster.settle()
        #expect(cluster.send("GET", target).json?["metadata", "deletionTimestamp"] != nil)
        cluster.send("PATCH", target, ["metadata": ["finalizers": .null]], type: type)
        #expect(cluster.send("GET", target).status == 404)
    }

    @Test func `a plain DELETE ignores budgets`() {
        var cluster = shop(.budget("shop", "web", minAvailable: "100%"))
        let name = cluster.app("web")[0].name
        #expect(cluster.send("DELETE", "/api/v1/namespaces/shop/pods/\(name)").status == 200)
        #expect(cluster.app("web").contains { $0.name == name && $0["metadata", "deletionTimestamp"] != nil })
    }

    @Test func `an old server serves its budgets as v1beta1 only`() {
        var options = PracticeOptions()
        options.serverVersion = Version(major: 1, minor: 20, patch: 15)
        var cluster = cluster(
            node("n1"),
            .deployment("shop", "web", replicas: 2),
            .budget("shop", "web", maxUnavailable: 1),
            options: options
        )
        #expect(cluster.send("GET", "/version").json?["minor"] == "20")
        #expect(cluster.send("GET", "/apis/policy/v1/poddisruptionbudgets").status == 404)
        let list = cluster.send("GET", "/apis/policy/v1beta1/poddisruptionbudgets").json
        #expect(list?["apiVersion"] == "policy/v1beta1")
        #expect(list?["items"]?.array?.count == 1)
        let resources = cluster.send("GET", "/api/v1").json?["resources"]?.array
        #expect(resources?.first { $0["name"] == "pods/eviction" }?["version"] == "v1beta1")
        #expect(cluster.evict("shop", cluster.app("web")[0].name, version: "policy/v1beta1").status == 201)
    }

    @Test func `the audit log keeps what could change something, with its agent`() {
        var cluster = shop()
        cluster.send("GET", "/api/v1/nodes")
        cluster.send(
            "PATCH",
            "/api/v1/nodes/n1?dryRun=All",
            ["spec": ["unschedulable": true]],
            type: "application/merge-patch+json",
            headers: [("User-Agent", "evenkeel/1")]
        )
        cluster.evict("shop", "ghost")
        #expect(cluster.auditLog.map(\.status) == [200, 404])
        #expect(cluster.auditLog.first?.path == "/api/v1/nodes/n1?dryRun=All")
        #expect(cluster.auditLog.first?.userAgent == "evenkeel/1")
        #expect(cluster.auditLog.first?.instant == cluster.now)
    }
}
