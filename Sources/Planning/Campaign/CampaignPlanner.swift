package import ClusterModel

/// Plans a whole campaign: an upgrade over several minors hop by hop, each on the cluster as the hops before leave it,
/// anything else in one.
package struct CampaignPlanner: Sendable {
    private let cluster: Cluster
    private let policy: Policy
    private let campaign: Campaign
    private let playbook: AttachedPlaybook?
    private let createdAt: Instant
    private let estimates: DurationEstimates

    /// - Parameters:
    ///   - playbook: what a run does on each node; the plan carries it along.
    ///   - createdAt: when the cluster was read.
    package init(
        cluster: Cluster,
        policy: Policy,
        campaign: Campaign,
        playbook: AttachedPlaybook? = nil,
        createdAt: Instant,
        estimates: DurationEstimates = DurationEstimates()
    ) {
        self.cluster = cluster
        self.policy = policy
        self.campaign = campaign
        self.playbook = playbook
        self.createdAt = createdAt
        self.estimates = estimates
    }

    /// Never fails: what cannot be planned is an obstacle among the plan's findings, and the rest is planned.
    package func plan() -> Plan {
        var plan = planWaves()
        plan.findings += NameCheck(cluster: cluster, campaign: campaign, policy: policy, at: createdAt)
            .findings(beside: plan.findings)
        plan.findings += unnamedPatches(of: plan)
        plan.findings = plan.findings.inReadingOrder
        plan.waves = MoveOrder(cluster).ordered(plan.waves)
        plan.estimate = estimates.estimate(of: plan, in: cluster)
        return plan
    }

    /// A playbook installs a version, and a minor is none.
    private func unnamedPatches(of plan: Plan) -> [Finding] {
        guard playbook != nil, let target = campaign.targetVersion else { return [] }
        let minors = Set(plan.waves.compactMap(\.version)).filter { $0 != target && $0.patch == nil }
        return minors.sorted().map { minor in
            Finding(
                rule: .unnamedPatch,
                severity: .warning,
                message: "the way to \(target) leads through \(minor), and the playbook is told no patch of it",
                fix: "name it with --via \(minor.major).\(minor.minor).PATCH, unless the playbook knows by itself"
            )
        }
    }

    private func planWaves() -> Plan {
        guard let target = campaign.targetVersion, let path = VersionPath(of: campaign, in: cluster) else {
            return planOnce()
        }
        return path.hops.count > 1 ? planHops(path.hops, to: target) : planOnce()
    }

    private func planOnce() -> Plan {
        var plan = planner(for: campaign, policy, in: cluster).plan()
        for index in plan.waves.indices { plan.waves[index].version = campaign.targetVersion }
        return plan
    }

    private func planner(for campaign: Campaign, _ policy: Policy, in cluster: Cluster) -> Planner {
        Planner(cluster: cluster, policy: policy, campaign: campaign, playbook: playbook, createdAt: createdAt)
    }

    /// A node either gets to the wanted version or stays where it is: those that could only go a part of the way are
    /// left out, and the others planned again without them.
    private func planHops(_ hops: [VersionPath.Hop], to target: Version) -> Plan {
        var journey = travel(hops, campaign)
        let findings = journey.findings
        var rest = campaign
        while true {
            let behind = journey.nodesLeftBehind(at: target)
            if behind.isEmpty { break }
            rest.skippedNodes += behind
            journey = travel(VersionPath(of: rest, in: cluster)?.hops ?? [], rest)
        }
        return Plan(
            campaign: campaign,
            policy: policy,
            playbook: playbook,
            createdAt: createdAt,
            waves: journey.waves,
            findings: findings,
            bounds: journey.bounds
        )
    }

    private func travel(_ hops: [VersionPath.Hop], _ campaign: Campaign) -> Journey {
        var journey = Journey(cluster, policy)
        for (index, hop) in hops.enumerated() {
            let isLast = index == hops.count - 1
            let stage = isLast ? campaign : Campaign(purpose: .upgrade(to: hop.version), nodeNames: hop.nodes)
            var part = planner(for: stage, journey.policy, in: journey.state.cluster).plan()
            for wave in part.waves.indices { part.waves[wave].version = hop.version }
            journey.take(part, of: hop)
        }
        return journey
    }
}

