import ClusterModel
import NIOHTTP1
package import Ports

/// The cluster's lease: `kube-system/evenkeel`.
extension KubernetesClient {
    private static let collection = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
    private static let path = collection + "/evenkeel"

    package func acquireLease(holder: String, duration: Duration) async throws -> LeaseOutcome {
        try await persistence.run {
            let now = self.time.now
            let seen = try await self.lease()
            if let seen, !seen.isFree(for: holder, at: now) { return .heldBy(seen.holder, renewed: seen.renewed) }
            try await self.put((seen ?? Lease()).taken(by: holder, for: duration, at: now))
            return .held
        }
    }

    package func releaseLease(holder: String) async throws {
        try await persistence.run {
            guard var seen = try await self.lease(), seen.holder == holder else { return }
            seen.holder = ""
            // A duration of nothing is refused.
            seen.duration = .seconds(1)
            seen.renewed = self.time.now
            try await self.put(seen)
        }
    }

    private func lease() async throws -> Lease? {
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
