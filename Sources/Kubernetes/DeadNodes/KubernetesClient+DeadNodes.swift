package import ClusterModel
import NIOHTTP1
import Ports

/// The taint that says that a node's machine is off.
package enum OutOfService {
    package static let taintKey = "node.kubernetes.io/out-of-service"
    /// Names who has put the taint there.
    package static let annotation = "evenkeel.io/out-of-service-by"
    /// The first release whose controllers heed the taint without a feature gate.
    package static let since = Version(major: 1, minor: 26)
}

/// What is done to a node whose machine is proven off. The caller has the proof.
extension KubernetesClient {
    /// Tells the cluster that the machine is off: pods that cannot be ended there are removed, and their volumes detached.
    ///
    /// - Returns: false for a node that is gone, or that somebody else has tainted so; that taint is theirs to remove.
    package func markOutOfService(node: String, owner: String) async throws -> Bool {
        try await longPersistence.run {
            guard let seen = try await self.deadNode(node) else { return false }
            if seen.place != nil { return seen.owner == owner }
            try await self.change(seen, [seen.annotationChange(owner), seen.addition])
            return true
        }
    }

    /// Takes the taint away again, if it is this owner's.
    package func unmarkOutOfService(node: String, owner: String) async throws {
        try await longPersistence.run {
            guard let seen = try await self.deadNode(node), seen.owner == owner else { return }
            var changes = ["{\"op\":\"remove\",\"path\":\"/metadata/annotations/\(DeadNode.pointer)\"}"]
            if let place = seen.place { changes.append("{\"op\":\"remove\",\"path\":\"/spec/taints/\(place)\"}") }
            try await self.change(seen, changes)
        }
    }

    /// Deletes the Node object with this UID: the cluster forgets the machine, and removes what was left of its pods.
    package func deleteNode(_ name: String, uid: String) async throws {
        let request = APITransport.Request(
            method: .DELETE,
            path: "/api/v1/nodes/\(name)",
            purpose: "delete nodes",
            json: "{\"apiVersion\":\"v1\",\"kind\":\"DeleteOptions\",\"preconditions\":{\"uid\":\(quoted(uid))}}"
        )
        try await longPersistence.run {
            try await self.requireLease()
            let answer = try await self.transport.exchange(request)
            let status = APIStatus(answer)
            if !answer.isSuccess, status.code != 404 { throw status.setback(request, at: self.transport.server) }
        }
    }

    /// The pods that are bound to a node, those of DaemonSets, mirrors and finished ones apart.
    package func podsLeft(on node: String) async throws -> [PodID] {
        let shared = SharedParts()
        return try await requester.get("/api/v1/pods?fieldSelector=spec.nodeName%3D\(node)", to: "list pods") {
            cursor in
            var pods: [PodID] = []
            try cursor.object(at: "items") { cursor in
                try cursor.array { cursor in
                    let pod = try Pod(json: &cursor, shared)
                    if !pod.isDaemon, !pod.isMirror, !pod.isFinished { pods.append(pod.id) }
                }
            }
            return pods.sorted()
        }
    }

    /// How many volumes the cluster still believes to be attached to a node; nil where that may not be read.
    package func attachedVolumes(of node: String) async throws -> Int? {
        let path = "/apis/storage.k8s.io/v1/volumeattachments"
        let request = APITransport.Request(path: path, purpose: "list volumeattachments")
        do {
            return try await longPersistence.run {
                try await self.existing(request) { cursor in
                    var count = 0
                    try cursor.object(at: "items") { cursor in
                        try cursor.array { cursor in
                            try cursor.object(at: "spec") { cursor in
                                try cursor.object(at: "nodeName") { if try $0.text() == node { count += 1 } }
                            }
                        }
                    }
                    return count
                }
            }
        } catch ControlError.refused {
            return nil
        }
    }

    private func deadNode(_ name: String) async throws -> DeadNode? {
        try await existing(APITransport.Request(path: "/api/v1/nodes/\(name)", purpose: "get nodes")) {
            try DeadNode(json: &$0)
        }
    }

    /// A write that fails if anything else has changed: `spec.taints` is one list for everybody.
    private func change(_ node: DeadNode, _ changes: [String]) async throws {
        let version =
            "{\"op\":\"replace\",\"path\":\"/metadata/resourceVersion\",\"value\":\(quoted(node.resourceVersion))}"
        try await requireLease()
        try await write(
            APITransport.Request(
                method: .PATCH,
                path: "/api/v1/nodes/\(node.name)",
                purpose: "patch nodes",
                json: "[\(([version] + changes).joined(separator: ","))]",
                contentType: "application/json-patch+json"
            )
        )
    }
}

/// A node as far as the out-of-service taint goes.
private struct DeadNode {
    var name = ""
    var resourceVersion = ""
    /// Who has put the taint there, by our annotation.
    var owner: String?
    /// Where the taint stands in the list.
    var place: Int?
    private var hasAnnotations = false
    private var taints = 0

    /// The annotation's name in a JSON Pointer (RFC 6901).
    static let pointer = String(OutOfService.annotation.split(separator: "/").joined(separator: "~1"))

    init(json cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try readMetadata(&cursor)
            case "spec":
                try cursor.object(at: "taints") { try $0.array { cursor in take(try cursor.map()) } }
            default: try cursor.skip()
            }
        }
    }

    private mutating func readMetadata(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "name": name = try cursor.text()
            case "resourceVersion": resourceVersion = try cursor.text()
            case "annotations":
                let annotations = try cursor.map()
                owner = annotations[OutOfService.annotation]
                hasAnnotations = !annotations.isEmpty
            default: try cursor.skip()
            }
        }
    }

    private mutating func take(_ taint: [String: String]) {
        if taint["key"] == OutOfService.taintKey, taint["effect"] == Taint.Effect.noExecute.rawValue { place = taints }
        taints += 1
    }

    func annotationChange(_ owner: String) -> String {
        let name = quoted(OutOfService.annotation)
        return hasAnnotations
            ? "{\"op\":\"add\",\"path\":\"/metadata/annotations/\(Self.pointer)\",\"value\":\(quoted(owner))}"
            : "{\"op\":\"add\",\"path\":\"/metadata/annotations\",\"value\":{\(name):\(quoted(owner))}}"
    }

    var addition: String {
        let effect = Taint.Effect.noExecute.rawValue
        let taint = "{\"key\":\(quoted(OutOfService.taintKey)),\"value\":\"nodeshutdown\",\"effect\":\(quoted(effect))}"
        return taints > 0
            ? "{\"op\":\"add\",\"path\":\"/spec/taints/-\",\"value\":\(taint)}"
            : "{\"op\":\"add\",\"path\":\"/spec/taints\",\"value\":[\(taint)]}"
    }
}
