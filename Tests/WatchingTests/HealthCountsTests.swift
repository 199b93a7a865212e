import ClusterModel
import Reliability
import Testing

/// The counts that follow changes, against counting the whole picture anew.
struct HealthCountsTests {
    @Test(arguments: 0..<200) func `following changes gives what a count of everything gives`(seed: UInt64) {
        var world = RandomWorld(seed: seed)
        var cluster = Cluster(nodes: [])
        var counts = HealthCounts(cluster)
        var known: [HealthReading.Subject: HealthReading] = [:]
        for _ in 0..<60 {
            let change = world.change()
            cluster.apply(change)
            counts.apply(change)
            for reading in counts.changes() {
                known[reading.subject] = reading.wanted == 0 && reading.healthy == 0 ? nil : reading
            }
        }
        let fresh = HealthCounts(cluster).readings.filter { $0.wanted > 0 || $0.healthy > 0 }
        let expected = Dictionary(fresh.map { ($0.subject, $0) }, uniquingKeysWith: { $1 })
        #expect(known == expected)
        for workload in cluster.workloads.values {
            guard let replicas = workload.replicas else { continue }
            let reading = known[.workload(workload.id)]
            let healthy = cluster.pods.count { $0.workload == workload.id && $0.isHealthy }
            #expect(reading?.healthy ?? 0 == healthy)
            #expect(reading?.wanted ?? 0 == replicas)
        }
        for budget in cluster.budgets {
            let selected = cluster.pods.filter { budget.selects($0) && !$0.isFinished }
            let reading = known[.budget(budget.id)]
            #expect(reading?.healthy ?? 0 == selected.count(where: \.isHealthy))
            #expect(reading?.wanted ?? 0 == budget.rule.desiredHealthy(of: cluster.expectedPods(of: budget)))
        }
    }
}

private struct RandomWorld {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func change() -> ClusterChange {
        let namespace = ["a", "b"][below(2)]
        let workload = WorkloadID(
            kind: ["Deployment", "DaemonSet"][below(2)],
            namespace: namespace,
            name: "w\(below(2))"
        )
        let pod = PodID(namespace: namespace, name: "p\(below(6))")
        let budget = BudgetID(namespace: namespace, name: "b\(below(2))")
        switch below(9) {
        case 0: return .node(Node(name: "n\(below(3))", ready: below(2) == 0, allocatable: Resources(pods: 1)))
        case 1: return .nodeGone("n\(below(3))")
        case 2: return .workload(Workload(id: workload, replicas: workload.kind == "DaemonSet" ? nil : below(4)))
        case 3: return .workloadGone(workload)
        case 4: return .podGone(pod, uid: "u\(below(2))")
        case 5: return .budgetGone(budget)
        case 6: return .budget(DisruptionBudget(id: budget, selector: selector(), rule: .minAvailable(.percent(50))))
        default:
            return .pod(
                Pod(
                    id: pod,
                    uid: "u\(below(2))",
                    labels: ["app": "\(below(2))"],
                    phase: below(5) == 0 ? .succeeded : .running,
                    ready: below(3) > 0,
                    workload: below(4) == 0 ? nil : workload
                )
            )
        }
    }

    private mutating func selector() -> LabelSelector? {
        below(5) == 0 ? nil : LabelSelector(matchLabels: below(3) == 0 ? [:] : ["app": "\(below(2))"])
    }

    private mutating func below(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(limit))
    }
}
