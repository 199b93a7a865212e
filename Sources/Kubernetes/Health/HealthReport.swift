package import ClusterModel

/// What an API server tells of itself and of its cluster's health.
package struct HealthReport: Sendable {
    /// The checks of `/readyz` and `/livez`, each once; empty where they may not be read.
    package var checks: [HealthCheck] = []
    /// The server's clock against ours; positive where it is ahead. Exact to about a second.
    package var clockSkew: Duration?
    package var serverCertificateEnds: Instant?
    package var clientCertificateEnds: Instant?
    /// Deprecated APIs that somebody has used since the server started.
    package var deprecated: [DeprecatedAPI] = []
    /// The size of etcd's database, as the server measures it; nil where it does not tell.
    package var databaseBytes: Int64?
    package var conditions: [NodeCondition] = []
    package var pods: [PodTrouble] = []
    /// What could not be looked at, and why.
    package var unseen: [String] = []
}

package struct HealthCheck: Hashable, Sendable {
    package var name: String
    package var isPassed: Bool

    /// Reads a line of a verbose answer, as `[+]ping ok` or `[-]etcd failed: reason withheld`.
    init?(line: some StringProtocol) {
        guard line.hasPrefix("[+]") || line.hasPrefix("[-]") else { return nil }
        isPassed = line.hasPrefix("[+]")
        name = String(line.dropFirst(3).prefix { $0 != " " })
    }
}

/// The size of etcd's database, by the name that the server's version has for it.
enum DatabaseSize {
    private static let names = [
        "apiserver_storage_size_bytes{", "apiserver_storage_db_total_size_in_bytes{", "etcd_db_total_size_in_bytes{",
    ]

    static func bytes(metric line: String) -> Int64? {
        guard names.contains(where: line.hasPrefix), let value = line.split(separator: " ").last else { return nil }
        return Double(value).flatMap { Int64(exactly: $0.rounded()) }
    }
}

/// One line of the server's metric `apiserver_requested_deprecated_apis`.
package struct DeprecatedAPI: Hashable, Sendable {
    /// As `policy/v1beta1 poddisruptionbudgets`.
    package var name: String
    /// The minor release that serves it no more, as `1.25`; empty where none is set.
    package var removedIn: String

    init?(metric line: String) {
        guard line.hasPrefix("apiserver_requested_deprecated_apis{"), !line.hasSuffix(" 0") else { return nil }
        func label(_ name: String) -> String {
            guard let start = line.firstRange(of: "\(name)=\"") else { return "" }
            return String(line[start.upperBound...].prefix { $0 != "\"" })
        }
        let group = label("group")
        let version = label("version")
        let resource = label("resource")
        guard !resource.isEmpty else { return nil }
        name = "\(group.isEmpty ? version : "\(group)/\(version)") \(resource)"
        removedIn = label("removed_release")
    }
}

/// A condition of a node that is not as it should be.
package struct NodeCondition: Hashable, Sendable {
    package var node: String
    /// As `MemoryPressure`.
    package var type: String
    /// `True`, `False` or `Unknown`.
    package var status: String
    package var message: String
}

/// A pod that does not run as it should.
package struct PodTrouble: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// Has no node, or its containers have not begun.
        case pending
        case crashLooping(container: String, restarts: Int)
        /// As `ImagePullBackOff`.
        case waiting(container: String, reason: String)
    }

    package var pod: PodID
    package var kind: Kind
    /// What the scheduler or the kubelet says.
    package var message: String
}
