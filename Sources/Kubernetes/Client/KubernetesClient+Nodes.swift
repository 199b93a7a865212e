package import ClusterModel
import NIOHTTP1
package import Ports

/// Cordons that know their owner, evictions and deletions.
extension KubernetesClient: ClusterControl {
    package func cordon(node: String, owner: String) async throws -> CordonOutcome {
        try await longPersistence.run {
            guard let seen = try await self.node(node) else {
                throw ControlError.unexpected("\(node): is not in the cluster any more: plan again")
            }
            if seen.unschedulable {
                return seen.cordonOwner == owner ? .alreadyOurs : .foreign(owner: seen.cordonOwner)
            }
            try await self.patch(seen, annotation: quoted(owner), unschedulable: "true")
            return .cordoned
        }
    }

    package func uncordon(node: String, owner: String) async throws -> UncordonOutcome {
        try await uncordon(node: node, cordonedBy: owner)
    }

    /// - Parameter owner: nil for a cordon that names nobody.
    package func uncordon(node: String, cordonedBy owner: String?) async throws -> UncordonOutcome {
        try await longPersistence.run {
            guard let seen = try await self.node(node) else { return .nothingToDo }
            if seen.unschedulable, seen.cordonOwner != owner { return .foreign(owner: seen.cordonOwner) }
            if seen.unschedulable {
                try await self.patch(seen, annotation: "null", unschedulable: "null")
                return .uncordoned
            }
            // Somebody uncordoned it meanwhile; a name left behind would claim their next cordon for us.
            if let owner, seen.cordonOwner == owner {
                try await self.patch(seen, annotation: "null", unschedulable: nil)
            }
            return .nothingToDo
        }
    }

    package func evict(pod: PodID, uid: String) async throws -> EvictionOutcome {
        let request = APITransport.Request(
            method: .POST,
            path: "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)/eviction",
            purpose: "create pods/eviction in namespace \(pod.namespace)",
            json: """
                {"apiVersion":"\(policyVersion)","kind":"Eviction",\
                "metadata":{"name":\(quoted(pod.name)),"namespace":\(quoted(pod.namespace))},\
                "deleteOptions":{"preconditions":{"uid":\(quoted(uid))}}}
                """
        )
        return try await send(request, toRemove: pod, uid)
    }

    /// Past every budget.
    package func delete(pod: PodID, uid: String) async throws -> EvictionOutcome {
        let request = APITransport.Request(
            method: .DELETE,
            path: "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)",
            purpose: "delete pods in namespace \(pod.namespace)",
            json: """
                {"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":\(quoted(uid))}}
                """
        )
        return try await send(request, toRemove: pod, uid)
    }

    private func send(
        _ request: APITransport.Request,
        toRemove pod: PodID,
        _ uid: String
    ) async throws -> EvictionOutcome {
        try await longPersistence.run {
            try await self.requireLease()
            let answer = try await self.transport.exchange(request)
            if answer.isSuccess { return .admitted }
            let status = APIStatus(answer)
            switch status.evictionRefusal {
            case .outcome(.impossible) where try await self.hasAtMostOneBudget(pod):
                throw status.setback(request, at: self.transport.server)
            case .outcome(let outcome): return outcome
            case .other: throw status.setback(request, at: self.transport.server)
            case .podChanged:
                if try await self.uid(of: pod) != uid { return .gone }
                throw Conflict(error: status.setback(request, at: self.transport.server).error)
            }
        }
    }

    /// An internal error without a reason may also be the server's own trouble: only the budgets tell. Where they cannot
    /// be read, false.
    private func hasAtMostOneBudget(_ pod: PodID) async throws -> Bool {
        let place = "/namespaces/\(pod.namespace)"
        let podRequest = APITransport.Request(path: "/api/v1\(place)/pods/\(pod.name)", purpose: "get pods")
        let request = APITransport.Request(
            path: "/apis/\(policyVersion)\(place)/poddisruptionbudgets",
            purpose: "list poddisruptionbudgets"
        )
        let isBeta = policyVersion == "policy/v1beta1"
        guard let seen = try await existing(podRequest, { try Pod(json: &$0, SharedParts()) }) else { return false }
        let count = try await existing(request) { cursor in
            var count = 0
            try cursor.object(at: "items") { cursor in
                try cursor.array { cursor in
                    let budget = try DisruptionBudget(json: &cursor, isBeta: isBeta, SharedParts())
                    if budget.selects(seen) { count += 1 }
                }
            }
            return count
        }
        return count.map { $0 < 2 } ?? false
    }

    private func uid(of pod: PodID) async throws -> String? {
        let path = "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)"
        let purpose = "get pods in namespace \(pod.namespace)"
        return try await existing(APITransport.Request(path: path, purpose: purpose)) { cursor in
            var head = ObjectHead()
            try cursor.object(at: "metadata") { try head.read(&$0) }
            return head.uid
        }
    }

    /// The node as it is; nil where the cluster has none of this name.
    package func readNode(_ name: String) async throws -> Node? {
        try await longPersistence.run { try await self.node(name) }
    }

    private func node(_ name: String) async throws -> Node? {
        try await existing(APITransport.Request(path: "/api/v1/nodes/\(name)", purpose: "get nodes")) {
            try Node(json: &$0)
        }
    }

    /// Nil where the server says that there is no such object.
    func existing<Value>(
        _ request: APITransport.Request,
        _ body: (inout JSONCursor) throws -> Value
    ) async throws -> Value? {
        let answer = try await transport.exchange(request)
        if answer.isSuccess { return try answer.read(for: request, at: transport.server, body) }
        let status = APIStatus(answer)
        if status.code == 404, status.isStatus { return nil }
        throw status.setback(request, at: transport.server)
    }

    /// Writes only if the node is as it was seen, and never its taints: a controller keeps the cordon's own taint.
    private func patch(_ node: Node, annotation: String, unschedulable: String?) async throws {
        let spec = unschedulable.map { ",\"spec\":{\"unschedulable\":\($0)}" } ?? ""
        let request = APITransport.Request(
            method: .PATCH,
            path: "/api/v1/nodes/\(node.name)",
            purpose: "patch nodes",
            json: """
                {"metadata":{"resourceVersion":\(quoted(node.resourceVersion)),\
                "annotations":{"\(Node.cordonOwnerAnnotation)":\(annotation)}}\(spec)}
                """,
            contentType: "application/merge-patch+json"
        )
        try await requireLease()
        try await write(request)
    }

    /// - Throws: `Conflict` where somebody wrote in between, else `Setback`.
    func write(_ request: APITransport.Request) async throws {
        let answer = try await transport.exchange(request)
        if answer.isSuccess { return }
        let status = APIStatus(answer)
        let setback = status.setback(request, at: transport.server)
        if status.code == 409 { throw Conflict(error: setback.error) }
        throw setback
    }
}
