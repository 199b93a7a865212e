import ClusterModel
import Foundation
import NIOHTTP1
import Ports
import Testing

@testable import Kubernetes

struct CompressionTests {
    private static let pods = "GET /api/v1/pods"
    /// A PodList with one pod, compressed.
    private static let packed =
        "H4sIAAAAAAACA1XMoQ6AMAwE0H85PYPdNyBQGIJotoqFbCNrUUv/nSJxd5eXm7hKy4jYel6LKAIqK2VSQpwYLP0ZiXceUnpzt8ACinIVxGP+cKPKclNiZ+RHX/foy8UZZqe93ugJpW4AAAA="
    /// A PodList with 200,000 spaces in it, compressed.
    private static let bomb =
        "H4sIAAAAAAACA+3KIQ7CMBQA0KuQr2ewOwMChSGIhVY0y9akLWrZ3eEK+Pf0O2Ite4o57jXdSh8xxZbHkpaxxHxEy71+2js/cuul7r93jXOKMvLWY35eAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIC/vc4vkA61O4ANAwA="

    private func answer(_ base64: String) throws -> StubAnswer {
        let data = try #require(Data(base64Encoded: base64))
        let headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
        return StubAnswer(headers: headers, body: "", bytes: Array(data))
    }

    @Test func `lists are asked for compressed, and unpacked`() async throws {
        try await StubAPI.withClient([Self.pods: [try answer(Self.packed)]]) { client, api in
            let names = try await client.snapshot().pods.map(\.id.name)
            #expect(names == ["packed"])
            #expect(api.requests(Self.pods).map { $0.headers["Accept-Encoding"] } == [["gzip"]])
            #expect(api.requests("GET /version").allSatisfy { $0.headers["Accept-Encoding"] == ["identity"] })
        }
    }

    @Test func `what cannot be unpacked is asked for again as it is`() async throws {
        let plain = StubAnswer.list("Pod", ["{\"metadata\":{\"name\":\"p\"}}"])
        for broken in [try answer(Self.bomb), try answer("H4sIAAAA/////w==")] {
            try await StubAPI.withClient([Self.pods: [broken, plain]]) { client, api in
                let names = try await client.snapshot().pods.map(\.id.name)
                #expect(names == ["p"])
                #expect(api.requests(Self.pods).map { $0.headers["Accept-Encoding"] } == [["gzip"], ["identity"]])
            }
        }
    }
}

/// Kinds that a plan can do without.
struct OptionalKindTests {
    private static let volumes = "GET /api/v1/persistentvolumes"
    private static let claims = "GET /api/v1/persistentvolumeclaims"
    private static let namespaces = "GET /api/v1/namespaces"
    private static let leases = "GET /apis/coordination.k8s.io/v1/namespaces/kube-system/leases"

    private static func forbidden() throws -> StubAnswer { try .recorded("auth-forbidden-list-nodes-403") }

    @Test func `what a role does not allow or a server does not serve is left out and noted`() async throws {
        let absent = StubAnswer.json("404 page not found", status: 404)
        let script = [
            Self.claims: [absent], Self.namespaces: [try Self.forbidden()], Self.leases: [try Self.forbidden()],
        ]
        try await StubAPI.withClient(script) { client, _ in
            let cluster = try await client.snapshot()
            #expect(cluster.missingKinds == [.volumes, .namespaces])
            let expected: Set<SourceNote> = [
                .notServed(kind: "persistentvolumeclaims"), .notPermitted(kind: "namespaces"),
                .notPermitted(kind: "leases"),
            ]
            #expect(Set(cluster.notes) == expected)
        }
    }

    @Test func `nodes and pods are no such kinds`() async throws {
        try await StubAPI.withClient(["GET /api/v1/pods": [try Self.forbidden()]]) { client, _ in
            let error = await #expect(throws: ControlError.self) { try await client.snapshot() }
            #expect(error?.description.contains("may not list pods") == true)
        }
    }

    @Test func `nothing is missing where every list was answered, even if empty`() async throws {
        try await StubAPI.withClient([:]) { client, _ in
            let cluster = try await client.snapshot()
            #expect(cluster.missingKinds == [] && cluster.notes == [])
        }
    }

