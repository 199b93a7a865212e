import ClusterModel

/// Looks at every node of a campaign before the search: what stands in the way, and what somebody may feel.
struct Survey {
    let terrain: Terrain
    let ledger: BudgetLedger
    let campaign: Campaign
    let waivers: Waivers
    private(set) var findings: [Finding] = []
    /// Nodes with an obstacle.
    private(set) var blocked: Set<Int> = []
    /// The campaign's nodes that have something to be done to them.
    private(set) var chosen: [Int] = []

    /// Waivers that met an obstacle.
    private var usedWaivers: Set<Waiver> = []

    init(terrain: Terrain, ledger: BudgetLedger, campaign: Campaign, waivers: Waivers) {
        self.terrain = terrain
        self.ledger = ledger
        self.campaign = campaign
        self.waivers = waivers
    }

    var cluster: Cluster { terrain.cluster }

    /// The nodes that nothing known before the search keeps in service.
    var able: [Int] { chosen.filter { !blocked.contains($0) } }

    mutating func look() {
        lookAtSource()
        choose()
        lookAtReplacement()
        lookAtNodes()
        lookAtSkew()
        lookAtQuorum()
        lookAtPods()
        lookAtBudgets()
        lookAtPlaces()
        holdWorkersBack()
        lookAtWorkloads()
    }

    /// What is left to say once the search has ended.
    mutating func close(_ draft: Draft) {
        noteWaiting(draft)
        lookAtWaivers(used: usedWaivers)
    }

    /// Pods that found no place and wait for their own node, as somebody allowed.
    private mutating func noteWaiting(_ draft: Draft) {
        let told = Set(findings.filter { $0.severity == .warning }.compactMap(\.pod))
        for move in draft.waves.flatMap(\.moves) where move.from == move.to && terrain.fate[move.pod] == .mayWait {
            let id = terrain.pod(move.pod).id
            guard !told.contains(id), let waiver = waivers.answer(to: .noRoom, ["\(id)"]) else { continue }
            block(
                move.from,
                waiver.rule,
                pod: id,
                message: "\(id) finds no other place and is down until \(name(move.from)) is back",
                fix: "nothing to do while the waiver holds"
            )
        }
    }

    mutating func note(_ finding: Finding) { findings.append(finding) }

    /// Leaves the node out for a reason, unless somebody has answered for it.
    ///
    /// - Parameter subjects: what a waiver may name; nil means the pod, or else the budget, or else the node.
    mutating func block(
        _ node: Int,
        _ rule: Finding.Rule,
        pod: PodID? = nil,
        budget: BudgetID? = nil,
        subjects: [String]? = nil,
        message: String,
        fix: String
    ) {
        var finding = Finding(
            rule: rule,
            severity: .obstacle,
            node: name(node),
            pod: pod,
            budget: budget,
            message: message,
            fix: fix
        )
        let named = subjects ?? [pod?.description ?? budget?.description ?? name(node)]
        if let waiver = answer(to: rule, named) {
            usedWaivers.insert(waiver)
            finding.severity = .warning
            finding.message += "; waived until \(waiver.expires): \(waiver.reason)"
        } else {
            blocked.insert(node)
        }
        findings.append(finding)
    }

    /// A pod that may wait for its own node has none to wait for in a replacement.
    private func answer(to rule: Finding.Rule, _ subjects: [String]) -> Waiver? {
        if !campaign.returnsNodes, Waivers.placeRules.contains(rule) { return nil }
        return waivers.answer(to: rule, subjects)
    }

    /// Leaves the node out for a reason that has been told already.
    mutating func exclude(_ node: Int) { blocked.insert(node) }

    func name(_ node: Int) -> String { terrain.node(node).name }

    private mutating func choose() {
        let included = cluster.nodes.indices.filter { campaign.includes(cluster.nodes[$0]) }
        for node in included {
            let version = cluster.nodes[node].kubeletVersion
            if let target = campaign.targetVersion, let version, version.satisfies(target) {
                note(
                    Finding(
                        rule: .alreadyThere,
                        severity: .note,
                        node: name(node),
                        message: "\(name(node)) runs \(version) already",
                        fix: "nothing to do"
                    )
                )
            } else {
                chosen.append(node)
            }
        }
        if chosen.isEmpty { noteNothing(hasIncluded: !included.isEmpty) }
    }

    private mutating func noteNothing(hasIncluded: Bool) {
        note(
            Finding(
                rule: .nothingToDo,
                severity: hasIncluded ? .note : .warning,
                message: hasIncluded
                    ? "every chosen node is where it should be" : "no node of the cluster is chosen",
                fix: hasIncluded ? "nothing to do" : "check the selector and the names of the nodes"
            )
        )
    }

    /// By severity, rule, node, pod.
    var sortedFindings: [Finding] {
        let severities = Dictionary(uniqueKeysWithValues: zip(Finding.Severity.allCases, 0...))
        let rules = Dictionary(uniqueKeysWithValues: zip(Finding.Rule.allCases, 0...))
        func key(_ finding: Finding) -> (Int, Int, String, String, String, String) {
            (
                severities[finding.severity] ?? 0, rules[finding.rule] ?? 0, finding.node ?? "",
                finding.pod?.description ?? "", finding.budget?.description ?? "", finding.message
            )
        }
        return findings.map { (key($0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
