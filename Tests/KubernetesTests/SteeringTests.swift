import ClusterModel
import NIOHTTP1
import Ports
import Testing

@testable import Kubernetes

struct SteeringTests {
    private static let get = "GET /api/v1/nodes/n1"
    private static let patch = "PATCH /api/v1/nodes/n1"
    private static let done = StubAnswer.json("{\"kind\":\"Node\"}")
    private static let mark = #"{"key":"evenkeel.io/to-be-serviced","effect":"PreferNoSchedule"}"#
    private static let other =
        #"{"key":"node.kubernetes.io/unreachable","effect":"NoExecute","timeAdded":"2026-11-25T06:25:56Z"}"#
    private static let version = #"{"op":"replace","path":"/metadata/resourceVersion","value":"7"}"#
    private static let annotation =
        #"{"op":"add","path":"/metadata/annotations/evenkeel.io~1steered-by","value":"run-1"}"#

    private static func node(annotations: String? = nil, taints: [String]? = nil, version: String = "7") -> StubAnswer {
        let annotations = annotations.map { "\"annotations\":{\($0)}," } ?? ""
        let taints = taints.map { "\"taints\":[\($0.joined(separator: ","))]" } ?? ""
        return .json(
            "{\"kind\":\"Node\",\"metadata\":{\(annotations)\"name\":\"n1\",\"resourceVersion\":\"\(version)\"},"
                + "\"spec\":{\(taints)}}"
        )
    }

    private static func owned(_ run: String) -> String { "\"evenkeel.io/steered-by\":\"\(run)\"" }

    @Test(
        arguments: [
            (
                node(),
                #"{"op":"add","path":"/metadata/annotations","value":{"evenkeel.io/steered-by":"run-1"}},"#
                    + #"{"op":"add","path":"/spec/taints","value":[\#(mark)]}"#
            ),
            (
                node(annotations: #""a":"b""#, taints: [other]),
                annotation + #",{"op":"add","path":"/spec/taints/-","value":\#(mark)}"#
            ),
            (node(annotations: owned("run-0"), taints: [other, mark]), annotation),
            (
                node(annotations: owned("run-1"), taints: []),
                annotation + #",{"op":"add","path":"/spec/taints","value":[\#(mark)]}"#
            ),
        ]
    )
    func `a mark is one conditional write that touches nothing else`(node: StubAnswer, changes: String) async throws {
        try await StubAPI.withClient([Self.get: [node], Self.patch: [Self.done]]) { client, api in
            try await client.mark(node: "n1", owner: "run-1")
            let write = try #require(api.requests(Self.patch).first)
            #expect(write.headers.first(name: "Content-Type") == "application/json-patch+json")
            #expect(write.body == "[\(Self.version),\(changes)]")
        }
    }

    @Test(arguments: [node(taints: [mark]), node(annotations: owned("run-1"), taints: [mark])])
    func `somebody else's mark, and one that is set, stay as they are`(node: StubAnswer) async throws {
        try await StubAPI.withClient([Self.get: [node]]) { client, api in
            try await client.mark(node: "n1", owner: "run-1")
            #expect(api.requests(Self.patch).isEmpty)
        }
    }

    @Test(arguments: [
        ([other, mark], #",{"op":"remove","path":"/spec/taints/1"}"#),
        ([mark, other], #",{"op":"remove","path":"/spec/taints/0"}"#),
        ([other], ""),
    ])
    func `only our own entry is taken away, and our name with it`(taints: [String], removal: String) async throws {
        let node = Self.node(annotations: Self.owned("run-0"), taints: taints)
        try await StubAPI.withClient([Self.get: [node], Self.patch: [Self.done]]) { client, api in
            try await client.unmark(node: "n1")
            #expect(
                api.requests(Self.patch).map(\.body) == [
                    #"[\#(Self.version),{"op":"remove","path":"/metadata/annotations/evenkeel.io~1steered-by"}\#(removal)]"#
                ]
            )
        }
    }

    @Test func `a taint of the same name without our annotation is never removed`() async throws {
        try await StubAPI.withClient([Self.get: [Self.node(taints: [Self.mark])]]) { client, api in
            try await client.unmark(node: "n1")
            #expect(api.requests(Self.patch).isEmpty)
        }
    }

    @Test func `after a conflict the node is read again`() async throws {
        let reads = [Self.node(taints: []), Self.node(taints: [Self.other], version: "8")]
        let writes = [try StubAnswer.recorded("patch-stale-409"), Self.done]
        try await StubAPI.withClient([Self.get: reads, Self.patch: writes]) { client, api in
            try await client.mark(node: "n1", owner: "run-1")
            #expect(api.requests(Self.patch).map { $0.body.contains("/spec/taints/-") } == [false, true])
        }
    }

    @Test func `a node that is gone needs no mark`() async throws {
        try await StubAPI.withClient([:]) { client, _ in
            try await client.mark(node: "n1", owner: "run-1")
            try await client.unmark(node: "n1")
        }
    }
}
