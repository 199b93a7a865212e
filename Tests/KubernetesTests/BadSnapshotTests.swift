import ClusterModel
import Foundation
import Testing

@testable import Kubernetes

/// What is odd is read right, or refused with the object's name.
struct BadSnapshotTests {
    private static let node = #"{"kind":"Node","metadata":{"name":"n1"}}"#
    private static let noPods = #"{"kind":"PodList","items":[]}"#

    private static func pod(_ name: String = "p", _ more: String) -> String {
        #"{"kind":"Pod","metadata":{"namespace":"a","name":"\#(name)"},\#(more)}"#
    }

    private static func requests(_ list: String) -> String {
        pod("p", #""spec":{"containers":[{"resources":{"requests":{\#(list)}}}]}"#)
    }

    @Test(arguments: [
        (requests(#""cpu":"one""#), "Pod a/p: ", "cpu: “one” is no quantity"),
        (requests(#""memory":"-1Gi""#), "Pod a/p: ", "memory: -1Gi is negative"),
        (requests(#""nvidia.com/gpu":-1"#), "Pod a/p: ", "nvidia.com/gpu: -1 is negative"),
        (requests(#""cpu":["1"]"#), "Pod a/p: ", "a simple value was expected"),
        (pod("p", #""spec":{"priority":99999999999}"#), "Pod a/p: ", "is not between"),
        (pod("p", #""spec":{"topologySpreadConstraints":[{"maxSkew":0}]}"#), "Pod a/p: ", "is not between"),
        (pod("p", #""spec":{"containers":[{"ports":[{"hostPort":70000}]}]}"#), "Pod a/p: ", "is not between"),
        (pod("p", #""spec":{"nodeName":"n\x"}"#), "Pod a/p: ", "is no escape"),
        (pod("p", #""spec":{"nodeName":"\ud800"}"#), "Pod a/p: ", "half a surrogate pair"),
        (pod("p", #""spec":[]"#), "Pod a/p: ", "“{” was expected"),
        (#"{"kind":"Pod","metadata":{"namespace":"a"}}"#, "a Pod: ", "the object has no name"),
        (#"{"kind":"Pod","metadata":null}"#, "a Pod: ", "the object has no name"),
        (#"{"kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":-1}}"#, "Deployment d: ", "is not between"),
        (#"{"kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":1.5}}"#, "Deployment d: ", "whole number"),
        (
            #"{"kind":"PodDisruptionBudget","metadata":{"name":"b","namespace":"a"},"spec":{"minAvailable":"half"}}"#,
            "PodDisruptionBudget a/b: ", "neither a number nor a percentage"
        ),
        (
            #"{"kind":"Node","metadata":{"name":"n2"},"status":{"allocatable":{"pods":"many"}}}"#, "Node n2: ",
            "no quantity"
        ),
    ])
    func `an object that makes no sense is refused by name and place`(
        object: String,
        subject: String,
        why: String
    ) async throws {
        let error = await #expect(throws: SnapshotError.self) { try await snapshot(Self.node + "\n" + object) }
        let line = error?.description ?? ""
        #expect(line.contains(subject) && line.contains(why) && line.contains(" line 2 column "), "\(line)")
        #expect(!line.contains("\n"))
    }

    @Test(arguments: [
        (#""cpu":"1500m","memory":"1.5Gi""#, Resources(cpu: 1500, memory: 3 << 29, pods: 1)),
        (#""cpu":"1e3","ephemeral-storage":"12e-3""#, Resources(cpu: 1_000_000, ephemeralStorage: 1, pods: 1)),
        (#""cpu":0.5,"memory":1e3"#, Resources(cpu: 500, memory: 1000, pods: 1)),
        (#""memory":"100E""#, Resources(memory: Resources.ceiling, pods: 1)),
        (#""x.y/z":"9223372036854775807""#, Resources(pods: 1, extended: ["x.y/z": Resources.ceiling])),
        (#""cpu":null"#, Resources(pods: 1)),
    ])
    func `legal quantities are read, absurd ones up to a ceiling`(list: String, expected: Resources) async throws {
        #expect(try await snapshot(Self.node + Self.requests(list)).pods.map(\.requests) == [expected])
    }

    @Test func `missing status and unknown fields are taken as they are`() async throws {
        let text = #"{"kind":"Node","future":{"a":[1,{"b":null}]},"metadata":{"name":"n1"},"spec":{"novel":true}}"#
        let cluster = try await snapshot(text + Self.pod("p", #""spec":{"novel":[{}]},"more":1"#))
        #expect(cluster.nodes == [Node(name: "n1", ready: false, allocatable: .zero)])
        #expect(cluster.pods.map(\.phase) == [.unknown])
        #expect(cluster.pods.map(\.ready) == [false])
    }

    @Test func `a node that states no allocatable offers its capacity`() async throws {
        let node = #"{"kind":"Node","metadata":{"name":"n1"},"status":{"capacity":{"cpu":"4"}}}"#
        #expect(try await snapshot(node + Self.noPods).nodes.map(\.allocatable.cpu) == [4000])
    }

    @Test func `of two different objects of one name the later counts, and is noted`() async throws {
        let first = Self.pod("p", #""spec":{"nodeName":"n1"}"#)
        let second = Self.pod("p", #""spec":{"nodeName":"n1","priority":7}"#)
        let cluster = try await snapshot(Self.node + first + second)
        #expect(cluster.pods.map(\.priority) == [7])
        #expect(cluster.notes == [.duplicate(object: "Pod a/p")])
        #expect(try await snapshot(Self.node + first + first).notes == [])
        let other = #"{"kind":"Node","metadata":{"name":"n1","labels":{"a":"b"}}}"#
        #expect(try await snapshot(Self.node + other + first).notes == [.duplicate(object: "Node n1")])
        let jobs = [0, 1].map { #"{"kind":"StatefulSet","metadata":{"name":"s"},"spec":{"replicas":\#($0)}}"# }
        let sets = try await snapshot(Self.node + first + jobs.joined())
        #expect(sets.notes == [.duplicate(object: "StatefulSet default/s")])
    }

    @Test func `many pods of one name in any order leave the last of each`() async throws {
        let pods = (0..<60).map { Self.pod("pod-\($0 * 7 % 20)", #""spec":{"nodeName":"n1","priority":\#($0)}"#) }
        let cluster = try await snapshot(Self.node + pods.joined())
        #expect(cluster.pods.count == 20)
        #expect(cluster.pods.map(\.id) == cluster.pods.map(\.id).sorted())
        for pod in cluster.pods {
            let last = (0..<60).last { "pod-\($0 * 7 % 20)" == pod.id.name }
            #expect(pod.priority == last)
        }
    }

    @Test func `a pod on an unknown node stays, and is noted`() async throws {
        let cluster = try await snapshot(Self.node + Self.pod("p", #""spec":{"nodeName":"ghost"}"#))
        let id = PodID(namespace: "a", name: "p")
        #expect(cluster.pod(id)?.node == "ghost")
        #expect(cluster.notes == [.unknownNode(pod: id, node: "ghost")])
    }

    private static func set(_ name: String, ownedBy owner: String, _ kind: String = "ReplicaSet") -> String {
        #"{"kind":"ReplicaSet","metadata":{"namespace":"a","name":"\#(name)","ownerReferences":[{"controller":true,"kind":"\#(kind)","name":"\#(owner)"}]}}"#
    }

    private static func owned(by owner: String) -> String {
        #"{"kind":"Pod","metadata":{"namespace":"a","name":"p-\#(owner)","ownerReferences":[{"controller":true,"kind":"ReplicaSet","name":"\#(owner)"}]}}"#
    }

    @Test(arguments: [["x", "y"], ["x"], ["x", "y", "z"]])
    func `controllers that own one another are cut apart`(names: [String]) async throws {
        let ring = zip(names, names.dropFirst() + names.prefix(1)).map { Self.set($0, ownedBy: $1) }
        let text = Self.node + ring.joined() + names.map(Self.owned).joined()
        let cluster = try await snapshot(text)
        let ids = names.map { WorkloadID(kind: "ReplicaSet", namespace: "a", name: $0) }
        #expect(cluster.notes == ids.map { .ownerCycle($0) })
        #expect(cluster.pods.map(\.workload) == ids.map { $0 })
        #expect(Set(cluster.workloads.keys) == Set(ids))
    }

    @Test func `a chain of ReplicaSets leads to its top, also one that hangs on a ring`() async throws {
        let chain = Self.set("x", ownedBy: "y") + Self.set("y", ownedBy: "d", "Deployment")
        let text = Self.node + chain + Self.owned(by: "x")
        #expect(try await snapshot(text).pods.first?.workload?.description == "Deployment a/d")
        let ring = Self.set("tail", ownedBy: "x") + Self.set("x", ownedBy: "x") + Self.owned(by: "tail")
        let cut = try await snapshot(Self.node + ring)
        #expect(cut.pods.first?.workload?.name == "tail")
    }

    @Test func `packing does not matter`() async throws {
        let list =
            #"{"kind":"List","items":[\#(Self.node),{"kind":"List","items":[{"kind":"PodList","items":[{"metadata":{"name":"p"}}]}]}]}"#
        #expect(try await snapshot("\u{FEFF}" + list).pods.map(\.id.description) == ["default/p"])
        #expect(try await snapshot(Self.node + Self.noPods + #"{"kind":"List","items":null}"#).pods.isEmpty)
    }

    @Test func `lists within lists end somewhere, other nesting does not matter`() async throws {
        let opening = String(repeating: #"{"kind":"List","items":["#, count: 100_000)
        let closing = String(repeating: "]}", count: 100_000)
        let error = await #expect(throws: SnapshotError.self) { try await snapshot(opening + closing) }
        #expect(error?.description.contains("lists within lists") == true)
        let deep = String(repeating: "[", count: 200_000) + String(repeating: "]", count: 200_000)
        #expect(try await snapshot(Self.node + Self.pod("p", "\"deep\":\(deep)")).pods.count == 1)
    }

    @Test func `huge and escaped texts are read whole`() async throws {
        let huge = String(repeating: "x", count: 1 << 20)
        let pod =
            #"{"kind":"Pod","metadata":{"namespace":"a","name":"p","labels":{"k\u00e9":"\#(huge)","e":"\ud83d\ude00\"\\"}}}"#
        let labels = try await snapshot(Self.node + pod).pods.first?.labels
        #expect(labels == ["k\u{e9}": huge, "e": "\u{1F600}\"\\"])
    }

    @Test(
        arguments: [
            ([0x1F, 0x8B, 8, 0], SnapshotError.Format.gzip), ([0x28, 0xB5, 0x2F, 0xFD, 4], .zstandard),
            ([0xFF, 0xFE, 0x7B, 0], .utf16), (Array("---\nkind: List".utf8), .yaml),
            (Array("items:\n- kind: Pod".utf8), .yaml), (Array("NAME   STATUS".utf8), .table),
        ] as [([UInt8], SnapshotError.Format)]
    )
    func `files that are no JSON are told apart`(bytes: [UInt8], format: SnapshotError.Format) async throws {
        try await ScratchFolder.use { folder in
            let path = folder.path("0.json")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            #expect(throws: SnapshotError.format(format, file: path)) { try SnapshotReader.read(paths: [path]) }
        }
    }

    @Test func `a name that is not UTF-8 is refused`() async throws {
        try await ScratchFolder.use { folder in
            let path = folder.path("0.json")
            let bytes = Array(#"{"kind":"Node","metadata":{"name":"n"#.utf8) + [0xC3, 0x28] + Array("\"}}".utf8)
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: SnapshotError.self) { try SnapshotReader.read(paths: [path]) }
            #expect(error?.description.contains("not UTF-8") == true)
        }
    }

    @Test func `what follows a document must be another one`() async throws {
        let error = await #expect(throws: SnapshotError.self) {
            try await snapshot(Self.node + Self.noPods + "}")
        }
        #expect(error?.description.contains("0.json") == true)
    }
}
