import ClusterModel
import Ports
import Testing

@testable import Kubernetes

struct ListTests {
    private static func pod(_ name: String) -> String { "{\"metadata\":{\"namespace\":\"a\",\"name\":\"\(name)\"}}" }
    private static let pods = "GET /api/v1/pods"

    @Test func `pages are read to the last`() async throws {
        let pages = [
            StubAnswer.list("Pod", [Self.pod("p1")], next: "to/ken+1="), .list("Pod", [Self.pod("p2")], next: "t2"),
            .list("Pod", [Self.pod("p3")]),
        ]
        try await StubAPI.withClient([Self.pods: pages]) { client, api in
            let cluster = try await client.snapshot()
            #expect(cluster.pods.map(\.id.name) == ["p1", "p2", "p3"])
            #expect(cluster.serverVersion == Version(major: 1, minor: 36, patch: 2))
            let queries = ["limit=500", "limit=500&continue=to%2Fken%2B1%3D", "limit=500&continue=t2"]
            #expect(api.requests(Self.pods).map(\.query) == queries)
        }
    }

    @Test func `a list that expired half way is begun anew`() async throws {
        let pages = [
            StubAnswer.list("Pod", [Self.pod("old")], next: "t"), try .recorded("list-expired-continue-410"),
            .list("Pod", [Self.pod("new")]),
        ]
        try await StubAPI.withClient([Self.pods: pages]) { client, api in
            let seen = try await client.snapshot().pods.map(\.id.name)
            #expect(seen == ["new"])
            #expect(api.requests(Self.pods).map(\.query) == ["limit=500", "limit=500&continue=t", "limit=500"])
        }
    }

    @Test func `a list that always expires is given up`() async throws {
        let expired = try StubAnswer.recorded("list-expired-continue-410")
        try await StubAPI.withClient([Self.pods: [expired]]) { client, api in
            let error = await #expect(throws: ControlError.self) { try await client.snapshot() }
            #expect(error?.description.contains("its list of pods was out of date") == true)
            #expect(api.requests(Self.pods).count == 3)
        }
    }

    @Test func `an overloaded server is asked again after the time it names`() async throws {
        let time = TestTime()
        let busy = try StubAnswer.recorded("list-overloaded-text")
        try await StubAPI.withClient([Self.pods: [busy, busy, .list("Pod", [Self.pod("p")])]], time: time) {
            client,
            _ in
            let seen = try await client.snapshot().pods.count
            #expect(seen == 1)
            #expect(time.waits == [.seconds(1), .seconds(1)])
        }
    }

    @Test(arguments: [429, 502, 503, 504])
    func `a server that stays away is given up after some thirty seconds`(status: Int) async throws {
        let time = TestTime()
        let start = time.now
        try await StubAPI.withClient([Self.pods: [.json("{}", status: status)]], time: time) { client, _ in
            let error = await #expect(throws: ControlError.self) { try await client.snapshot() }
            guard case .unreachable(let line) = error else {
                Issue.record("taken for \(String(describing: error))")
                return
            }
            #expect(line.contains("\(status) for \u{201C}list pods\u{201D}"))
            #expect(time.now.since(start) <= .seconds(30))
            #expect(time.now.since(start) > .seconds(15))
        }
    }

    @Test func `a refusal names the verb and the resource`() async throws {
        let refusal = try StubAnswer.recorded("auth-forbidden-list-nodes-403")
        try await StubAPI.withClient(["GET /api/v1/nodes": [refusal]]) { client, api in
            let error = await #expect(throws: ControlError.self) { try await client.snapshot() }
            let line = "http://127.0.0.1:\(api.port): 403, may not list nodes (nodes is forbidden: "
            #expect(error?.description.hasPrefix(line) == true)
        }
    }

    @Test func `every kind is listed`() async throws {
        let replicaSet = """
            {"metadata":{"namespace":"a","name":"web-1","ownerReferences":[{"kind":"Deployment","name":"web","controller":true}]}}
            """
        let pod = """
            {"metadata":{"namespace":"a","name":"p","ownerReferences":[{"kind":"ReplicaSet","name":"web-1","controller":true}]}}
            """
        let named = "{\"metadata\":{\"namespace\":\"a\",\"name\":\"web\"}}"
        let script: [String: [StubAnswer]] = [
            Self.pods: [.list("Pod", [pod])], "GET /api/v1/nodes": [.list("Node", ["{\"metadata\":{\"name\":\"n\"}}"])],
            "GET /apis/apps/v1/replicasets": [.list("ReplicaSet", [replicaSet])],
            "GET /apis/apps/v1/deployments": [.list("Deployment", [named])],
            "GET /apis/apps/v1/statefulsets": [.list("StatefulSet", [named])],
            "GET /apis/apps/v1/daemonsets": [.list("DaemonSet", [named])],
            "GET /apis/batch/v1/jobs": [.list("Job", [named])],
            "GET /api/v1/replicationcontrollers": [.list("ReplicationController", [named])],
            "GET /apis/policy/v1/poddisruptionbudgets": [.list("PodDisruptionBudget", [named])],
        ]
        try await StubAPI.withClient(script) { client, _ in
            let cluster = try await client.snapshot()
            let kinds = cluster.workloads.keys.map(\.kind).sorted()
            #expect(kinds == ["DaemonSet", "Deployment", "Job", "ReplicationController", "StatefulSet"])
            #expect(cluster.pods.first?.workload == WorkloadID(kind: "Deployment", namespace: "a", name: "web"))
            #expect(cluster.nodes.map(\.name) == ["n"])
            #expect(cluster.budgets.map(\.id.name) == ["web"])
        }
    }
}

struct ServerVersionTests {
    @Test func `the version is that of the server at the moment of the snapshot`() async throws {
        let versions = try [StubAnswer.recorded("version"), .json("{\"gitVersion\":\"v1.37.0\"}")]
        try await StubAPI.withClient(["GET /version": versions]) { client, _ in
            let cluster = try await client.snapshot()
            #expect(cluster.serverVersion == Version(major: 1, minor: 37, patch: 0))
        }
    }
}
