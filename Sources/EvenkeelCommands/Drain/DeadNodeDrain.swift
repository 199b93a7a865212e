import ClusterModel
import Kubernetes
import Ports
import UnixSignals

/// Empties a node whose machine is proven off: the cluster is told so, removes the pods that nobody can end there and detaches
/// their volumes, and is told no more once that is done.
struct DeadNodeDrain {
    static let purpose = "drain"

    let node: Node
    let client: KubernetesClient
    let proof: String
    let deletesNode: Bool
    let timeout: Duration
    private let time = SystemTime()

    init(_ node: Node, on client: KubernetesClient, proof: String, deletesNode: Bool, timeout: Duration) {
        (self.node, self.client, self.proof) = (node, client, proof)
        (self.deletesNode, self.timeout) = (deletesNode, timeout)
    }

    /// Whether the cluster's controllers know the taint.
    static func isTaintKnown(in cluster: Cluster) -> Bool {
        cluster.serverVersion.map { $0 >= OutOfService.since } ?? true
    }

    private enum Ending {
        case empty
        case outOfTime
        case interrupted
    }

    /// - Parameter knowsTaint: older clusters have only the Node object's deletion.
    func run(knowsTaint: Bool) async throws -> DeadNodeResult {
        let start = time.now
        let pods = try await client.podsLeft(on: node.name)
        _ = try await client.cordon(node: node.name, owner: Operator.name)
        let isMarked = knowsTaint ? try await client.markOutOfService(node: node.name, owner: Operator.name) : false
        if !knowsTaint { try await client.deleteNode(node.name, uid: node.uid) }
        let ending: Ending
        do {
            ending = try await untilEmpty()
        } catch {
            // The machine may come back: a taint that stays would keep it empty for ever.
            if isMarked { try? await client.unmarkOutOfService(node: node.name, owner: Operator.name) }
            throw error
        }
        if isMarked { try await client.unmarkOutOfService(node: node.name, owner: Operator.name) }
        guard ending == .empty else { throw await failure(ending) }
        if deletesNode, knowsTaint { try await client.deleteNode(node.name, uid: node.uid) }
        let spent = time.now.since(start)
        return DeadNodeResult(
            node: node.name,
            proof: proof,
            podsRemoved: pods.map { "\($0)" },
            isDeleted: deletesNode,
            seconds: Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18
        )
    }

    private func failure(_ ending: Ending) async -> CommandFailure {
        let left = (try? await client.podsLeft(on: node.name)) ?? []
        let volumes = (try? await client.attachedVolumes(of: node.name)) ?? 0
        let names = left.prefix(5).map { "\($0)" }.joined(separator: ", ")
        let what = left.isEmpty ? "\(volumes) volumes are still attached" : "\(left.count) pods are left: \(names)"
        let why = ending == .interrupted ? "interrupted" : "gave up safely after \(timeout)"
        return CommandFailure(
            "\(why): \(what); \(node.name) stays cordoned, and the out-of-service taint is taken away again",
            code: ending == .interrupted ? .interrupted : .halted
        )
    }

    private func untilEmpty() async throws -> Ending {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
        return try await withThrowingTaskGroup(of: Ending.self) { group in
            group.addTask { try await wait() }
            group.addTask {
                for await _ in signals { return .interrupted }
                return .interrupted
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .interrupted
        }
    }

    private func wait() async throws -> Ending {
        let end = time.now + timeout
        while true {
            let volumes = try await client.attachedVolumes(of: node.name) ?? 0
            if volumes == 0, try await client.podsLeft(on: node.name).isEmpty { return .empty }
            if time.now >= end { return .outOfTime }
            let holder = KubernetesClient.lockHolder(for: Self.purpose)
            if case .heldBy(let other, _) = try await client.acquireLease(holder: holder, duration: .seconds(30)) {
                throw CommandFailure("the cluster was taken over by \(other): look at \(node.name)'s taints yourself")
            }
            try await time.sleep(until: min(end, time.now + .seconds(1)))
        }
    }
}

/// What came of a dead node.
struct DeadNodeResult: Encodable {
    var apiVersion = "evenkeel/v1"
    var kind = "DeadNode"
    var node: String
    /// Why its machine counts as off.
    var proof: String
    var podsRemoved: [String]
    /// The Node object is gone.
    var isDeleted: Bool
    var seconds: Double

    var text: String {
        let pods = podsRemoved.count == 1 ? "1 pod" : "\(podsRemoved.count) pods"
        let end =
            isDeleted
            ? "its Node object is deleted"
            : "it stays cordoned: give it back with `evenkeel uncordon \(node)` once its machine runs again"
        return "\(node) is off (\(proof)): \(pods) removed; \(end)"
    }
}
