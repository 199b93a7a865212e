import ClusterModel
import Practice
import Testing

struct ListTests {
    @Test func `pages of one list are consistent although pods go between them`() throws {
        var cluster = cluster(node("n1"), .deployment("shop", "web", replicas: 7))
        let all = cluster.app("web").map(\.name)
        var seen: [String] = []
        var token = ""
        var pages = 0
        repeat {
            let page = try #require(cluster.send("GET", "/api/v1/pods?limit=3&continue=\(token)").json)
            seen += page["items"]?.array?.map(\.name) ?? []
            token = page["metadata", "continue"]?.string ?? ""
            if pages == 0 { #expect(page["metadata", "remainingItemCount"] == 4) }
            cluster.evict("shop", all[pages], options: ["gracePeriodSeconds": 0])
            pages += 1
        } while !token.isEmpty
        #expect(pages == 3)
        #expect(seen == all)
    }

    @Test(arguments: [
        ("/api/v1/nodes", ["n1", "n2", "n3"]), ("/api/v1/nodes?labelSelector=pool%3Dgpu", ["n3"]),
        ("/api/v1/nodes?labelSelector=pool%21%3Dgpu", ["n1", "n2"]), ("/api/v1/nodes?labelSelector=pool", ["n3"]),
        ("/api/v1/nodes?labelSelector=!pool", ["n1", "n2"]),
        ("/api/v1/nodes?labelSelector=kubernetes.io/hostname+in+(n1,n3)", ["n1", "n3"]),
        ("/api/v1/nodes?labelSelector=kubernetes.io/hostname%20notin%20(n1)", ["n2", "n3"]),
        ("/api/v1/nodes?fieldSelector=metadata.name%3Dn2", ["n2"]),
        ("/api/v1/nodes?fieldSelector=metadata.name!%3Dn2&resourceVersion=0", ["n1", "n3"]),
        ("/api/v1/namespaces/shop/pods?fieldSelector=status.phase%3DRunning", []),
    ])
    func `selectors choose`(target: String, names: [String]) {
        var cluster = cluster(
            node("n1"),
            node("n2"),
            node("n3", labels: ["pool": "gpu"]),
            PracticeObject(kind: .namespace, value: ["metadata": ["name": "shop"]])
        )
        let response = cluster.send("GET", target)
        #expect(response.status == 200)
        #expect(response.json?["items"]?.array?.map(\.name) == names)
    }

    @Test func `a page with a selector does not tell how many remain`() {
        var cluster = cluster(node("n1"), .deployment("shop", "web", replicas: 4))
        let page = cluster.send("GET", "/api/v1/pods?limit=2&labelSelector=app.kubernetes.io/name%3Dweb").json
        #expect(page?["metadata", "continue"] != nil)
        #expect(page?["metadata", "remainingItemCount"] == nil)
    }

    @Test func `items carry no kind, single objects do`() {
        var cluster = cluster(node("n1"))
        let list = cluster.send("GET", "/api/v1/nodes").json
        #expect(list?["kind"] == "NodeList")
        #expect(list?["metadata"]?.object?.keys == ["resourceVersion"])
        #expect(list?["items"]?.array?.first?.object?.keys == ["metadata", "spec", "status"])
        #expect(
            cluster.send("GET", "/api/v1/nodes/n1").json?.object?.keys == [
                "kind", "apiVersion", "metadata", "spec", "status",
            ]
        )
    }

    @Test(arguments: ResourceKind.allCases)
    func `every kind is found by discovery and can be listed and watched`(kind: ResourceKind) throws {
        var cluster = cluster(node("n1"))
        let base = kind.group.isEmpty ? "/api/v1" : "/apis/\(kind.group)/v1"
        let resources = cluster.send("GET", base).json?["resources"]?.array
        let resource = try #require(resources?.first { $0["name"]?.string == kind.plural })
        #expect(resource["kind"]?.string == kind.rawValue)
        #expect(resource["namespaced"]?.bool == kind.isNamespaced)
        #expect(cluster.send("GET", "\(base)/\(kind.plural)").json?["kind"]?.string == "\(kind.rawValue)List")
        #expect(throws: Never.self) { try cluster.watch("\(base)/\(kind.plural)?watch=1") }
        if !kind.group.isEmpty {
            let groups = cluster.send("GET", "/apis").json?["groups"]?.array?.compactMap { $0["name"]?.string }
            #expect(groups?.contains(kind.group) == true)
        }
    }

    @Test(arguments: ["/readyz", "/livez", "/healthz", "/readyz?verbose"])
    func `health checks answer in plain text`(target: String) {
        var cluster = cluster(node("n1"))
        let response = cluster.send("GET", target)
        #expect(response.status == 200)
        #expect(target.contains("verbose") ? response.text.contains("[+]etcd ok") : response.text == "ok")
    }

    @Test func `objects made over the API are complete, and only once`() {
        var cluster = cluster(node("n1"))
        let budget: JSONValue = [
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": ["name": "b"],
            "spec": ["minAvailable": 1, "selector": [:]],
        ]
        let target = "/apis/policy/v1/namespaces/default/poddisruptionbudgets"
        let created = cluster.send("POST", target, budget)
        #expect(created.status == 201)
        #expect(created.json?["metadata", "generation"] == 1)
        #expect(created.json?.uid.count == 36)
        #expect(created.json?["status", "disruptionsAllowed"] == 0)
        #expect(created.json?["status", "observedGeneration"] == nil)
        #expect(cluster.send("POST", target, budget).json?["reason"] == "AlreadyExists")
        #expect(cluster.send("POST", "/apis/policy/v1/namespaces/nowhere/poddisruptionbudgets", budget).status == 404)
    }

    @Test func `a deleted namespace empties itself and goes`() {
        var cluster = cluster(node("n1"), .deployment("shop", "web", replicas: 2))
        cluster.send("DELETE", "/api/v1/namespaces/shop")
        #expect(cluster.send("GET", "/api/v1/namespaces/shop").json?["status", "phase"] == "Terminating")
        cluster.settle()
        #expect(cluster.send("GET", "/api/v1/namespaces/shop").status == 404)
        #expect(cluster.app("web").isEmpty)
    }

    @Test func `a client that asks for a table gets rows`() {
        var cluster = cluster(node("n1"))
        cluster.cordon("n1")
        let table = cluster.send(
            "GET",
            "/api/v1/nodes",
            headers: [("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json")]
        )
        #expect(table.json?["kind"] == "Table")
        #expect(table.json?["rows"]?.array?.first?["cells"]?.array?[1] == "Ready,SchedulingDisabled")
    }
}
