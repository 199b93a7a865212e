/// A port of the node's own that a pod binds.
package struct HostPort: Hashable, Sendable {
    package var port: Int
    /// `TCP`, `UDP` or `SCTP`.
    package var `protocol`: String
    /// `0.0.0.0` means every address.
    package var address: String

    package init(port: Int, protocol: String = "TCP", address: String = "0.0.0.0") {
        self.port = port
        self.protocol = `protocol`
        self.address = address.isEmpty ? Self.everyAddress : address
    }

    /// Whether two pods with these ports cannot share a node.
    package func conflicts(with other: HostPort) -> Bool {
        guard port == other.port, `protocol` == other.protocol else { return false }
        return address == other.address || address == Self.everyAddress || other.address == Self.everyAddress
    }

    private static let everyAddress = "0.0.0.0"
}
