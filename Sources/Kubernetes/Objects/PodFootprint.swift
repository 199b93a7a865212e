import ClusterModel

/// What the scheduler counts for a pod: the larger of its containers together and each init container with the sidecars
/// before it, plus the overhead (`k8s.io/component-helpers/resource`).
struct PodFootprint {
    private var containers: [Container] = []
    private var initContainers: [Container] = []
    /// What the kubelet reports of containers that run; while one is resized in place, the larger amount counts.
    private var reported: [(name: JSONSpan, requests: Resources)] = []
    /// A resize that the node can never carry out does not count as wanted.
    var resizeIsInfeasible = false
    var isInHostNetwork = false
    var overhead = Resources.zero
    /// Requests stated for the pod as a whole; they stand for what its containers ask of the same resources.
    var wholePod: Resources?

    private struct Container {
        var name: JSONSpan?
        var resources = ContainerResources()
        var isSidecar = false
        var ports: [ContainerPort] = []
    }

    var requests: Resources {
        var sum = containers.reduce(Resources.zero) { $0 + counted($1) }
        if !initContainers.isEmpty {
            var sidecars = Resources.zero
            var peak = Resources.zero
            for container in initContainers {
                let requests = counted(container)
                if container.isSidecar { sidecars += requests }
                peak = peak.maximum(container.isSidecar ? sidecars : sidecars + requests)
            }
            sum = (sum + sidecars).maximum(peak)
        }
        if let wholePod {
            if wholePod.cpu > 0 { sum.cpu = wholePod.cpu }
            if wholePod.memory > 0 { sum.memory = wholePod.memory }
            sum.extended.merge(wholePod.extended) { _, whole in whole }
        }
        sum += overhead
        sum.pods = 1
        return sum
    }

    private func counted(_ container: Container) -> Resources {
        let wanted = container.resources.requests
        guard !reported.isEmpty, let name = container.name else { return wanted }
        let seen = reported.filter { $0.name == name }
        if seen.isEmpty { return wanted }
        return seen.reduce(resizeIsInfeasible ? .zero : wanted) { $0.maximum($1.requests) }
    }

    /// Ports of the node itself; those of init containers that end before the pod starts do not stay taken.
    var hostPorts: [HostPort] {
        let lasting = containers + initContainers.filter(\.isSidecar)
        return lasting.flatMap { $0.ports.compactMap { $0.hostPort(inHostNetwork: isInHostNetwork) } }
    }

    /// As the API server works it out (`ComputePodQOS`), for a pod whose status does not say it.
    var qualityOfService: Pod.QualityOfService {
        let all = (containers + initContainers).map(\.resources)
        if all.allSatisfy(\.isEmpty) { return wholePod == nil ? .bestEffort : .burstable }
        return all.allSatisfy(\.isGuaranteed) ? .guaranteed : .burstable
    }
}

// MARK: Reading

extension PodFootprint {
    mutating func readContainers(_ cursor: inout JSONCursor, _ shared: SharedParts) throws {
        containers = try cursor.list { try Self.container(&$0, shared) }
    }

    mutating func readInitContainers(_ cursor: inout JSONCursor, _ shared: SharedParts) throws {
        initContainers = try cursor.list { try Self.container(&$0, shared) }
    }

    private static func container(_ cursor: inout JSONCursor, _ shared: SharedParts) throws -> Container {
        var container = Container()
        try cursor.object { cursor, key in
            switch key {
            case "name": container.name = try cursor.spanIfText()
            case "restartPolicy": container.isSidecar = try cursor.spanIfText()?.is("Always") ?? false
            case "ports":
                container.ports = try shared.ports.value(&cursor) { try $0.list { try ContainerPort(json: &$0) } }
            case "resources":
                container.resources = try shared.containerResources.value(&cursor) {
                    try ContainerResources(json: &$0)
                }
            default: try cursor.skip()
            }
        }
        return container
    }

    /// Reads `containerStatuses` or `initContainerStatuses`.
    mutating func readStatuses(_ cursor: inout JSONCursor, _ shared: SharedParts) throws {
        try cursor.array { cursor in
            var name: JSONSpan?
            var allocated: Resources?
            var current: Resources?
            try cursor.object { cursor, key in
                switch key {
                case "name": name = try cursor.spanIfText()
                case "allocatedResources": allocated = try Resources(json: &cursor)
                case "resources":
                    current = try shared.containerResources.value(&cursor) { try ContainerResources(json: &$0) }
                        .requests
                default: try cursor.skip()
                }
            }
            guard let name, let current else { return }
            reported.append((name, current.maximum(allocated ?? .zero)))
        }
    }
}
