/// What a path leads to.
enum Route: Equatable {
    case root
    case health(String)
    case version
    case coreVersions
    case groups
    case group(String)
    case resources(group: String, version: String)
    case collection(ResourceKind, namespace: String?)
    case object(ResourceKind, ObjectKey, subresource: String?)
    case accessReview
    /// A group or version that is served, but not this resource.
    case unknownResource
    case unknown

    init(_ path: String, policyVersions: [String]) {
        let parts = path.split(separator: "/").map(String.init)
        switch parts.first {
        case nil: self = .root
        case "livez", "readyz", "healthz": self = .health(parts[0])
        case "version" where parts.count == 1: self = .version
        case "api": self = Self.core(Array(parts.dropFirst()))
        case "apis": self = Self.grouped(Array(parts.dropFirst()), policyVersions)
        default: self = .unknown
        }
    }

    private static func core(_ parts: [String]) -> Route {
        guard let version = parts.first else { return .coreVersions }
        guard version == "v1" else { return .unknown }
        return resource(group: "", version: version, Array(parts.dropFirst()))
    }

    private static func grouped(_ parts: [String], _ policyVersions: [String]) -> Route {
        guard let group = parts.first else { return .groups }
        if group == "authorization.k8s.io", parts.last == "selfsubjectaccessreviews" { return .accessReview }
        let versions = group == "policy" ? policyVersions : ["v1"]
        guard !group.isEmpty, ResourceKind.allCases.contains(where: { $0.group == group }) else { return .unknown }
        guard parts.count > 1 else { return .group(group) }
        guard versions.contains(parts[1]) else { return .unknown }
        return resource(group: group, version: parts[1], Array(parts.dropFirst(2)))
    }

    private static func resource(group: String, version: String, _ parts: [String]) -> Route {
        if parts.isEmpty { return .resources(group: group, version: version) }
        func kind(_ plural: String) -> ResourceKind? {
            ResourceKind.allCases.first { $0.group == group && $0.plural == plural }
        }
        let subresources = ["status", "finalize"]
        if parts[0] == "namespaces", parts.count > 2, !subresources.contains(parts[2]) {
            guard let kind = kind(parts[2]), kind.isNamespaced else { return .unknownResource }
            if parts.count == 3 { return .collection(kind, namespace: parts[1]) }
            return object(kind, ObjectKey(namespace: parts[1], name: parts[3]), Array(parts.dropFirst(4)))
        }
        guard let kind = kind(parts[0]) else { return .unknownResource }
        if parts.count == 1 { return .collection(kind, namespace: nil) }
        guard !kind.isNamespaced else { return .unknownResource }
        return object(kind, ObjectKey(name: parts[1]), Array(parts.dropFirst(2)))
    }

    private static func object(_ kind: ResourceKind, _ key: ObjectKey, _ rest: [String]) -> Route {
        guard let subresource = rest.first else { return .object(kind, key, subresource: nil) }
        let isKnown =
            (subresource == "status" && kind.hasStatus) || (subresource == "eviction" && kind == .pod)
            || (subresource == "scale" && kind.hasScale)
        return isKnown && rest.count == 1 ? .object(kind, key, subresource: subresource) : .unknownResource
    }
}
