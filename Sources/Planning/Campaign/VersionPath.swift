package import ClusterModel

/// The versions through which an upgrade takes the nodes, by the version skew policy of Kubernetes
/// (<https://kubernetes.io/releases/version-skew-policy/>).
///
/// API servers go up one minor at a time. A kubelet is never newer than the oldest of them, and at most three minors
/// older than the newest from 1.28 on, two before; so workers are raised only when the next step of the control plane
/// would leave them too far behind, and then as far as they may go. A kubelet on a control-plane node is taken to be at
/// the version of the API server beside it.
package struct VersionPath: Hashable, Sendable {
    /// Some nodes go to one version, those of the control plane first.
    package struct Hop: Hashable, Sendable {
        package var version: Version
        package var controlPlane: [String]
        package var workers: [String]

        package init(version: Version, controlPlane: [String] = [], workers: [String] = []) {
            self.version = version
            self.controlPlane = controlPlane
            self.workers = workers
        }

        package var nodes: [String] { controlPlane + workers }
    }

    /// A node that is to be raised; nil stands for a version that nobody states.
    package struct Traveller: Hashable, Sendable {
        package var name: String
        package var version: Version?

        package init(name: String, version: Version?) {
            self.name = name
            self.version = version
        }
    }

    /// The last one has the wanted version, the others minors, with a patch where `stops` names one. Nodes that are there
    /// already, or beyond, are in none; a node of unknown version is in the last.
    package private(set) var hops: [Hop] = []
    private let stops: [Version]

    /// - Parameters:
    ///   - target: the wanted version.
    ///   - stops: the patch of a minor on the way, for those minors of which it is known.
    ///   - controlPlane: the control-plane nodes that are to go there.
    ///   - workers: the workers that are to go there.
    package init(to target: Version, by stops: [Version] = [], controlPlane: [Traveller], workers: [Traveller]) {
        self.stops = stops
        var members = controlPlane.filter { !Self.isThere($0, target) }
        var others = workers.filter { !Self.isThere($0, target) }
        let slowest = members.compactMap { $0.minor(of: target.major) }.min() ?? target.minor
        for minor in slowest..<max(slowest, target.minor) {
            raiseLaggards(&others, before: minor + 1, target: target)
            if minor + 1 < target.minor { raise(&members, to: stop(target.major, minor + 1)) }
        }
        let last = Hop(version: target, controlPlane: members.map(\.name), workers: others.map(\.name))
        if !last.nodes.isEmpty { hops.append(last) }
    }

    /// Where nodes stop that pass through a minor.
    private func stop(_ major: Int, _ minor: Int) -> Version {
        stops.first { $0.major == major && $0.minor == minor } ?? Version(major: major, minor: minor)
    }

    private static func isThere(_ node: Traveller, _ target: Version) -> Bool {
        node.version.map { $0.satisfies(target) } ?? false
    }

    /// Takes the members that are behind `version` there.
    private mutating func raise(_ members: inout [Traveller], to version: Version) {
        let behind = members.indices.filter { members[$0].minor(of: version.major).map { $0 < version.minor } ?? false }
        if behind.isEmpty { return }
        add(Hop(version: version, controlPlane: behind.map { members[$0].name }))
        for index in behind { members[index].version = version }
    }

    /// Takes the workers up that an API server of `minor` would leave too far behind, and those others with them that
    /// have to stop on the way once more in any case.
    private mutating func raiseLaggards(_ workers: inout [Traveller], before minor: Int, target: Version) {
        let now = stop(target.major, minor - 1)
        let limit = Self.allowedLag(ofServer: minor)
        let behind = workers.indices.filter { index in
            workers[index].minor(of: target.major).map { $0 < now.minor } ?? false
        }
        guard behind.contains(where: { (workers[$0].minor(of: target.major) ?? minor) < minor - limit }) else { return }
        let leaving = behind.filter { index in
            guard let own = workers[index].minor(of: target.major) else { return false }
            let stops = Self.stops(from: own, server: now.minor, to: target.minor)
            return own < minor - limit
                || (stops > 0 && Self.stops(from: now.minor, server: now.minor, to: target.minor) < stops)
        }
        add(Hop(version: now, workers: leaving.map { workers[$0].name }))
        for index in leaving { workers[index].version = now }
    }

    /// Stops on the way up that a worker cannot do without: it waits as long as it may, and then takes what there is.
    static func stops(from worker: Int, server: Int, to target: Int) -> Int {
        var worker = worker
        var count = 0
        for next in server + 1..<max(server + 1, target + 1) where next - worker > allowedLag(ofServer: next) {
            worker = next - 1
            count += 1
        }
        return count
    }

    /// How many minors a kubelet may be older than an API server of that minor.
    package static func allowedLag(ofServer minor: Int) -> Int { minor >= 28 ? 3 : 2 }

    /// Workers that go where the control plane has just gone share its hop.
    private mutating func add(_ hop: Hop) {
        if let last = hops.indices.last, hops[last].version == hop.version, hop.controlPlane.isEmpty {
            hops[last].workers += hop.workers
        } else {
            hops.append(hop)
        }
    }
}

extension VersionPath.Traveller {
    fileprivate func minor(of major: Int) -> Int? { version.flatMap { $0.major == major ? $0.minor : nil } }
}

extension VersionPath {
    /// The path of the nodes that `campaign` includes; nil where it upgrades nothing.
    package init?(of campaign: Campaign, in cluster: Cluster) {
        guard let target = campaign.targetVersion else { return nil }
        let travellers = cluster.nodes.filter(campaign.includes)
        func named(_ nodes: [Node]) -> [Traveller] {
            nodes.map { Traveller(name: $0.name, version: $0.kubeletVersion) }
        }
        self.init(
            to: target,
            by: campaign.stops,
            controlPlane: named(travellers.filter(\.isControlPlane)),
            workers: named(travellers.filter { !$0.isControlPlane })
        )
    }
}
