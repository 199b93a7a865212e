/// What a node is to a playbook; the value scripts see as `ROLE`.
package enum PlaybookRole: String, CaseIterable, Codable, Hashable, Sendable {
    /// The control-plane node that is serviced first, and that the cluster-wide part of an upgrade runs on.
    case firstControlPlane
    /// Every other control-plane node.
    case controlPlane
    case worker
}
