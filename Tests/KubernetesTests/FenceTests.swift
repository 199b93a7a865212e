import ClusterModel
import NIOHTTP1
import Ports
import Testing

@testable import Kubernetes

/// A run that lost its lease writes nothing more.
struct FenceTests {
    private static let collection = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
    private static let get = "GET \(collection)/evenkeel"
    private static let put = "PUT \(collection)/evenkeel"
    private static let post = "POST \(collection)"
    private static let evict = "POST /api/v1/namespaces/shop/pods/web-1/eviction"
    private static let done = StubAnswer.json("{\"kind\":\"Lease\"}")
    private static let pod = PodID(namespace: "shop", name: "web-1")
    private static let missing = StubAnswer.json(
        "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"code\":404}",
        status: 404
    )

    private static func lease(_ holder: String, renewed: Instant) -> StubAnswer {
        let moment = "\(renewed)".replacing("Z", with: "000Z")
        return .json(
            "{\"kind\":\"Lease\",\"metadata\":{\"name\":\"evenkeel\",\"namespace\":\"kube-system\",\"resourceVersion\":\"5\"},"
                + "\"spec\":{\"holderIdentity\":\"\(holder)\",\"leaseDurationSeconds\":30,\"renewTime\":\"\(moment)\"}}"
        )
    }

    /// A client that holds the lease as `run-1`, and then reads these.
    private static func holding(
        _ reads: [StubAnswer],
        _ body: (KubernetesClient, StubAPI, TestTime) async throws -> Void
    ) async throws {
        let time = TestTime()
        let script = [
            get: [missing] + reads, post: [done], put: [done],
            evict: [StubAnswer.json("{\"kind\":\"Status\"}", status: 201)],
            "GET /api/v1/nodes/n1": [.json("{\"metadata\":{\"name\":\"n1\",\"resourceVersion\":\"1\"},\"spec\":{}}")],
            "PATCH /api/v1/nodes/n1": [.json("{}")], "DELETE /api/v1/namespaces/shop/pods/web-1": [.json("{}")],
        ]
        try await StubAPI.withClient(script, time: time) { client, api in
            let seen1 = try await client.acquireLease(holder: "run-1", duration: .seconds(30))
            #expect(seen1 == .held)
            try await body(client, api, time)
        }
    }

    @Test func `a write soon after the renewal needs no look at the lease`() async throws {
        try await Self.holding([Self.lease("run-2", renewed: TestTime().now)]) { client, api, time in
            try await time.sleep(until: time.now + .seconds(5))
            let seen2 = try await client.evict(pod: Self.pod, uid: "u")
            #expect(seen2 == .admitted)
            #expect(api.requests(Self.get).count == 1)
        }
    }

    @Test func `a write later on looks first, and one look serves for those that follow`() async throws {
        try await Self.holding([Self.lease("run-1", renewed: TestTime().now)]) { client, api, time in
            try await time.sleep(until: time.now + .seconds(6))
            for _ in 0..<3 {
                let seen = try await client.evict(pod: Self.pod, uid: "u")
                #expect(seen == .admitted)
            }
            #expect(api.requests(Self.get).count == 2)
            #expect(api.requests(Self.evict).count == 3)
        }
    }

    static let writes: [(String, @Sendable (KubernetesClient) async throws -> Void)] = [
        ("evict", { _ = try await $0.evict(pod: pod, uid: "u") }),
        ("delete", { _ = try await $0.delete(pod: pod, uid: "u") }),
        ("cordon", { _ = try await $0.cordon(node: "n1", owner: "run-1") }),
        ("mark", { try await $0.mark(node: "n1", owner: "run-1") }),
    ]

    @Test(arguments: 0..<4)
    func `a write after another run took the lease is not sent, and names that run`(index: Int) async throws {
        try await Self.holding([Self.lease("run-2", renewed: TestTime().now)]) { client, api, time in
            try await time.sleep(until: time.now + .seconds(6))
            for _ in 0..<2 {
                let error = await #expect(throws: ControlError.self) { try await Self.writes[index].1(client) }
                #expect(
                    error
                        == .refused(
                            "the cluster was taken over by run-2: this run stopped at once and changed nothing more"
                        )
                )
            }
            #expect(api.requests.allSatisfy { !["PATCH", "DELETE"].contains($0.method) })
            #expect(api.requests(Self.evict).isEmpty)
        }
    }

    @Test func `a lease that ran out is renewed before the next write`() async throws {
        try await Self.holding([Self.lease("run-1", renewed: TestTime().now)]) { client, api, time in
            try await time.sleep(until: time.now + .seconds(31))
            let seen3 = try await client.evict(pod: Self.pod, uid: "u")
            #expect(seen3 == .admitted)
            #expect(api.requests(Self.put).count == 1)
        }
    }

    @Test(arguments: ["run-2", ""])
    func `a lease once lost is not taken again by the same run`(holder: String) async throws {
        let reads = [Self.lease(holder, renewed: TestTime().now), Self.lease("", renewed: TestTime().now)]
        try await Self.holding(reads) { client, api, _ in
            for _ in 0..<2 {
                let outcome = try await client.acquireLease(holder: "run-1", duration: .seconds(30))
                guard case .heldBy(holder, _) = outcome else {
                    Issue.record("\(outcome)")
                    continue
                }
            }
            #expect(api.requests(Self.put).isEmpty)
        }
    }

    @Test func `another name that a watch shows makes the next write look`() async throws {
        try await Self.holding([Self.lease("run-2", renewed: TestTime().now)]) { client, api, _ in
            client.fence.saw("run-2")
            await #expect(throws: ControlError.self) { try await client.evict(pod: Self.pod, uid: "u") }
            #expect(api.requests(Self.evict).isEmpty)
        }
    }

    @Test func `a watch that brings old news only costs a look`() async throws {
        try await Self.holding([Self.lease("run-1", renewed: TestTime().now)]) { client, _, _ in
            client.fence.saw("run-0")
            let seen4 = try await client.evict(pod: Self.pod, uid: "u")
            #expect(seen4 == .admitted)
        }
    }

    @Test func `a released lease fences nothing`() async throws {
        try await Self.holding([Self.lease("run-1", renewed: TestTime().now)]) { client, api, time in
            try await client.releaseLease(holder: "run-1")
            try await time.sleep(until: time.now + .seconds(60))
            let seen5 = try await client.evict(pod: Self.pod, uid: "u")
            #expect(seen5 == .admitted)
            #expect(api.requests(Self.get).count == 2)
        }
    }

    @Test func `a broken lock names the one that has it, or is nobody's afterwards`() async throws {
        let script = [Self.get: [Self.lease("run-2", renewed: TestTime().now)], Self.put: [Self.done]]
        try await StubAPI.withClient(script) { client, api in
            let seen6 = try await client.breakLock(of: "run-1")
            #expect(seen6 == "run-2")
            #expect(api.requests(Self.put).isEmpty)
            let seen7 = try await client.breakLock(of: "run-2")
            #expect(seen7 == nil)
            #expect(api.requests(Self.put).first?.body.contains("\"holderIdentity\":\"\"") == true)
        }
    }
}
