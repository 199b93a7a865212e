import ClusterModel
import Ports
import Testing

@testable import Kubernetes

struct LeaseTests {
    private static let collection = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
    private static let get = "GET \(collection)/evenkeel"
    private static let put = "PUT \(collection)/evenkeel"
    private static let post = "POST \(collection)"
    private static let done = StubAnswer.json("{\"kind\":\"Lease\"}")

    private static func lease(_ holder: String, renewed: Instant, seconds: Int = 60) -> StubAnswer {
        let moment = "\(renewed)".replacing("Z", with: "000Z")
        return .json(
            "{\"kind\":\"Lease\",\"metadata\":{\"name\":\"evenkeel\",\"resourceVersion\":\"5\"},\"spec\":{"
                + "\"holderIdentity\":\"\(holder)\",\"leaseDurationSeconds\":\(seconds),\"leaseTransitions\":2,"
                + "\"acquireTime\":\"2026-11-25T00:00:00.000000Z\",\"renewTime\":\"\(moment)\"}}"
        )
    }

    @Test func `the first to come makes the lease`() async throws {
        let time = TestTime()
        try await StubAPI.withClient([Self.post: [Self.done]], time: time) { client, api in
            let seen = try await client.acquireLease(holder: "run-1", duration: .seconds(60))
            #expect(seen == .held)
            let moment = "\(time.now)".replacing("Z", with: "000Z")
            #expect(
                api.requests(Self.post).map(\.body) == [
                    #"{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"evenkeel","namespace":"kube-system"},"#
                        + #""spec":{"holderIdentity":"run-1","leaseDurationSeconds":60,"leaseTransitions":0,"#
                        + "\"acquireTime\":\"\(moment)\",\"renewTime\":\"\(moment)\"}}"
                ]
            )
        }
    }

    @Test(arguments: [
        ("run-2", 0, false), ("run-2", 60, false), ("run-2", 61, true), ("run-1", 5, true), ("run-1", 500, true),
        ("", 0, true),
    ])
    func `a lease is had by its holder until it runs out`(holder: String, age: Int, free: Bool) async throws {
        let time = TestTime()
        let renewed = time.now + .seconds(-age)
        let script = [Self.get: [Self.lease(holder, renewed: renewed)], Self.put: [Self.done]]
        try await StubAPI.withClient(script, time: time) { client, api in
            let outcome = try await client.acquireLease(holder: "run-1", duration: .seconds(60))
            #expect(outcome == (free ? .held : .heldBy("run-2", renewed: renewed)))
            #expect(api.requests(Self.put).count == (free ? 1 : 0))
        }
    }

    @Test func `a renewal keeps the time of taking, a takeover counts`() async throws {
        let time = TestTime()
        let old = time.now + .seconds(-500)
        let reads = [Self.lease("run-1", renewed: old), Self.lease("run-2", renewed: old)]
        try await StubAPI.withClient([Self.get: reads, Self.put: [Self.done]], time: time) { client, api in
            _ = try await client.acquireLease(holder: "run-1", duration: .seconds(60))
            _ = try await client.acquireLease(holder: "run-3", duration: .seconds(60))
            let bodies = api.requests(Self.put).map(\.body)
            #expect(bodies.map { $0.contains("\"acquireTime\":\"2026-11-25T00:00:00.000000Z\"") } == [true, false])
            #expect(bodies.map { $0.contains("\"leaseTransitions\":3") } == [false, true])
            #expect(bodies.allSatisfy { $0.contains("\"resourceVersion\":\"5\"") })
        }
    }

    @Test func `the loser of a race learns who won`() async throws {
        let time = TestTime()
        let missing = StubAnswer.json("{\"kind\":\"Status\",\"reason\":\"NotFound\",\"code\":404}", status: 404)
        let script = [
            Self.get: [missing, Self.lease("run-2", renewed: time.now)],
            Self.post: [try StubAnswer.recorded("lease-exists-409")],
        ]
        try await StubAPI.withClient(script, time: time) { client, _ in
            let outcome = try await client.acquireLease(holder: "run-1", duration: .seconds(60))
            #expect(outcome == .heldBy("run-2", renewed: time.now))
        }
    }

    @Test func `only the holder gives the lease back, by leaving it to nobody`() async throws {
        let time = TestTime()
        let script = [Self.get: [Self.lease("run-1", renewed: time.now)], Self.put: [Self.done]]
        try await StubAPI.withClient(script, time: time) { client, api in
            try await client.releaseLease(holder: "run-2")
            #expect(api.requests(Self.put).isEmpty)
            try await client.releaseLease(holder: "run-1")
            let body = try #require(api.requests(Self.put).first?.body)
            #expect(body.contains("\"holderIdentity\":\"\",\"leaseDurationSeconds\":1,"))
        }
    }
}
