import ClusterModel
import Planning
import Playbooks
import Reliability
import Reporting

/// A plan file with what it is expected to cost beside it; who reads a plan passes that over.
struct PlanDocument: Encodable {
    var plan: Plan
    var objectives: [ExpectedBudget]

    private enum Key: String, CodingKey {
        case objectives
    }

    func encode(to encoder: any Encoder) throws {
        try PlanFile(plan).encode(to: encoder)
        if objectives.isEmpty { return }
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(objectives, forKey: .objectives)
    }
}

extension ExpectedBudget {
    /// Of every objective that stands for a workload of the cluster.
    static func of(
        _ plan: Plan,
        _ settings: SiteSettings,
        on cluster: Cluster,
        _ estimates: DurationEstimates
    ) -> [ExpectedBudget] {
        if settings.objectives.isEmpty { return [] }
        let forecast = PlanForecast(plan, on: cluster, estimates)
        let labels = cluster.labelsOfWorkloads
        return settings.objectives.compactMap {
            ExpectedBudget(NamedObjective($0, labels: labels), forecast, in: cluster)
        }
    }
}

extension NamedObjective {
    /// - Parameter labels: what the pods of each workload have in common.
    init(_ settings: ObjectiveSettings, labels: [WorkloadID: Labels]) {
        self.init(
            name: settings.name,
            objective: Objective(
                availability: settings.availability,
                window: settings.window,
                countsPlanned: settings.maintenance == .counted
            ),
            matches: { settings.matches($0, labels: labels[$0, default: [:]]) }
        )
    }
}
