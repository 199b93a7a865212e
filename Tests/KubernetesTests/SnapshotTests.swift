import ClusterModel
import Foundation
import Testing

@testable import Kubernetes

struct SnapshotTests {
    private static let file = testFolder.appendingPathComponent("Snapshots/three-nodes.json").path
    private static let folder = testFolder.appendingPathComponent("Snapshots/three-nodes").path

    @Test func `one list, a folder of lists and the files by name give the same cluster`() throws {
        let whole = try SnapshotReader.read(paths: [Self.file])
        #expect(try SnapshotReader.read(paths: [Self.folder]) == whole)
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder).sorted()
        #expect(try SnapshotReader.read(paths: names.map { Self.folder + "/" + $0 }) == whole)
        #expect(try SnapshotReader.read(paths: [Self.file, Self.folder]) == whole)
        #expect(whole.nodes.map(\.name) == ["cp-1", "node-001", "node-019"])
        #expect(whole.pods.count == 34)
        #expect(whole.budgets.count == 6)
    }

    @Test func `standard input is read too`() throws {
        let input = try #require(FileHandle(forReadingAtPath: Self.file))
        #expect(try SnapshotReader.read(paths: ["-"], standardInput: input) == SnapshotReader.read(paths: [Self.file]))
    }

    @Test func `pods belong to what owns their controller`() throws {
        let cluster = try SnapshotReader.read(paths: [Self.file])
        let owners = Set(cluster.pods.compactMap(\.workload))
        #expect(owners.contains(WorkloadID(kind: "Deployment", namespace: "shop", name: "web")))
        #expect(owners.contains(WorkloadID(kind: "DaemonSet", namespace: "kube-system", name: "kube-proxy")))
        #expect(owners.contains(WorkloadID(kind: "Job", namespace: "batch", name: "cleanup-29923626")))
        #expect(!owners.contains { $0.kind == "ReplicaSet" || $0.kind == "CronJob" })
        #expect(!cluster.workloads.keys.contains { $0.kind == "ReplicaSet" })
        let job = WorkloadID(kind: "Job", namespace: "batch", name: "cleanup-29923626")
        #expect(cluster.workloads[job] == Workload(id: job))
        let etcd = try #require(cluster.pod(PodID(namespace: "kube-system", name: "etcd-cp-1")))
        #expect(etcd.isMirror)
    }

    private static let node = #"{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}"#
    private static func pod(_ owner: String, labels: String = "{}") -> String {
        """
        {"kind":"Pod","apiVersion":"v1","metadata":{"namespace":"a","name":"p","labels":\(labels),
        "ownerReferences":[{"controller":true,\(owner)}]}}
        """
    }

    private func read(_ texts: String...) async throws -> Cluster {
        try await ScratchFolder.use { folder in
            let paths = try texts.enumerated().map { try folder.write("\($0).json", $1) }
            return try SnapshotReader.read(paths: paths)
        }
    }

    @Test(arguments: [
        (#""kind":"ReplicaSet","name":"web-77""#, #"{"pod-template-hash":"77"}"#, "Deployment a/web"),
        (#""kind":"ReplicaSet","name":"web-77""#, "{}", "ReplicaSet a/web-77"),
        (#""kind":"Rollout","name":"r""#, "{}", "Rollout a/r"),
    ])
    func `the owner of a controller that is not listed`(owner: String, labels: String, workload: String) async throws {
        let cluster = try await read(Self.node, Self.pod(owner, labels: labels))
        #expect(cluster.pods.first?.workload?.description == workload)
    }

    @Test func `documents may follow one another, and other kinds are passed over`() async throws {
        let others = #"{"kind":"ConfigMapList","items":[{"metadata":{}}]} {"kind":"Secret","data":{"items":"x"}}"#
        let foreign = #"{"apiVersion":"longhorn.io/v1beta2","kind":"Node","metadata":{"name":"not-a-machine"}}"#
        let cluster = try await read(Self.node + "\n" + others + foreign + #"{"items":[],"kind":"PodList"}"#)
        #expect(cluster.nodes.map(\.name) == ["n1"])
        #expect(cluster.pods.isEmpty)
    }

    @Test func `items have the kind of their list, wherever it stands`() async throws {
        let items = #"[{"metadata":{"namespace":"a","name":"p"}}]"#
        for list in [
            #"{"items":\#(items),"kind":"PodList"}"#, #"{"kind":"PodList","apiVersion":"v1","items":\#(items)}"#,
        ] {
            #expect(try await read(Self.node, list).pods.map(\.id.name) == ["p"])
        }
    }

    @Test(arguments: [
        ("", SnapshotError.empty(file: "0.json")), (" \n", .empty(file: "0.json")),
        ("apiVersion: v1", .format(.yaml, file: "0.json")), ("[1]", .notObjects(file: "0.json")),
        ("{\"a\":1}", .notObjects(file: "0.json")),
        (
            "{\"kind\":\"NodeList\",\n\"items\":[{\"me",
            .broken(file: "0.json", why: "a Node: truncated JSON at line 2 column 14")
        ),
        ("{\"kind\":\"PodList\",\"items\":[]}", .lacks(kind: "Node", file: "0.json")),
        (SnapshotTests.node, .lacks(kind: "Pod", file: "0.json")),
        (
            "{\"kind\":\"NodeList\",\"items\":[]}{\"kind\":\"PodList\",\"items\":[]}",
            .lacks(kind: "Node", file: "0.json")
        ),
    ])
    func `what is wrong with a file is one line`(text: String, expected: SnapshotError) async throws {
        try await ScratchFolder.use { folder in
            let path = try folder.write("0.json", text)
            let error = try #require(throws: SnapshotError.self) { try SnapshotReader.read(paths: [path]) }
            #expect(error.description.replacing(path, with: "0.json") == expected.description)
            #expect(!error.description.contains("\n"))
        }
    }

    @Test func `a folder's files that hold no Kubernetes objects are passed over and named`() async throws {
        try await ScratchFolder.use { folder in
            let meta = try folder.write("meta.json", #"{"seed":1}"#)
            _ = try folder.write("objects.json", Self.node + #"{"kind":"PodList","items":[]}"#)
            let cluster = try SnapshotReader.read(paths: [folder.url.path])
            #expect(cluster.nodes.map(\.name) == ["n1"])
            #expect(cluster.notes.contains(.foreignFile(meta)))
        }
    }

    @Test func `missing files and empty folders are named`() async throws {
        #expect(throws: SnapshotError.missing(file: "/nosuch.json")) {
            try SnapshotReader.read(paths: ["/nosuch.json"])
        }
        try await ScratchFolder.use { folder in
            let path = folder.url.path
            #expect(throws: SnapshotError.emptyFolder(path)) { try SnapshotReader.read(paths: [path]) }
        }
    }
}
