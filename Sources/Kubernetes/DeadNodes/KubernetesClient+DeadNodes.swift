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

    static let taint = OwnedTaint(key: taintKey, value: "nodeshutdown", effect: .noExecute, annotation: annotation)
}

/// What is done to a node whose machine is proven off. The caller has the proof.
extension KubernetesClient {
    /// Tells the cluster that the machine is off: pods that cannot be ended there are removed, and their volumes detached.
    ///
    /// - Returns: false for a node that is gone, or that somebody else has tainted so; that taint is theirs to remove.
    package func markOutOfService(node: String, owner: String) async throws -> Bool {
        try await longPersistence.run {
            guard let seen = try await self.node(node, as: OutOfService.taint) else { return false }
            if seen.place != nil { return seen.owner == owner }
            try await self.taint(seen, owner: owner)
            return true
        }
    }

    /// Takes the taint away again, if it is this owner's.
    package func unmarkOutOfService(node: String, owner: String) async throws {
        try await longPersistence.run {
            guard let seen = try await self.node(node, as: OutOfService.taint), seen.owner == owner else { return }
            try await self.untaint(seen)
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
}
