import ClusterModel
import Ports

/// The taint that steers pods away from nodes still to come.
extension KubernetesClient {
    private static let steering = OwnedTaint(
        key: SteeringMark.taint.key,
        effect: SteeringMark.taint.effect,
        annotation: SteeringMark.ownerAnnotation
    )

    package func mark(node: String, owner: String) async throws {
        try await longPersistence.run {
            guard let seen = try await self.node(node, as: Self.steering) else { return }
            if seen.place != nil, seen.owner == nil || seen.owner == owner { return }
            try await self.taint(seen, owner: owner)
        }
    }

    package func unmark(node: String) async throws {
        try await longPersistence.run {
            guard let seen = try await self.node(node, as: Self.steering), seen.owner != nil else { return }
            try await self.untaint(seen)
        }
    }
}
