import ClusterModel
import Foundation
import NIOHTTP1
import Ports
import Testing

@testable import Kubernetes

struct EvictionTests {
    private static let pod = PodID(namespace: "shop", name: "web-1")
    private static let path = "POST /api/v1/namespaces/shop/pods/web-1/eviction"

    private func evict(_ answers: [StubAnswer], more: [String: [StubAnswer]] = [:]) async throws -> EvictionOutcome {
        try await StubAPI.withClient([Self.path: answers].merging(more) { first, _ in first }) { client, _ in
            try await client.evict(pod: Self.pod, uid: "u1")
        }
    }

    private static func needs(_ budget: String, _ wanted: Int, _ has: Int) -> EvictionOutcome {
        .budgetSpent(message: "The disruption budget \(budget) needs \(wanted) healthy pods and has \(has) currently")
    }

    @Test(
        arguments: [
            ("01-ok-201", .admitted), ("08-evict-terminating-pod", .admitted), ("02-pod-gone-404", .gone),
            ("03-pdb-minAvailable-1-of-1-429", needs("license-server", 1, 1)),
            ("05-pdb-100-percent-429", needs("imageproxy", 10, 10)),
            ("21-unhealthy-IfHealthyBudget-429", needs("fraud", 1, 0)),
            (
                "31-controller-stopped",
                .budgetSpent(message: "The disruption budget api does not allow evicting pods currently")
            ),
            ("30-pdb-brand-new-no-status", .budgetNotCounted(retryAfter: .seconds(10))),
            ("26-budget-on-jobs", .budgetNotCounted(retryAfter: .seconds(10))),
            ("overloaded-text", .overloaded(retryAfter: .seconds(1))),
            (
                "06-two-pdbs-500",
                .impossible(
                    message:
                        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
                )
            ),
            ("32-terminating-namespace", .namespaceTerminating),
        ] as [(String, EvictionOutcome)]
    )
    func `each recorded answer has its meaning`(name: String, outcome: EvictionOutcome) async throws {
        #expect(try await evict([.recorded("eviction-\(name)")]) == outcome)
    }

    @Test(arguments: ["04-pdb-maxUnavailable-0-429", "07-budget-spent"])
    func `a spent budget is named by the answer's cause`(name: String) async throws {
        guard case .budgetSpent(let message) = try await evict([.recorded("eviction-\(name)")]) else {
            Issue.record("not taken for a spent budget")
            return
        }
        #expect(message.hasPrefix("The disruption budget "))
    }

    @Test func `a 429 in JSON that names no budget says nothing of the pod`() async throws {
        let busy = #"{"kind":"Status","reason":"TooManyRequests","details":{"retryAfterSeconds":3},"code":429}"#
        #expect(try await evict([.json(busy, status: 429)]) == .overloaded(retryAfter: .seconds(3)))
    }

