import ClusterModel
import Planning
import Reporting

/// What a drain would do, pod by pod, and why.
struct DrainForecast: Encodable {
    enum Fate: String, Encodable {
        /// Is not touched.
        case stays
        case evicted
        /// Past its budgets, as a waiver has it.
        case deleted
        /// Nobody makes it again, as a waiver has it.
        case lost
        /// Has no other place and comes back with its node, as a waiver has it.
        case waits
        case blocked
        /// Nothing leaves while other pods are blocked.
        case held
    }

    struct PodEntry: Encodable {
        var pod: String
        var fate: Fate
        /// A node where it fits.
        var to: String?
        var why: String
        var fix: String?
    }

    struct FindingEntry: Encodable {
        var rule: String
        var severity: String
        var pod: String?
        var budget: String?
        var message: String
        var fix: String
    }

    var apiVersion = "evenkeel/v1"
    var kind = "DrainForecast"
    var node: String
    var cordon: String
    var rounds: Int
    var pods: [PodEntry]
    var findings: [FindingEntry]

    /// - Parameter cluster: as it is; the plan was made with the node open to the scheduler.
    init(_ plan: Plan, for node: String, in cluster: Cluster) {
        self.node = node
        let seen = cluster.node(node)
        let owner = seen?.cordonOwner.map { " by \($0)" } ?? ""
        cordon = seen?.unschedulable == true ? "is cordoned\(owner), and stays so" : "is cordoned first"
        rounds = plan.waves.first?.rounds ?? 0
        let judge = PodJudge(plan, node, cluster)
        pods = cluster.pods(on: node).sorted { $0.id < $1.id }.map { judge.entry(for: $0) }
        findings = plan.findings.map { finding in
            FindingEntry(
                rule: finding.rule.rawValue,
                severity: finding.severity.rawValue,
                pod: finding.pod.map { "\($0)" },
                budget: finding.budget.map { "\($0)" },
                message: finding.message,
                fix: finding.fix
            )
        }
    }
}

/// Says of one pod what would happen.
private struct PodJudge {
    private let plan: Plan
    private let node: String
    private let cluster: Cluster
    private let places: [PodID: String]

    init(_ plan: Plan, _ node: String, _ cluster: Cluster) {
        self.plan = plan
        self.node = node
        self.cluster = cluster
        let moves = plan.waves.flatMap(\.moves).map { ($0.pod, $0.to) }
        places = Dictionary(moves, uniquingKeysWith: { first, _ in first })
    }

    func entry(for pod: Pod) -> DrainForecast.PodEntry {
        if let reason = reasonToStay(pod) { return entry(pod, .stays, reason) }
        if let place = places[pod.id] { return move(pod, to: place) }
        if let finding = obstacle(to: pod) { return entry(pod, .blocked, finding.message, fix: finding.fix) }
        return entry(pod, .held, "nothing leaves while other pods are blocked")
    }

    private func reasonToStay(_ pod: Pod) -> String? {
        if pod.isDaemon { return "its DaemonSet would make it again right here" }
        if pod.isMirror { return "the kubelet runs it from a file" }
        if pod.isFinished { return "has ended: nothing of it runs" }
        return pod.terminating ? "is on its way out already" : nil
    }

    private func move(_ pod: Pod, to place: String) -> DrainForecast.PodEntry {
        if place == node {
            return pod.owner == nil
                ? entry(pod, .lost, "nobody makes it again (waived)")
                : entry(pod, .waits, "has no other place than this node (waived)")
        }
        let budgets = cluster.budgets(of: pod)
        if let waiver = waiver(for: pod, under: budgets) {
            return entry(
                pod,
                .deleted,
                "past its budget: \(waiver.rule.rawValue) is waived: \(waiver.reason)",
                to: place
            )
        }
        return entry(pod, .evicted, budgets.first.map { reason($0) } ?? "no budget holds it", to: place)
    }

    private func reason(_ budget: DisruptionBudget) -> String {
        let allowed = budget.status.map { ", which allows \($0.disruptionsAllowed) now" } ?? ""
        return "within budget \(budget.id)\(allowed)"
    }

    private func waiver(for pod: Pod, under budgets: [DisruptionBudget]) -> Waiver? {
        let rules: Set<Finding.Rule> = [
            .impossibleBudget, .spentBudget, .unhealthyPods, .uncountedBudget, .twoBudgets,
        ]
        let subjects = ["\(pod.id)"] + budgets.map { "\($0.id)" }
        return plan.policy.waivers.first {
            rules.contains($0.rule) && subjects.contains($0.subject) && plan.createdAt < $0.expires
        }
    }

    private func obstacle(to pod: Pod) -> Finding? {
        let budgets = Set(cluster.budgets(of: pod).map(\.id))
        return plan.obstacles.first { $0.pod == pod.id }
            ?? plan.obstacles.first { finding in finding.budget.map(budgets.contains) ?? false }
            ?? plan.obstacles.first { $0.pod == nil && $0.budget == nil }
    }

    private func entry(
        _ pod: Pod,
        _ fate: DrainForecast.Fate,
        _ why: String,
        to place: String? = nil,
        fix: String? = nil
    ) -> DrainForecast.PodEntry {
        DrainForecast.PodEntry(pod: "\(pod.id)", fate: fate, to: place, why: why, fix: fix)
    }
}

extension DrainForecast {
    /// A table for people, and what it comes to.
    var text: String {
        var table = TextTable([.left("POD"), .left("WOULD BE"), .left("TO"), .left("WHY")])
        for pod in pods { table.add([pod.pod, pod.fate.word, pod.to ?? "-", pod.why].map { TextTable.Cell($0) }) }
        let rows = pods.isEmpty ? "No pod runs here." : String(table.render(color: false).dropLast())
        let fixes = pods.compactMap(\.fix) + findings.filter { $0.severity == "obstacle" }.map(\.fix)
        let unique = fixes.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        let advice = unique.isEmpty ? [] : ["To do first\n" + unique.map { "  \($0)" }.joined(separator: "\n")]
        return (["\(node) \(cordon)", rows] + advice + [verdict]).joined(separator: "\n\n")
    }

    private var verdict: String {
        let moving = pods.count { [.evicted, .deleted, .lost, .waits].contains($0.fate) }
        let blocked = pods.count { $0.fate == .blocked }
        if blocked > 0 { return "Nothing would be done: \(blocked) of \(pods.count) pods cannot leave." }
        if findings.contains(where: { $0.severity == "obstacle" }) { return "Nothing would be done." }
        let rounds = rounds > 1 ? " in \(rounds) rounds, each awaiting the replacements of the one before" : ""
        return "\(moving) of \(pods.count) pods would leave\(rounds). Nothing was changed."
    }
}

extension DrainForecast.Fate {
    fileprivate var word: String {
        switch self {
        case .stays: "left alone"
        case .evicted: "evicted"
        case .deleted: "DELETED"
        case .lost: "LOST"
        case .waits: "evicted, and wait"
        case .blocked: "BLOCKED"
        case .held: "held"
        }
    }
}
