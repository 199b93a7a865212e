import ClusterModel

/// A port that a container states.
struct ContainerPort {
    var host = 0
    var container = 0
    var transport = "TCP"
    var address = ""

    init(json cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "hostPort": host = try cursor.integer(in: 0...65_535) ?? 0
            case "containerPort": container = try cursor.integer(in: 0...65_535) ?? 0
            case "protocol": transport = try cursor.scalar() ?? "TCP"
            case "hostIP": address = try cursor.text()
            default: try cursor.skip()
            }
        }
    }

    /// The node's port that it takes; in the host's network that is the container's own, as the API server fills in.
    func hostPort(inHostNetwork isInHostNetwork: Bool) -> HostPort? {
        let port = host == 0 && isInHostNetwork ? container : host
        return port == 0 ? nil : HostPort(port: port, protocol: transport, address: address)
    }
}
