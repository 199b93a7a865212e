import ClusterModel
import NIOHTTP1
import Ports
import Testing

@testable import Kubernetes

struct NodeTests {
    private static let get = "GET /api/v1/nodes/n1"
    private static let patch = "PATCH /api/v1/nodes/n1"
    private static let done = StubAnswer.json("{\"kind\":\"Node\"}")

    private static func node(cordoned: Bool, owner: String? = nil, version: String = "7") -> StubAnswer {
        let annotations = owner.map { "\"annotations\":{\"evenkeel.io/cordoned-by\":\"\($0)\"}," } ?? ""
        let metadata = "{\(annotations)\"name\":\"n1\",\"resourceVersion\":\"\(version)\"}"
        return .json(
            "{\"kind\":\"Node\",\"metadata\":\(metadata),\"spec\":{\(cordoned ? "\"unschedulable\":true" : "")}}"
        )
    }

    @Test func `a cordon is one conditional write that names its owner`() async throws {
        try await StubAPI.withClient([Self.get: [Self.node(cordoned: false)], Self.patch: [Self.done]]) { client, api in
            let seen = try await client.cordon(node: "n1", owner: "run-1")
            #expect(seen == .cordoned)
            let write = try #require(api.requests(Self.patch).first)
            #expect(write.headers.first(name: "Content-Type") == "application/merge-patch+json")
            #expect(
                write.body == #"{"metadata":{"resourceVersion":"7","annotations":{"evenkeel.io/cordoned-by":"run-1"}},"#
                    + #""spec":{"unschedulable":true}}"#
            )
        }
    }

    @Test(
        arguments: [
            ("run-1", .alreadyOurs), ("run-0", .foreign(owner: "run-0")), (nil, .foreign(owner: nil)),
        ] as [(String?, CordonOutcome)]
    )
    func `a node found cordoned stays as it is`(owner: String?, outcome: CordonOutcome) async throws {
        try await StubAPI.withClient([Self.get: [Self.node(cordoned: true, owner: owner)]]) { client, api in
            let seen = try await client.cordon(node: "n1", owner: "run-1")
            #expect(seen == outcome)
            #expect(api.requests(Self.patch).isEmpty)
        }
    }

    @Test func `after a conflict the node is read again`() async throws {
        let reads = [Self.node(cordoned: false), Self.node(cordoned: false, version: "8")]
        let writes = [try StubAnswer.recorded("patch-stale-409"), Self.done]
        try await StubAPI.withClient([Self.get: reads, Self.patch: writes]) { client, api in
            let seen = try await client.cordon(node: "n1", owner: "run-1")
            #expect(seen == .cordoned)
            #expect(api.requests(Self.patch).map { $0.body.contains("\"8\"") } == [false, true])
        }
    }

    @Test func `a conflict may bring somebody else's cordon to light`() async throws {
        let reads = [Self.node(cordoned: false), Self.node(cordoned: true, owner: nil)]
        let writes = [try StubAnswer.recorded("patch-stale-409")]
        try await StubAPI.withClient([Self.get: reads, Self.patch: writes]) { client, _ in
            let seen = try await client.cordon(node: "n1", owner: "run-1")
            #expect(seen == .foreign(owner: nil))
        }
    }

    @Test func `after a 504 the node is read before the write is repeated`() async throws {
        let reads = [Self.node(cordoned: false), Self.node(cordoned: true, owner: "run-1")]
        let writes = [try StubAnswer.recorded("patch-timeout-504")]
        try await StubAPI.withClient([Self.get: reads, Self.patch: writes]) { client, api in
            let seen = try await client.cordon(node: "n1", owner: "run-1")
            #expect(seen == .alreadyOurs)
            #expect(api.requests(Self.patch).count == 1)
        }
    }

    @Test func `conflicts without end are given up`() async throws {
        let writes = [try StubAnswer.recorded("patch-stale-409")]
        try await StubAPI.withClient([Self.get: [Self.node(cordoned: false)], Self.patch: writes]) { client, api in
            await #expect(throws: ControlError.self) { try await client.cordon(node: "n1", owner: "run-1") }
            #expect(api.requests(Self.patch).count == 8)
        }
    }

    @Test func `a cordon of a node that is gone says so`() async throws {
        try await StubAPI.withClient([:]) { client, _ in
            let error = await #expect(throws: ControlError.self) { try await client.cordon(node: "n1", owner: "run-1") }
            #expect(error == .unexpected("n1: is not in the cluster any more: plan again"))
        }
    }

    @Test func `only the owner uncordons, and takes its name away`() async throws {
        let script = [Self.get: [Self.node(cordoned: true, owner: "run-1")], Self.patch: [Self.done]]
        try await StubAPI.withClient(script) { client, api in
            let seen = try await client.uncordon(node: "n1", owner: "run-2")
            #expect(seen == .foreign(owner: "run-1"))
            #expect(api.requests(Self.patch).isEmpty)
            let again = try await client.uncordon(node: "n1", owner: "run-1")
            #expect(again == .uncordoned)
            #expect(
                api.requests(Self.patch).map(\.body) == [
                    #"{"metadata":{"resourceVersion":"7","annotations":{"evenkeel.io/cordoned-by":null}},"#
                        + #""spec":{"unschedulable":null}}"#
                ]
            )
        }
    }

    @Test func `a schedulable node loses a name that was left behind`() async throws {
        let script = [Self.get: [Self.node(cordoned: false, owner: "run-1")], Self.patch: [Self.done]]
        try await StubAPI.withClient(script) { client, api in
            let seen = try await client.uncordon(node: "n1", owner: "run-1")
            #expect(seen == .nothingToDo)
            let body = try #require(api.requests(Self.patch).first?.body)
            #expect(body.contains("null"))
            #expect(!body.contains("unschedulable"))
        }
    }

    @Test func `there is nothing to uncordon on a node that is gone or free`() async throws {
        try await StubAPI.withClient([:]) { client, _ in
            let seen = try await client.uncordon(node: "n1", owner: "run-1")
            #expect(seen == .nothingToDo)
        }
        try await StubAPI.withClient([Self.get: [Self.node(cordoned: false)]]) { client, api in
            let again = try await client.uncordon(node: "n1", owner: "run-1")
            #expect(again == .nothingToDo)
            #expect(api.requests(Self.patch).isEmpty)
        }
    }
}
