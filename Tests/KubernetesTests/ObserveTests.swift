import ClusterModel
import Ports
import Testing

@testable import Kubernetes

struct ObserveTests {
    private static let pods = "/api/v1/pods"
    private static let replicaSets = "/apis/apps/v1/replicasets"

    private static func pod(_ name: String, version: Int, owner: String = "") -> String {
        "{\"kind\":\"Pod\",\"metadata\":{\"namespace\":\"a\",\"name\":\"\(name)\",\"uid\":\"\(name)\","
            + "\"resourceVersion\":\"\(version)\"\(owner)}}"
    }

    private static func event(_ type: String, _ object: String) -> String {
        "{\"type\":\"\(type)\",\"object\":\(object)}"
    }

    /// The observations in words, until there are `count`.
    private func observe(
        _ count: Int,
        _ script: [String: [StubAnswer]],
        _ check: (StubAPI) throws -> Void = { _ in }
    ) async throws -> [String] {
        try await StubAPI.withClient(script) { client, api in
            var seen: [String] = []
            for try await observation in client.observe() {
                seen.append(Self.words(observation))
                if seen.count == count { break }
            }
            try check(api)
            return seen
        }
    }

    private static func words(_ observation: ClusterObservation) -> String {
        switch observation {
        case .snapshot(let cluster): "snapshot " + cluster.pods.map(\.id.name).joined(separator: " ")
        case .change(.pod(let pod)): "pod \(pod.id.name) of \(pod.workload.map { "\($0)" } ?? "nobody")"
        case .change(.podGone(let id, let uid)): "gone \(id.name) \(uid)"
        case .change(let change): "\(change)"
        case .interrupted: "interrupted"
        }
    }

    @Test func `first a snapshot, then what happens, deletions with their UID`() async throws {
        let script: [String: [StubAnswer]] = [
            "GET \(Self.pods)": [.list("Pod", [Self.pod("p1", version: 90)])],
            "WATCH \(Self.pods)": [
                .stream(
                    [
                        Self.event("ADDED", Self.pod("p2", version: 101)),
                        Self.event("BOOKMARK", Self.pod("", version: 105)),
                        Self.event("DELETED", Self.pod("p1", version: 106)),
                    ],
                    ends: false
                )
            ],
        ]
        let seen = try await observe(3, script) { api in
            #expect(api.requests("WATCH \(Self.pods)").first?.query.hasSuffix("&resourceVersion=100") == true)
        }
        #expect(seen == ["snapshot p1", "pod p2 of nobody", "gone p1 p1"])
    }

    @Test func `a stream that just ends is resumed where it was, bookmarks counted`() async throws {
        let script: [String: [StubAnswer]] = [
            "WATCH \(Self.pods)": [
                .stream([
                    Self.event("ADDED", Self.pod("p1", version: 101)),
                    Self.event("BOOKMARK", Self.pod("", version: 180)),
                ]),
                .stream([]), .stream([Self.event("MODIFIED", Self.pod("p1", version: 181))], ends: false),
            ]
        ]
        let seen = try await observe(3, script) { api in
            let versions = api.requests("WATCH \(Self.pods)").map { $0.query.split(separator: "=").last }
            #expect(versions == ["100", "180", "180"])
        }
        #expect(seen == ["snapshot ", "pod p1 of nobody", "pod p1 of nobody"])
    }

    @Test func `history that is gone is replaced by a new snapshot`() async throws {
        let script: [String: [StubAnswer]] = [
            "GET \(Self.pods)": [.list("Pod"), .list("Pod", [Self.pod("p9", version: 800)], version: "900")],
            "WATCH \(Self.pods)": [
                try .recorded("watch-expired"),
                .stream([Self.event("ADDED", Self.pod("p10", version: 901))], ends: false),
            ],
        ]
        let seen = try await observe(3, script) { api in
            #expect(api.requests("WATCH \(Self.pods)").last?.query.hasSuffix("=900") == true)
        }
        #expect(seen == ["snapshot ", "snapshot p9", "pod p10 of nobody"])
    }

    @Test func `a picture that is half an hour old is listed anew, whatever the watches say`() async throws {
        let script: [String: [StubAnswer]] = [
            "GET \(Self.pods)": [.list("Pod"), .list("Pod", [Self.pod("missed", version: 150)])],
            "WATCH \(Self.pods)": [.stream([])],
        ]
        let time = TestTime()
        let seen = try await StubAPI.withClient(script, time: time) { client, _ in
            var seen: [String] = []
            for try await observation in client.observe() {
                seen.append(Self.words(observation))
                if seen.count == 2 { break }
                try await time.sleep(until: time.now + .seconds(1800))
            }
            return seen
        }
        #expect(seen == ["snapshot ", "snapshot missed"])
    }

    @Test func `a watch refused with 410 is the same`() async throws {
        let gone = StubAnswer.json("{\"kind\":\"Status\",\"code\":410,\"reason\":\"Gone\"}", status: 410)
        let seen = try await observe(2, ["WATCH \(Self.pods)": [gone, .openWatch]])
        #expect(seen == ["snapshot ", "snapshot "])
    }

    @Test func `a watch that cannot be had is an interruption until the next snapshot`() async throws {
        let away = StubAnswer.json("{}", status: 503)
        let seen = try await observe(3, ["WATCH \(Self.pods)": [away, away, .openWatch]])
        #expect(seen == ["snapshot ", "interrupted", "snapshot "])
    }

    @Test func `one failure is none if the watch is then taken up`() async throws {
        let busy = try StubAnswer.recorded("list-overloaded-text")
        let later = StubAnswer.stream([Self.event("ADDED", Self.pod("p1", version: 101))], ends: false)
        let seen = try await observe(2, ["WATCH \(Self.pods)": [busy, later]])
        #expect(seen == ["snapshot ", "pod p1 of nobody"])
    }

