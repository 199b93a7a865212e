package import ClusterModel

/// A pod that has been told to end, and what may keep it.
package struct Termination: Hashable, Sendable {
    package var pod: PodID
    package var uid: String
    /// When its grace is over.
    package var deadline: Instant?
    /// Who must take its finalizer away first.
    package var finalizers: [String]

    init(pod: PodID, uid: String, deadline: Instant?, finalizers: [String]) {
        self.pod = pod
        self.uid = uid
        self.deadline = deadline
        self.finalizers = finalizers
    }

    /// Nil for a pod that has not been told to end.
    init?(json cursor: inout JSONCursor) throws {
        var head = ObjectHead()
        var deletion: String?
        var finalizers: [String] = []
        var ahead = cursor
        try ahead.object(at: "metadata") { try head.read(&$0, annotations: .none) }
        try cursor.object(at: "metadata") { cursor in
            try cursor.object { cursor, key in
                switch key {
                case "deletionTimestamp": deletion = try cursor.scalar()
                case "finalizers": try cursor.array { finalizers.append(try $0.text()) }
                default: try cursor.skip()
                }
            }
        }
        guard let deletion else { return nil }
        self.init(pod: head.id, uid: head.uid, deadline: Instant(text: deletion), finalizers: finalizers)
    }

    /// Why the pod is still there, as far as the API tells.
    ///
    /// - Parameter isReachable: whether the node's kubelet reports.
    package func cause(at now: Instant, isReachable: Bool) -> String {
        if !finalizers.isEmpty {
            let names = finalizers.joined(separator: ", ")
            return "\(pod) is held by its finalizer \(names): whoever set it must take it away"
        }
        if let deadline, now < deadline { return "\(pod) may take until \(deadline) by its grace period" }
        if !isReachable {
            return "\(pod) cannot be ended: the node's kubelet does not report; "
                + "if the machine is proven off, delete the Node or set the out-of-service taint"
        }
        let over = deadline.map { ", \(now.since($0).components.seconds) s past its grace" } ?? ""
        return "\(pod) does not end\(over): look at its containers and volumes on the node"
    }
}

extension KubernetesClient {
    /// The node's pods that have been told to end and are still there.
    package func terminations(on node: String) async throws -> [Termination] {
        let path = "/api/v1/pods?fieldSelector=spec.nodeName%3D\(node)"
        return try await requester.get(path, to: "list pods") { cursor in
            var found: [Termination] = []
            try cursor.object(at: "items") { cursor in
                try cursor.array { cursor in
                    if let termination = try Termination(json: &cursor) { found.append(termination) }
                }
            }
            return found.sorted { $0.pod < $1.pod }
        }
    }
}
