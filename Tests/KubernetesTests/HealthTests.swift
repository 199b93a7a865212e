import ClusterModel
import Ports
import Testing

@testable import Kubernetes

struct HealthTests {
    private static func text(_ body: String, status: Int = 200) -> StubAnswer {
        StubAnswer(
            status: status,
            headers: [("Content-Type", "text/plain"), ("Date", "Wed, 25 Nov 2026 10:00:00 GMT")],
            body: body
        )
    }

    private static let script: [String: [StubAnswer]] = [
        "GET /readyz": [text("[+]ping ok\n[+]etcd ok\nreadyz check passed\n")],
        "GET /livez": [text("[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed\n", status: 500)],
        "GET /metrics": [
            text(
                """
                # HELP apiserver_requested_deprecated_apis [STABLE] Gauge of deprecated APIs
                apiserver_requested_deprecated_apis{group="policy",removed_release="1.25",resource="poddisruptionbudgets",subresource="",version="v1beta1"} 1
                apiserver_requested_deprecated_apis{group="",removed_release="",resource="componentstatuses",subresource="",version="v1"} 1
                apiserver_requested_deprecated_apis{group="batch",removed_release="1.25",resource="cronjobs",subresource="",version="v1beta1"} 0
                apiserver_request_total{code="200"} 7

                """
            )
        ],
        "GET /api/v1/nodes": [
            .list(
                "Node",
                [
                    #"{"metadata":{"name":"n1"},"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"DiskPressure","status":"True","message":"full"}]}}"#,
                    #"{"metadata":{"name":"n2"},"status":{"conditions":[{"type":"Ready","status":"Unknown"},{"type":"MemoryPressure","status":"False"}]}}"#,
                ]
            )
        ],
        "GET /api/v1/pods": [
            .list(
                "Pod",
                [
                    #"{"metadata":{"name":"ok","namespace":"a"},"status":{"phase":"Running"}}"#,
                    #"{"metadata":{"name":"lost","namespace":"a"},"status":{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","message":"0/2 nodes"}]}}"#,
                    #"{"metadata":{"name":"crash","namespace":"a"},"status":{"phase":"Running","containerStatuses":[{"name":"c","restartCount":7,"state":{"waiting":{"reason":"CrashLoopBackOff","message":"back-off"}}}]}}"#,
                    #"{"metadata":{"name":"image","namespace":"a"},"status":{"phase":"Pending","containerStatuses":[{"name":"c","restartCount":0,"state":{"waiting":{"reason":"ImagePullBackOff"}}}]}}"#,
                    #"{"metadata":{"name":"going","namespace":"a","deletionTimestamp":"2026-11-25T10:00:00Z"},"status":{"phase":"Pending"}}"#,
                ]
            )
        ],
    ]

    @Test func `a report has the checks, the APIs, the nodes and the pods that are in trouble`() async throws {
        try await StubAPI.withClient(Self.script) { client, _ in
            let report = try await client.healthReport()
            #expect(report.checks.map(\.name) == ["ping", "etcd"])
            #expect(report.checks.map(\.isPassed) == [true, false])
            #expect(report.deprecated.map(\.name) == ["policy/v1beta1 poddisruptionbudgets", "v1 componentstatuses"])
            #expect(report.deprecated.map(\.removedIn) == ["1.25", ""])
            #expect(
                report.conditions.map { "\($0.node) \($0.type) \($0.status)" } == [
                    "n1 DiskPressure True", "n2 Ready Unknown",
                ]
            )
            #expect(report.pods.map(\.pod.name) == ["lost", "crash", "image"])
            #expect(
                report.pods.map(\.kind) == [
                    .pending, .crashLooping(container: "c", restarts: 7),
                    .waiting(container: "c", reason: "ImagePullBackOff"),
                ]
            )
            #expect(report.unseen.isEmpty)
        }
    }

    @Test func `what may not be read is named, and the rest is there`() async throws {
        var script = Self.script
        script["GET /metrics"] = [try StubAnswer.recorded("auth-forbidden-list-nodes-403")]
        try await StubAPI.withClient(script) { client, _ in
            let report = try await client.healthReport()
            #expect(report.deprecated.isEmpty)
            #expect(report.unseen.count == 1)
            #expect(report.unseen[0].contains("/metrics"))
            #expect(report.pods.count == 3)
        }
    }

    @Test(arguments: [
        ("Wed, 25 Nov 2026 10:00:00 GMT", "2026-11-25T10:00:00Z"),
        ("Thu, 01 Jan 2026 00:00:01 GMT", "2026-01-01T00:00:01Z"),
    ])
    func `an HTTP date is a moment`(text: String, moment: String) {
        #expect(KubernetesClient.instant(httpDate: text) == Instant(text: moment))
    }

    @Test(arguments: ["", "now", "Wed, 25 Foo 2026 10:00:00 GMT"])
    func `what is no HTTP date is none`(text: String) {
        #expect(KubernetesClient.instant(httpDate: text) == nil)
    }
}
