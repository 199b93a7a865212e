import ClusterModel
import Execution
import Foundation
import Kubernetes
import NodeAccess
import Planning
import Playbooks
import Ports
import Rollout

/// One node's drain as a run of its own: a wave of one node, without any service.
struct NodeDrain {
    let node: String
    let record: RunRecord
    private let plan: Plan

    init(_ node: String, _ plan: Plan, cluster: String, at now: Instant) throws {
        self.node = node
        self.plan = plan
        let moment = "\(now)".prefix(19).filter { $0.isNumber }
        record = RunRecord(
            id: "drain-\(node)-\(moment)-\(ProcessInfo.processInfo.processIdentifier)",
            startedAt: now,
            startedBy: Operator.name,
            cluster: cluster,
            plan: try Console.json(PlanFile(plan))
        )
    }

    func run(
        on client: any ClusterControl,
        journal: any RunJournal,
        timeout: Duration,
        wasCordoned: Bool,
        report: @escaping @Sendable (RunNews) -> Void
    ) -> CampaignRun {
        let outline = RolloutOutline(
            waves: [Wave(number: 1, rounds: plan.waves.first?.rounds ?? 1, nodes: [node], moves: [])],
            steps: [:],
            defaultBudget: plan.policy.defaultBudget,
            jobs: plan.policy.jobs,
            waivers: plan.policy.waivers,
            returnsNodes: false,
            deadlines: Deadlines(drain: timeout, nodeReady: timeout, recover: timeout)
        )
        let proof = WaveProof(policy: plan.policy, campaign: plan.campaign, run: record.id, time: SystemTime())
        return CampaignRun(
            RunSetup(run: record, outline: outline, jobs: [:]),
            control: DrainControl(base: client, person: Operator.name, wasCordoned: wasCordoned),
            shell: NoShell(),
            journal: journal,
            time: SystemTime(),
            judge: DrainProof(node: node, proof: proof),
            report: report
        )
    }
}

/// Nothing is done on the machine itself.
private struct NoShell: NodeShell {
    func reach(_ node: NodeTarget) async throws {}

    func perform(
        _ step: PlaybookStep,
        on node: NodeTarget,
        variables: [String: String],
        rebootTimeout: Duration,
        rebootedFrom: String?,
        rebooting: @Sendable (_ bootID: String) async throws -> Void
    ) async throws -> StepReport {
        throw CommandFailure("\(node.node): a drain has no steps")
    }
}

/// What a drain came to.
struct DrainResult: Encodable {
    var apiVersion = "evenkeel/v1"
    var kind = "Drain"
    var node: String
    /// In the order in which they were gone.
    var podsGone: [String]
    /// Past their budgets, by a waiver.
    var podsDeleted: [String]
    /// Evictions that the API refused for a while.
    var refusals: Int
    var seconds: Double

    init(_ node: String, _ events: [RecordedEvent], since start: Instant) {
        self.node = node
        podsGone = events.compactMap { if case .podGone(_, let pod, _) = $0.event { "\(pod)" } else { nil } }
        podsDeleted = events.compactMap {
            if case .deletionAdmitted(_, let pod, _, _) = $0.event { "\(pod)" } else { nil }
        }
        refusals = events.count { if case .evictionRefused = $0.event { true } else { false } }
        let spent = (events.last?.at ?? start).since(start)
        seconds = Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18
    }

    var text: String {
        let deleted = podsDeleted.isEmpty ? "" : ", \(podsDeleted.count) of them deleted past their budgets by waivers"
        let pods = podsGone.count == 1 ? "1 pod" : "\(podsGone.count) pods"
        return "\(node) is drained and stays cordoned: \(pods) left\(deleted). "
            + "Give it back with: evenkeel uncordon \(node)"
    }
}
