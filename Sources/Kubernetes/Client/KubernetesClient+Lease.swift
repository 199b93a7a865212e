import ClusterModel
import NIOHTTP1
package import Ports

/// The cluster's lease: `kube-system/evenkeel`.
extension KubernetesClient {
    private static let collection = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"

    package func acquireLease(holder: String, duration: Duration) async throws -> LeaseOutcome {
        try await writing("update leases/evenkeel") {
            let now = self.time.now
            guard let seen = try await self.lease() else {
                try await self.put(.POST, Self.collection, holder: holder, duration, version: nil)
                return .held
            }
            let isFree =
                seen.holder.isEmpty || seen.holder == holder || seen.renewed.map { $0 + seen.duration < now } ?? true
            guard isFree else { return .heldBy(seen.holder, renewed: seen.renewed) }
            try await self.put(.PUT, Self.collection + "/evenkeel", holder: holder, duration, version: seen.version)
            return .held
        }
    }

    package func releaseLease(holder: String) async throws {
        try await writing("update leases/evenkeel") {
            guard let seen = try await self.lease(), seen.holder == holder else { return }
            try await self.put(.PUT, Self.collection + "/evenkeel", holder: "", .seconds(1), version: seen.version)
        }
    }

    private struct Lease {
        var holder = ""
        var version = ""
        var renewed: Instant?
        var duration: Duration = .zero
    }

    private func lease() async throws -> Lease? {
        let answer = try await transport.send(.GET, Self.collection + "/evenkeel")
        let bytes = try await answer.bytes()
        if answer.status == 404 { return nil }
        guard answer.status < 300 else {
            throw APIStatus(answer.status, answer.headers, bytes).error(
                doing: "get leases/evenkeel",
                at: transport.server
            )
        }
        return try Requester.Document(bytes: bytes).read { cursor in
            var lease = Lease()
            try cursor.object { cursor, key in
                switch key {
                case "metadata":
                    var head = ObjectHead()
                    try head.read(&cursor)
                    lease.version = head.resourceVersion
                case "spec":
                    let spec = try cursor.map()
                    lease.holder = spec["holderIdentity"] ?? ""
                    lease.duration = .seconds(Int(spec["leaseDurationSeconds"] ?? "") ?? 0)
                    lease.renewed = spec["renewTime"].flatMap(Instant.init(text:))
                default: try cursor.skip()
                }
            }
            return lease
        }
    }

    /// Times need exactly six decimals.
    private func put(
        _ method: HTTPMethod,
        _ path: String,
        holder: String,
        _ duration: Duration,
        version: String?
    ) async throws {
        let now = "\(time.now)".replacing("Z", with: "000Z")
        let condition = version.map { ",\"resourceVersion\":\"\($0)\"" } ?? ""
        let body = """
            {"apiVersion":"coordination.k8s.io/v1","kind":"Lease",\
            "metadata":{"name":"evenkeel","namespace":"kube-system"\(condition)},\
            "spec":{"holderIdentity":"\(holder)","leaseDurationSeconds":\(max(1, duration.components.seconds)),\
            "acquireTime":"\(now)","renewTime":"\(now)"}}
            """
        let answer = try await transport.send(method, path, json: body)
        let bytes = try await answer.bytes()
        if answer.status < 300 { return }
        if answer.status == 409 { throw Conflict() }
        throw APIStatus(answer.status, answer.headers, bytes).error(
            doing: "update leases/evenkeel",
            at: transport.server
        )
    }
}
