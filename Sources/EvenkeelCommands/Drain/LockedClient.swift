import ArgumentParser
import ClusterModel
import Foundation
import Kubernetes
import Playbooks
import Ports

extension KubernetesClient {
    /// Under which name this process holds the lease.
    static func lockHolder(for purpose: String) -> String {
        "\(purpose)-by-\(Operator.name)-\(ProcessInfo.processInfo.processIdentifier)"
    }

    /// Does `body` with the cluster's lease held, so that no campaign is at work meanwhile.
    func withLock<Value>(for purpose: String, _ body: () async throws -> Value) async throws -> Value {
        let holder = Self.lockHolder(for: purpose)
        if case .heldBy(let other, let renewed) = try await acquireLease(holder: holder, duration: .seconds(30)) {
            let when = renewed.map { ", renewed at \($0)" } ?? ""
            throw CommandFailure(
                "the cluster is taken by \(other)\(when): wait until it ends, or see `evenkeel lock --help`"
            )
        }
        do {
            let value = try await body()
            try await releaseLease(holder: holder)
            return value
        } catch {
            try? await releaseLease(holder: holder)
            throw error
        }
    }
}

extension SiteOptions {
    /// Does `body` with a client, which is closed afterwards.
    func withClient<Value>(
        _ settings: SiteSettings,
        _ body: (KubernetesClient) async throws -> Value
    ) async throws -> Value {
        let client = try await client(settings)
        do {
            let value = try await body(client)
            try await client.shutdown()
            return value
        } catch {
            try? await client.shutdown()
            throw error
        }
    }
}