    @Test func `a broken line is an interruption`() async throws {
        let seen = try await observe(3, ["WATCH \(Self.pods)": [.stream(["{\"type\":\"ADDED\",\"obj"]), .openWatch]])
        #expect(seen == ["snapshot ", "interrupted", "snapshot "])
    }

    @Test func `a refusal that lasts ends the stream`() async throws {
        let refusal = try StubAnswer.recorded("auth-bad-token-401")
        let script = ["WATCH \(Self.pods)": [refusal], "GET \(Self.pods)": [StubAnswer.list("Pod"), refusal]]
        let error = await #expect(throws: ControlError.self) { _ = try await observe(9, script) }
        guard case .refused = error else {
            Issue.record("taken for \(String(describing: error))")
            return
        }
    }

    private static func owned(by name: String, labels: String = "{}") -> String {
        ",\"labels\":\(labels),\"ownerReferences\":[{\"kind\":\"ReplicaSet\",\"name\":\"\(name)\",\"controller\":true}]"
    }

    @Test func `a pod is traced by the ReplicaSets that were listed, or by its hash`() async throws {
        let replicaSet = """
            {"metadata":{"namespace":"a","name":"odd","ownerReferences":[{"kind":"Deployment","name":"web","controller":true}]}}
            """
        let script: [String: [StubAnswer]] = [
            "GET \(Self.replicaSets)": [.list("ReplicaSet", [replicaSet])],
            "WATCH \(Self.pods)": [
                .stream(
                    [
                        Self.event("ADDED", Self.pod("p1", version: 101, owner: Self.owned(by: "odd"))),
                        Self.event(
                            "ADDED",
                            Self.pod(
                                "p2",
                                version: 102,
                                owner: Self.owned(by: "api-9", labels: "{\"pod-template-hash\":\"9\"}")
                            )
                        ),
                        Self.event("ADDED", Self.pod("p3", version: 103, owner: Self.owned(by: "alone"))),
                    ],
                    ends: false
                )
            ],
        ]
        let seen = try await observe(4, script)
        #expect(
            seen.dropFirst() == [
                "pod p1 of Deployment a/web", "pod p2 of Deployment a/api", "pod p3 of ReplicaSet a/alone",
            ]
        )
    }
}

struct TracerTests {
    private let set = """
        {"metadata":{"namespace":"a","name":"odd","ownerReferences":[{"kind":"Deployment","name":"web","controller":true}]}}
        """
    private let pod = """
        {"metadata":{"namespace":"a","name":"p","ownerReferences":[{"kind":"ReplicaSet","name":"odd","controller":true}]}}
        """

    private func change(_ tracer: Tracer, _ kind: String, _ json: String, gone: Bool = false) throws -> ClusterChange? {
        let changes = try scan(json) { try tracer.changes(of: ObjectType(kind: kind), gone: gone, &$0) }
        #expect(changes.count <= 1)
        return changes.first
    }

    private func workload(_ tracer: Tracer) throws -> String? {
        guard case .pod(let pod) = try change(tracer, "Pod", pod) else { return nil }
        return pod.workload?.name
    }

    @Test func `ReplicaSets come and go`() throws {
        let tracer = Tracer(ObjectCollector())
        #expect(try workload(tracer) == "odd")
        #expect(try change(tracer, "ReplicaSet", set) == nil)
        #expect(try workload(tracer) == "web")
        #expect(try change(tracer, "ReplicaSet", set, gone: true) == nil)
        #expect(try workload(tracer) == "odd")
    }

    @Test func `changes of the other kinds`() throws {
        let tracer = Tracer(ObjectCollector())
        let named = "{\"metadata\":{\"namespace\":\"a\",\"name\":\"b\"}}"
        let id = WorkloadID(kind: "StatefulSet", namespace: "a", name: "b")
        #expect(try change(tracer, "StatefulSet", named) == .workload(Workload(id: id, replicas: 1)))
        #expect(try change(tracer, "StatefulSet", named, gone: true) == .workloadGone(id))
        #expect(try change(tracer, "Node", named, gone: true) == .nodeGone("b"))
        let budget = BudgetID(namespace: "a", name: "b")
        #expect(try change(tracer, "PodDisruptionBudget", named, gone: true) == .budgetGone(budget))
    }
}

struct InterruptionTests {
    @Test func `a server that is away when history is gone is an interruption, told once`() async throws {
        let away = StubAnswer.json("{}", status: 503)
        let script: [String: [StubAnswer]] = [
            "GET /api/v1/pods": [.list("Pod")] + Array(repeating: away, count: 24) + [.list("Pod")],
            "WATCH /api/v1/pods": [try .recorded("watch-expired"), .openWatch],
        ]
        let kinds = try await StubAPI.withClient(script) { client, _ in
            var kinds: [String] = []
            for try await observation in client.observe() {
                switch observation {
                case .snapshot: kinds.append("snapshot")
                case .interrupted(let reason): kinds.append(reason.contains("503") ? "interrupted" : reason)
                case .change: kinds.append("change")
                }
                if kinds.count == 3 { break }
            }
            return kinds
        }
        #expect(kinds == ["snapshot", "interrupted", "snapshot"])
    }

    @Test func `a server that cannot be listed at first is an error`() async throws {
        let script = ["GET /api/v1/pods": [StubAnswer.json("{}", status: 503)]]
        try await StubAPI.withClient(script) { client, _ in
            let error = await #expect(throws: ControlError.self) {
                for try await observation in client.observe() { Issue.record("\(observation)") }
            }
            #expect(error?.description.contains("503 for") == true)
        }
    }
}