/// The hops that have been planned, and the cluster after them.
private struct Journey {
    var state: CampaignState
    /// The canary is asked for until a wave has been one.
    var policy: Policy
    var waves: [Wave] = []
    private var found: [Finding] = []
    /// A waiver that one hop does without may be needed by another: told is what all hops tell.
    private var idleWaivers: Set<Finding>?
    var bounds = Bounds(waves: 0, rounds: 0, evictions: 0)
    /// The first hop that did not get all of its control plane through; what comes after it only looks for obstacles.
    private var halt: (hop: VersionPath.Hop, node: String)?

    init(_ cluster: Cluster, _ policy: Policy) {
        state = CampaignState(cluster, campaign: Campaign(purpose: .service))
        self.policy = policy
    }

    mutating func take(_ part: Plan, of hop: VersionPath.Hop) {
        take(part.findings)
        if let halt {
            holdBack(hop, for: halt)
        } else {
            // Hops that move nothing leave the pods where every other plan does too.
            let bound = HopBound(part, in: state.cluster, isFirst: waves.allSatisfy(\.moves.isEmpty))
            for var wave in part.waves {
                wave.number = waves.count + 1
                waves.append(wave)
                state.carryOut(wave)
            }
            add(bound.bounds)
            if part.waves.contains(where: \.isCanary) { policy.canary = nil }
            let planned = Set(part.nodes)
            halt = (hop.controlPlane.first { !planned.contains($0) }).map { (hop, $0) }
        }
        guard halt != nil else { return }
        // As if the hop had gone well, so that the later ones tell of their own obstacles only.
        for name in hop.nodes { state.raise(name, to: hop.version) }
    }

    var findings: [Finding] { found + (idleWaivers ?? []) }

    /// Nodes whose last wave is not the one to `target`.
    func nodesLeftBehind(at target: Version) -> [String] {
        var last: [String: Version] = [:]
        for wave in waves {
            for node in wave.nodes { last[node] = wave.version }
        }
        return last.filter { $0.value != target }.keys.sorted()
    }

    private mutating func take(_ more: [Finding]) {
        let idle = Set(more.filter { $0.rule == .expiredWaiver })
        idleWaivers = idleWaivers.map { $0.intersection(idle) } ?? idle
        add(more.filter { $0.rule != .expiredWaiver })
    }

    /// Hops often meet the same obstacle; it is told once.
    private mutating func add(_ more: [Finding]) {
        for finding in more where !found.contains(where: { $0.isAbout(finding) }) { found.append(finding) }
    }

    private mutating func add(_ more: Bounds) {
        bounds.waves += more.waves
        bounds.rounds += more.rounds
        bounds.evictions += more.evictions
    }

    private mutating func holdBack(_ hop: VersionPath.Hop, for halt: (hop: VersionPath.Hop, node: String)) {
        add(
            hop.nodes.filter { $0 != halt.node }.map { name in
                Finding(
                    rule: .controlPlaneFirst,
                    severity: .obstacle,
                    node: name,
                    message: "\(name) cannot go to \(hop.version): control-plane node \(halt.node) "
                        + "cannot be upgraded to \(halt.hop.version) yet",
                    fix: "remove the obstacles of \(halt.node) first"
                )
            }
        )
    }
}

/// What no plan for a hop can do with less of, wherever the hops before have left the pods.
private struct HopBound {
    let bounds: Bounds

    init(_ part: Plan, in cluster: Cluster, isFirst: Bool) {
        if isFirst {
            bounds = part.bounds
            return
        }
        let leaving = Set(part.nodes)
        let isSpareless = cluster.nodes.allSatisfy { leaving.contains($0.name) || !$0.ready || $0.unschedulable }
        let movable = cluster.pods.count { pod in
            !pod.isFinished && !pod.terminating && !pod.isDaemon && !pod.isMirror
                && pod.node.map(leaving.contains) == true
        }
        let waves = part.bounds.waves
        bounds = Bounds(waves: waves, rounds: waves, evictions: isSpareless ? movable : 0)
    }
}