    @Test func `a conflict means gone only if another pod has the name`() async throws {
        let conflict = try StubAnswer.recorded("eviction-09-uid-mismatch-409")
        let read = "GET /api/v1/namespaces/shop/pods/web-1"
        let other = StubAnswer.json(#"{"kind":"Pod","metadata":{"name":"web-1","uid":"u2"}}"#)
        let same = StubAnswer.json(#"{"kind":"Pod","metadata":{"name":"web-1","uid":"u1"}}"#)
        #expect(try await evict([conflict], more: [read: [other]]) == .gone)
        #expect(try await evict([conflict], more: [:]) == .gone)
        #expect(try await evict([conflict, .recorded("eviction-01-ok-201")], more: [read: [same]]) == .admitted)
        await #expect(throws: ControlError.self) { try await evict([conflict], more: [read: [same]]) }
    }

    @Test func `the body names the pod's UID and no grace`() async throws {
        try await StubAPI.withClient([Self.path: [.recorded("eviction-01-ok-201")]]) { client, api in
            _ = try await client.evict(pod: Self.pod, uid: "u\"1")
            let request = try #require(api.requests(Self.path).first)
            #expect(
                request.body
                    == #"{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"web-1","namespace":"shop"},"#
                    + #""deleteOptions":{"preconditions":{"uid":"u\"1"}}}"#
            )
            #expect(request.headers.first(name: "Authorization") == "Bearer secret")
            #expect(request.headers.first(name: "User-Agent") == "test")
        }
    }

    @Test func `a server before 1 21 gets the version it knows`() async throws {
        let group = StubAnswer.json(#"{"kind":"APIGroup","versions":[{"groupVersion":"policy/v1beta1"}]}"#)
        let script = [Self.path: [try StubAnswer.recorded("eviction-01-ok-201")], "GET /apis/policy": [group]]
        try await StubAPI.withClient(script) { client, api in
            _ = try await client.evict(pod: Self.pod, uid: "u1")
            #expect(api.requests(Self.path).first?.body.contains("\"policy/v1beta1\"") == true)
        }
    }

    @Test func `an answer that got lost is asked for again`() async throws {
        let lost = try StubAnswer.recorded("patch-timeout-504")
        #expect(try await evict([lost, lost, .recorded("eviction-02-pod-gone-404")]) == .gone)
    }

    @Test(arguments: [
        (
            "auth-bad-token-401",
            "401, it does not accept the kubeconfig's user: get a new token or client certificate, and put it into the kubeconfig"
        ),
        (
            "auth-forbidden-eviction-403",
            "403, may not create pods/eviction in namespace shop (pods \"web-7cbc98884f-25wtd\" is forbidden: User \"viewer\" "
                + "cannot create resource \"pods/eviction\" in API group \"\" in the namespace \"shop\"): bind a role that allows it"
        ),
    ])
    func `a refusal is one line with the fix`(name: String, line: String) async throws {
        let answer = try StubAnswer.recorded(name)
        try await StubAPI.withClient([Self.path: [answer]]) { client, api in
            let error = await #expect(throws: ControlError.self) { try await client.evict(pod: Self.pod, uid: "u1") }
            #expect(error == .refused("http://127.0.0.1:\(api.port): \(line)"))
            #expect(api.requests(Self.path).count == 1)
        }
    }

    @Test func `a senseless answer is not repeated`() async throws {
        let answer = try StubAnswer.recorded("eviction-15-empty-body")
        try await StubAPI.withClient([Self.path: [answer]]) { client, api in
            let error = await #expect(throws: ControlError.self) { try await client.evict(pod: Self.pod, uid: "u1") }
            guard case .unexpected = error else {
                Issue.record("taken for \(String(describing: error))")
                return
            }
            #expect(api.requests(Self.path).count == 1)
        }
    }

    @Test func `an internal error of a pod under one budget is the server's own trouble, and is asked again`()
        async throws
    {
        let trouble = StubAnswer.json(
            "{\"kind\":\"Status\",\"message\":\"rpc error: code = Unavailable\",\"code\":500}",
            status: 500
        )
        let pod = "{\"metadata\":{\"name\":\"p\",\"namespace\":\"a\",\"uid\":\"u\",\"labels\":{\"app\":\"x\"}}}"
        func budget(_ name: String) -> String {
            "{\"metadata\":{\"name\":\"\(name)\",\"namespace\":\"a\"},"
                + "\"spec\":{\"maxUnavailable\":1,\"selector\":{\"matchLabels\":{\"app\":\"x\"}}}}"
        }
        func outcome(_ budgets: [String]) async throws -> EvictionOutcome {
            let script: [String: [StubAnswer]] = [
                "POST /api/v1/namespaces/a/pods/p/eviction": [trouble, .json("{}", status: 201)],
                "GET /api/v1/namespaces/a/pods/p": [.json(pod)],
                "GET /apis/policy/v1/namespaces/a/poddisruptionbudgets": [.list("PodDisruptionBudget", budgets)],
            ]
            return try await StubAPI.withClient(script) { client, _ in
                try await client.evict(pod: PodID(namespace: "a", name: "p"), uid: "u")
            }
        }
        let one = try await outcome([budget("b")])
        #expect(one == .admitted)
        let two = try await outcome([budget("b"), budget("c")])
        guard case .impossible = two else {
            Issue.record("\(two)")
            return
        }
    }
}
