package import ClusterModel
package import Playbooks

/// Looks at what a gate is about, once.
package protocol GateWatch: Sendable {
    /// - Parameters:
    ///   - variables: what a command sees of the campaign, as `NODE`.
    ///   - cluster: the latest look at the cluster.
    /// - Returns: nil where it is open, else why not. Never throws but for cancellation.
    func obstacle(at gate: GateSettings, variables: [String: String], in cluster: Cluster?) async throws -> String?
}
