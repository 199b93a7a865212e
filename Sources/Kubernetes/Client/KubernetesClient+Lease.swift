package import ClusterModel
import NIOHTTP1
package import Ports

/// The cluster's lease: `kube-system/evenkeel`.
extension KubernetesClient {
    private static let collection = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
    private static let path = collection + "/evenkeel"

    package func acquireLease(holder: String, duration: Duration) async throws -> LeaseOutcome {
        if let loser = fence.loser(holder) { return .heldBy(loser, renewed: nil) }
        return try await longPersistence.run {
            let now = self.time.now
            let seen = try await self.lease()
            if self.fence.isHeld(by: holder), seen?.holder != holder {
                // Whoever has it, or had it: what this run knows of the cluster is no longer its own doing alone.
                self.fence.lost(to: seen?.holder ?? "")
                return .heldBy(seen?.holder ?? "", renewed: seen?.renewed)
            }
            if let seen, !seen.isFree(for: holder, at: now) { return .heldBy(seen.holder, renewed: seen.renewed) }
            try await self.put((seen ?? Lease()).taken(by: holder, for: duration, at: now))
            self.fence.taken(by: holder, for: duration, at: now)
            return .held
        }
    }

    package func releaseLease(holder: String) async throws {
        fence.released(by: holder)
        try await giveBack(from: holder)
    }

    /// The lease as it is; nil where no run ever took it, or it was given back.
    package func lock() async throws -> ClusterLock? {
        try await longPersistence.run {
            try await self.lease().flatMap { $0.holder.isEmpty ? nil : ClusterLock($0, at: self.time.now) }
        }
    }

    /// Takes the lease from `holder`, which is fenced at its next write.
    ///
    /// - Returns: who has it instead, so that nothing was done; nil where it is broken.
    package func breakLock(of holder: String) async throws -> String? {
        if let seen = try await lock(), seen.holder != holder { return seen.holder }
        try await giveBack(from: holder)
        return nil
    }

    private func giveBack(from holder: String) async throws {
        try await longPersistence.run {
            guard var seen = try await self.lease(), seen.holder == holder else { return }
            seen.holder = ""
            // A duration of nothing is refused.
            seen.duration = .seconds(1)
            seen.renewed = self.time.now
            try await self.put(seen)
        }
    }

    func lease() async throws -> Lease? {
        let request = APITransport.Request(path: Self.path, purpose: "get leases in namespace kube-system")
        return try await existing(request) { try Lease(json: &$0) }
    }

    private func put(_ lease: Lease) async throws {
        let isNew = lease.resourceVersion.isEmpty
        try await write(
            APITransport.Request(
                method: isNew ? .POST : .PUT,
                path: isNew ? Self.collection : Self.path,
                purpose: "\(isNew ? "create" : "update") leases in namespace kube-system",
                json: lease.json
            )
        )
    }
}

/// Who has the cluster.
package struct ClusterLock: Hashable, Sendable {
    package var holder: String
    package var acquired: Instant?
    package var renewed: Instant?
    /// When it runs out unless it is renewed.
    package var expires: Instant?
    /// It ran out: the next run takes it.
    package var isExpired: Bool

    init(_ lease: Lease, at now: Instant) {
        holder = lease.holder
        acquired = lease.acquired
        renewed = lease.renewed
        expires = lease.renewed.map { $0 + lease.duration }
        isExpired = lease.isFree(for: "", at: now)
    }
}
