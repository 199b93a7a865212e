import ClusterModel
import Foundation
import Testing

@testable import Kubernetes

/// The reader against damaged, shuffled and made-up snapshots: a cluster or one named error, never a crash or a hang.
struct FuzzTests {
    /// Objects of real snapshots, small enough to be damaged thousands of times.
    private static func seeds() throws -> [[UInt8]] {
        let folder = testFolder.appendingPathComponent("Snapshots/three-nodes")
        var seeds: [[UInt8]] = []
        for name in ["nodes", "pods", "pdbs", "replicasets", "jobs", "deployments"] {
            let file = folder.appendingPathComponent("\(name).json")
            let list = try #require(
                try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any]
            )
            let items = try #require(list["items"] as? [Any])
            let kept: [String: Any] = ["kind": "List", "items": Array(items.prefix(2))]
            seeds.append(Array(try JSONSerialization.data(withJSONObject: kept, options: .sortedKeys)))
        }
        return seeds + [Array(Self.special.utf8)]
    }

    private static let special = """
        {"kind":"List","items":[{"kind":"Node","metadata":{"name":"n1"}},
        {"kind":"PersistentVolumeClaim","metadata":{"namespace":"a","name":"c"},"spec":{"volumeName":"v"}},
        {"kind":"PersistentVolume","metadata":{"name":"v"},"spec":{"local":{},"nodeAffinity":{"required":{"nodeSelectorTerms":[
        {"matchExpressions":[{"key":"k","operator":"Gt","values":["7"]}]}]}}}},
        {"kind":"Namespace","metadata":{"name":"a","labels":{"\\u0061":"\\ud83d\\ude00"}}},
        {"kind":"Pod","metadata":{"namespace":"a","name":"p","labels":{"h":"1"}},"spec":{"topologySpreadConstraints":[
        {"maxSkew":1,"topologyKey":"z","labelSelector":{},"matchLabelKeys":["h"]}],"hostNetwork":true,
        "containers":[{"ports":[{"hostPort":1}],"resources":{"requests":{"cpu":"100E","memory":"1.5Gi"}}}]}}]}
        """

    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `damaged snapshots`(seed: UInt64) throws {
        var generator = Generator(seed: seed)
        for bytes in try Self.seeds() {
            for _ in 0..<40 { Self.read(generator.damaged(bytes)) }
        }
    }

    @Test(arguments: 1...4 as ClosedRange<UInt64>)
    func `made-up documents`(seed: UInt64) {
        var generator = Generator(seed: seed)
        for _ in 0..<400 {
            var bytes: [UInt8] = []
            generator.write(into: &bytes, depth: 0)
            Self.read(bytes)
            Self.read(Array(#"{"kind":"Pod","metadata":"#.utf8) + bytes + Array("}".utf8))
            Self.read(Array(#"{"kind":"PodList","items":["#.utf8) + bytes + Array("]}".utf8))
        }
    }

    /// Whatever JSONSerialization takes for JSON, the scanner passes over to its end.
    @Test(arguments: 11...18 as ClosedRange<UInt64>)
    func `the scanner passes over whatever is sound JSON`(seed: UInt64) throws {
        var generator = Generator(seed: seed)
        var sound = 0
        for bytes in try Self.seeds() {
            for _ in 0..<20 {
                let damaged = generator.damaged(bytes)
                guard (try? JSONSerialization.jsonObject(with: Data(damaged), options: .fragmentsAllowed)) != nil else {
                    continue
                }
                sound += 1
                try damaged.withUnsafeBufferPointer { bytes in
                    var cursor = JSONCursor(bytes)
                    try cursor.skip()
                    let isAtEnd = cursor.isAtEnd()
                    #expect(isAtEnd, "\(String(decoding: bytes, as: UTF8.self))")
                }
            }
        }
        #expect(sound > 0)
    }

    @Test(arguments: 21...24 as ClosedRange<UInt64>)
    func `texts mean what JSONSerialization makes of them`(seed: UInt64) throws {
        var generator = Generator(seed: seed)
        for _ in 0..<400 {
            let bytes = generator.text()
            let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) as? String
            let ours = bytes.withUnsafeBufferPointer { bytes in
                var cursor = JSONCursor(bytes)
                let text = try? cursor.string()
                return cursor.isAtEnd() ? text : nil
            }
            // Control characters are let through here, and nowhere there.
            if theirs != nil || !bytes.contains(where: { $0 < 0x20 }) { #expect(ours == theirs, "\(bytes)") }
        }
    }

    /// Errors must be the reader's own; all others, and traps, are findings.
    private static func read(_ bytes: [UInt8]) {
        do {
            var collector = ObjectCollector()
            try bytes.withUnsafeBytes { try SnapshotReader.read($0, "seed", into: &collector) }
            _ = collector.cluster()
        } catch is SnapshotError {
        } catch is JSONError {
        } catch is NoObject {
        } catch {
            Issue.record(error)
        }
    }
}