    @Test func `what cannot be listed is not watched, the rest is`() async throws {
        let pod = #"{"type":"ADDED","object":{"metadata":{"namespace":"a","name":"p","resourceVersion":"9"}}}"#
        let script = [
            Self.volumes: [try Self.forbidden()], "WATCH /api/v1/pods": [StubAnswer.stream([pod], ends: false)],
        ]
        try await StubAPI.withClient(script) { client, api in
            for try await case .change(.pod(let pod)) in client.observe() {
                #expect(pod.id.name == "p")
                break
            }
            #expect(api.requests("WATCH /api/v1/persistentvolumes").isEmpty)
        }
    }
}

/// What watched storage and elections mean.
struct StorageTracingTests {
    private func changes(_ tracer: Tracer, _ kind: String, _ json: String, gone: Bool = false) throws -> [ClusterChange]
    {
        try scan(json) { try tracer.changes(of: ObjectType(kind: kind), gone: gone, &$0) }
    }

    private let claim =
        #"{"metadata":{"namespace":"a","name":"c"},"spec":{"volumeName":"v","accessModes":["ReadWriteOnce"]}}"#
    private let volume = #"{"metadata":{"name":"v","labels":{"topology.kubernetes.io/zone":"z"}},"spec":{"nfs":{}}}"#

    @Test func `a claim changes with its volume`() throws {
        let tracer = Tracer(ObjectCollector())
        let id = ClaimID(namespace: "a", name: "c")
        var expected = Volume(claim: id, binding: .bound(volume: "v"), attachesToOneNode: true)
        #expect(try changes(tracer, "PersistentVolumeClaim", claim) == [.volume(expected)])
        expected.topology = ["topology.kubernetes.io/zone": ["z"]]
        expected.attachesToOneNode = false
        #expect(try changes(tracer, "PersistentVolume", volume) == [.volume(expected)])
        #expect(try changes(tracer, "PersistentVolumeClaim", claim, gone: true) == [.volumeGone(id)])
        #expect(try changes(tracer, "PersistentVolume", volume, gone: true) == [])
    }

    @Test func `a claim that waits changes with its class`() throws {
        let tracer = Tracer(ObjectCollector())
        let claim = #"{"metadata":{"name":"c","namespace":"a"},"spec":{"storageClassName":"late"}}"#
        let late = #"{"metadata":{"name":"late"},"volumeBindingMode":"WaitForFirstConsumer"}"#
        let id = ClaimID(namespace: "a", name: "c")
        #expect(try changes(tracer, "PersistentVolumeClaim", claim) == [.volume(Volume(claim: id, binding: .unbound))])
        #expect(try changes(tracer, "StorageClass", late) == [.volume(Volume(claim: id, binding: .waitsForPod))])
    }

    @Test func `elections are told when another node wins`() throws {
        let tracer = Tracer(ObjectCollector())
        func lease(_ name: String, _ holder: String) -> String {
            #"{"metadata":{"namespace":"kube-system","name":"\#(name)"},"spec":{"holderIdentity":"\#(holder)"}}"#
        }
        #expect(try changes(tracer, "Lease", lease("kube-scheduler", "cp-1_a")) == [.leaders(["cp-1"])])
        #expect(try changes(tracer, "Lease", lease("kube-scheduler", "cp-1_a")) == [])
        #expect(
            try changes(tracer, "Lease", lease("kube-controller-manager", "cp-2_b")) == [.leaders(["cp-1", "cp-2"])]
        )
        #expect(try changes(tracer, "Lease", lease("apiserver-x", "cp-3_b")) == [])
        #expect(try changes(tracer, "Lease", lease("kube-scheduler", ""), gone: true) == [.leaders(["cp-2"])])
    }

    @Test func `namespaces come and go`() throws {
        let tracer = Tracer(ObjectCollector())
        let labels = ["kubernetes.io/metadata.name": "a"]
        #expect(try changes(tracer, "Namespace", #"{"metadata":{"name":"a"}}"#) == [.namespace("a", labels: labels)])
        #expect(try changes(tracer, "Namespace", #"{"metadata":{"name":"a"}}"#, gone: true) == [.namespaceGone("a")])
    }
}
