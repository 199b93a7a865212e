import ClusterModel
import Testing

@testable import Kubernetes

struct TerminationTests {
    private static let now = Instant(milliseconds: 1_795_600_000_000)
    private static let pod = PodID(namespace: "shop", name: "web-1")

    private static func termination(_ seconds: Int, _ finalizers: [String] = []) -> Termination {
        Termination(pod: pod, uid: "u", deadline: now + .seconds(-seconds), finalizers: finalizers)
    }

    @Test func `a pod within its grace is said to have time left`() {
        let cause = Self.termination(-5).cause(at: Self.now, isReachable: false)
        #expect(cause.contains("grace period"))
    }

    @Test(
        arguments: [
            (["example.com/hold"], true, "finalizer example.com/hold"), ([], false, "kubelet does not report"),
            ([], true, "12 s past its grace"),
        ] as [([String], Bool, String)]
    )
    func `a pod past its grace is named with what keeps it`(
        finalizers: [String],
        isReachable: Bool,
        clue: String
    )
        throws
    {
        let cause = Self.termination(12, finalizers).cause(at: Self.now, isReachable: isReachable)
        #expect(cause.hasPrefix("shop/web-1"))
        #expect(cause.contains(clue))
    }

    @Test func `only pods that have been told to end are listed`() async throws {
        let pods = [
            #"{"metadata":{"name":"web-2","namespace":"shop","uid":"b","deletionTimestamp":"2026-11-25T10:00:00Z","finalizers":["a/b","c/d"]}}"#,
            #"{"metadata":{"name":"web-1","namespace":"shop","uid":"a"}}"#,
        ]
        try await StubAPI.withClient(["GET /api/v1/pods": [.list("Pod", pods)]]) { client, api in
            let found = try await client.terminations(on: "n1")
            #expect(found.map(\.pod.name) == ["web-2"])
            #expect(found.first?.finalizers == ["a/b", "c/d"])
            #expect(found.first?.deadline == Instant(text: "2026-11-25T10:00:00Z"))
            #expect(api.requests("GET /api/v1/pods").last?.query == "fieldSelector=spec.nodeName%3Dn1")
        }
    }
}
