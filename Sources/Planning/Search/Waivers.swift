import ClusterModel

/// What the policy's waivers answer for at the moment of planning.
struct Waivers: Sendable {
    let policy: Policy
    let moment: Instant
    /// Those that hold, the first of each rule and subject.
    private let bySubject: [Finding.Rule: [String: Waiver]]
    private let waivesPlaces: Bool

    init(policy: Policy, moment: Instant) {
        self.policy = policy
        self.moment = moment
        var bySubject: [Finding.Rule: [String: Waiver]] = [:]
        for waiver in policy.waivers where moment < waiver.expires {
            if bySubject[waiver.rule]?[waiver.subject] == nil {
                bySubject[waiver.rule, default: [:]][waiver.subject] = waiver
            }
        }
        self.bySubject = bySubject
        waivesPlaces = Self.placeRules.contains { bySubject[$0] != nil }
    }

    /// The waiver that answers for an obstacle, if any.
    func waiver(_ rule: Finding.Rule, _ subjects: [String]) -> Waiver? {
        guard let held = bySubject[rule] else { return nil }
        return subjects.lazy.compactMap { held[$0] }.first
    }

    func waives(_ rule: Finding.Rule, _ subjects: [String]) -> Bool { waiver(rule, subjects) != nil }

    /// Rules that say why a budget lets nothing go.
    static let budgetRules: [Finding.Rule] = [.impossibleBudget, .spentBudget, .unhealthyPods, .uncountedBudget]

    /// Rules that say why a pod fits nowhere else.
    static let placeRules: [Finding.Rule] = [
        .pinnedPod, .noRoom, .podAffinity, .podAntiAffinity, .topologySpread, .volume, .hostPort, .budgetDeadlock,
    ]

    /// Whether a limit that allows nothing may let one pod go all the same.
    func frees(limitOf subject: String) -> Bool { Self.budgetRules.contains { waives($0, [subject]) } }

    /// What becomes of a pod that is evicted.
    func fate(of pod: Pod, onNode node: String, returns: Bool) -> PodFate {
        if bySubject.isEmpty { return .moves }
        if pod.owner == nil { return waives(.barePod, ["\(pod.id)", node]) ? .ends : .moves }
        return returns && waivesPlaces && Self.placeRules.contains { waives($0, ["\(pod.id)"]) } ? .mayWait : .moves
    }
}

/// What becomes of a pod that is evicted.
enum PodFate: UInt8, Sendable {
    /// It needs another node.
    case moves
    /// It may wait for its own node where it finds no other.
    case mayWait
    /// Nobody makes it again.
    case ends
}

extension Waivers {
    /// Rules of which a waiver for one answers for the others too.
    private static func family(of rule: Finding.Rule) -> [Finding.Rule] {
        if budgetRules.contains(rule) { return budgetRules }
        if placeRules.contains(rule) { return placeRules }
        let single: [Finding.Rule] = [.twoBudgets, .barePod, .nodeNotReady, .foreignCordon, .controlPlaneQuorum]
        return single.contains(rule) ? [rule] : []
    }

    /// The waiver by which a campaign goes on in spite of an obstacle, if any.
    func answer(to rule: Finding.Rule, _ subjects: [String]) -> Waiver? {
        Self.family(of: rule).lazy.compactMap { waiver($0, subjects) }.first
    }
}
