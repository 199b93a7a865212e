import ClusterModel
import Testing

@testable import Kubernetes

/// Claims, volumes and classes as the scheduler's volume plugins see them together.
struct StorageReadingTests {
    private static let base = """
        {"kind":"Node","metadata":{"name":"n1"}}{"kind":"PodList","items":[]}
        {"kind":"StorageClass","apiVersion":"storage.k8s.io/v1","metadata":{"name":"late"},
         "volumeBindingMode":"WaitForFirstConsumer"}
        {"kind":"StorageClass","metadata":{"name":"now","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}},
         "volumeBindingMode":"Immediate"}
        """

    private func read(_ claim: String, _ volume: String? = nil) async throws -> Volume? {
        let claim = "{\"kind\":\"PersistentVolumeClaim\",\"metadata\":{\"namespace\":\"a\",\"name\":\"c\"},\(claim)}"
        let volume = volume.map { "{\"kind\":\"PersistentVolume\",\"metadata\":{\"name\":\"v\"\($0)}" } ?? ""
        return try await snapshot(Self.base + claim + volume).volumes.values.first
    }

    @Test(arguments: [
        (#""spec":{"storageClassName":"late"},"status":{"phase":"Pending"}"#, Volume.Binding.waitsForPod),
        (#""spec":{"storageClassName":"now"},"status":{"phase":"Pending"}"#, .unbound),
        (#""spec":{"storageClassName":"nosuch"}"#, .unbound), (#""spec":{"storageClassName":""}"#, .unbound),
        (#""spec":{}"#, .unbound),
        (#""spec":{"volumeName":"v","storageClassName":"late"},"status":{"phase":"Pending"}"#, .unbound),
        (#""spec":{"volumeName":"v"},"status":{"phase":"Bound"}"#, .bound(volume: "v")),
        (#""spec":{"volumeName":"v"}"#, .bound(volume: "v")),
        (#""spec":{"volumeName":"v"},"status":{"phase":"Lost"}"#, .unbound),
    ])
    func `a claim is bound, waits for its pod, or lets no pod in`(claim: String, binding: Volume.Binding) async throws {
        #expect(try await read(claim)?.binding == binding)
    }

    @Test func `a claim whose volume is gone lets no pod in`() async throws {
        let bound = #""spec":{"volumeName":"other"},"status":{"phase":"Bound"}"#
        #expect(try await read(bound, "},\"spec\":{}")?.binding == .unbound)
    }

    @Test func `a volume ties its pods to places`() async throws {
        let volume = """
            ,"labels":{"topology.kubernetes.io/zone":"z1__z2","topology.kubernetes.io/region":"","other":"x"}},
            "spec":{"nodeAffinity":{"required":{"nodeSelectorTerms":[
            {"matchExpressions":[{"key":"kubernetes.io/hostname","operator":"In","values":["n1"]}]}]}},"local":{"path":"/d"}}
            """
        let read = try #require(try await read(#""spec":{"volumeName":"v","accessModes":["ReadWriteOnce"]}"#, volume))
        let here = NodeSelectorTerm(matchExpressions: [
            .init(key: "kubernetes.io/hostname", operator: .in, values: ["n1"])
        ])
        #expect(read.nodeAffinity == [here])
        #expect(read.topology == ["topology.kubernetes.io/zone": ["z1", "z2"]])
        #expect(read.isLocal)
        #expect(!read.attachesToOneNode)
    }

    @Test(arguments: [
        (#"["ReadWriteOnce"]"#, #"},"spec":{"csi":{}}"#, true, false),
        (#"["ReadWriteOncePod"]"#, #"},"spec":{"csi":{},"accessModes":["ReadWriteOncePod"]}"#, true, true),
        (#"["ReadWriteMany"]"#, #"},"spec":{"csi":{}}"#, false, false),
        (#"["ReadWriteOnce"]"#, #"},"spec":{"csi":{},"accessModes":["ReadWriteOnce","ReadWriteMany"]}"#, false, false),
        (#"["ReadWriteOnce"]"#, #"},"spec":{"nfs":{}}"#, false, false),
        (#"["ReadWriteOnce"]"#, #"},"spec":{"hostPath":{}}"#, false, false),
    ])
    func `access modes decide how many nodes and pods may use it`(
        modes: String,
        volume: String,
        oneNode: Bool,
        onePod: Bool
    ) async throws {
        let read = try #require(try await read("\"spec\":{\"volumeName\":\"v\",\"accessModes\":\(modes)}", volume))
        #expect(read.attachesToOneNode == oneNode)
        #expect(read.isForOnePod == onePod)
    }

    @Test(arguments: [
        ("", [Cluster.ObjectKind.budgets, .namespaces, .volumes, .workloads]),
        (#"{"kind":"PersistentVolumeClaimList","items":[]}"#, [.budgets, .namespaces, .workloads]),
        (#"{"kind":"NamespaceList","items":[]}{"kind":"JobList","items":[]}"#, [.budgets, .volumes]),
        (
            #"{"kind":"PodDisruptionBudgetList","items":[]}{"kind":"PersistentVolumeClaim","metadata":{"name":"c"},"spec":{"volumeName":"v"}}"#,
            [.namespaces, .volumes, .workloads]
        ),
    ])
    func `kinds that the source does not hold are said`(more: String, missing: [Cluster.ObjectKind]) async throws {
        #expect(try await snapshot(Self.base + more).missingKinds == Set(missing))
    }

    @Test func `namespaces and leaders are read`() async throws {
        let more = """
            {"kind":"Namespace","metadata":{"name":"a","labels":{"team":"x"}}}
            {"kind":"LeaseList","apiVersion":"coordination.k8s.io/v1","items":[
            {"metadata":{"namespace":"kube-system","name":"kube-scheduler"},"spec":{"holderIdentity":"n1_5f0e-11"}},
            {"metadata":{"namespace":"kube-system","name":"kube-controller-manager"},"spec":{"holderIdentity":"gone_5f"}},
            {"metadata":{"namespace":"kube-system","name":"other"},"spec":{"holderIdentity":"n2_5f"}},
            {"metadata":{"namespace":"mine","name":"kube-scheduler"},"spec":{"holderIdentity":"n2_5f"}}]}
            """
        let cluster = try await snapshot(Self.base + more + #"{"kind":"Node","metadata":{"name":"n2"}}"#)
        #expect(cluster.namespaces == ["a": ["team": "x", "kubernetes.io/metadata.name": "a"]])
        #expect(cluster.leaders == ["n1"])
    }
}
