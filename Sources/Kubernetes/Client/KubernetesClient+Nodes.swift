package import ClusterModel
import NIOHTTP1
package import Ports

/// Cordons that know their owner, and evictions.
extension KubernetesClient: ClusterControl {
    package func cordon(node: String, owner: String) async throws -> CordonOutcome {
        try await writing("patch nodes/\(node)") {
            let seen = try await self.node(node)
            if seen.unschedulable {
                return seen.cordonOwner == owner ? .alreadyOurs : .foreign(owner: seen.cordonOwner)
            }
            try await self.patch(seen, unschedulable: "true", owner: "\"\(owner)\"")
            return .cordoned
        }
    }

    package func uncordon(node: String, owner: String) async throws -> UncordonOutcome {
        try await writing("patch nodes/\(node)") {
            let seen = try await self.node(node)
            guard seen.unschedulable else { return .nothingToDo }
            guard seen.cordonOwner == owner else { return .foreign(owner: seen.cordonOwner) }
            try await self.patch(seen, unschedulable: "null", owner: "null")
            return .uncordoned
        }
    }

    package func evict(pod: PodID, uid: String) async throws -> EvictionOutcome {
        let path = "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)/eviction"
        let body = """
            {"apiVersion":"\(policyVersion)","kind":"Eviction",\
            "metadata":{"name":"\(pod.name)","namespace":"\(pod.namespace)"},\
            "deleteOptions":{"preconditions":{"uid":"\(uid)"}}}
            """
        return try await writing("create pods/eviction for \(pod)") {
            let answer = try await self.transport.send(.POST, path, json: body)
            let bytes = try await answer.bytes()
            if answer.status < 300 { return .admitted }
            let status = APIStatus(answer.status, answer.headers, bytes)
            if let outcome = status.evictionOutcome { return outcome }
            throw status.error(doing: "create pods/eviction for \(pod)", at: self.transport.server)
        }
    }

    private func node(_ name: String) async throws -> Node {
        try await requester.get("/api/v1/nodes/\(name)", as: "get nodes/\(name)").read { try Node(json: &$0) }
    }

    /// Writes only if the node is as it was seen.
    private func patch(_ node: Node, unschedulable: String, owner: String) async throws {
        let body = """
            {"metadata":{"uid":"\(node.uid)","resourceVersion":"\(node.resourceVersion)",\
            "annotations":{"\(Node.cordonOwnerAnnotation)":\(owner)}},"spec":{"unschedulable":\(unschedulable)}}
            """
        let answer = try await transport.send(
            .PATCH,
            "/api/v1/nodes/\(node.name)",
            json: body,
            contentType: "application/merge-patch+json"
        )
        let bytes = try await answer.bytes()
        if answer.status < 300 { return }
        let status = APIStatus(answer.status, answer.headers, bytes)
        if status.code == 409 { throw Conflict() }
        throw status.error(doing: "patch nodes/\(node.name)", at: transport.server)
    }

    /// Repeats a write that changes nothing when it is done twice: after a conflict at once, after a lost answer with
    /// pauses.
    func writing<Outcome>(_ what: String, _ body: () async throws -> Outcome) async throws -> Outcome {
        for attempt in 0..<8 {
            do {
                return try await body()
            } catch is Conflict {
                continue
            } catch let error as ControlError {
                guard case .unreachable = error, attempt < 6 else { throw error }
                try await time.sleep(until: time.now + .seconds(1 << min(attempt, 3)))
            }
        }
        throw ControlError.unexpected("\(transport.server): \(what) met another writer eight times in a row")
    }

    /// Somebody wrote in between.
    struct Conflict: Error {}
}
