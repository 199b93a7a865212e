import ClusterModel
import Practice

/// Looks at every eviction as it is granted, and counts by itself what the budgets had left: it shares nothing with the
/// run, and takes no controller's word.
struct BudgetWitness {
    private(set) var violations: [String] = []
    private(set) var evictions = 0
    /// What budgets and workloads asked for until a moment ago: a change needs its time to be known.
    private var before: [ObjectKey: (Int, until: Instant)] = [:]

    /// Somebody changes a budget or a workload: for a second the laxer of both counts.
    mutating func expectChange(in cluster: PracticeCluster) {
        for (key, budget) in cluster.objects(.budget) {
            before[key] = (Self.desired(budget, key.namespace, cluster), cluster.now + .seconds(1))
        }
    }

    /// A machine fails: for a second nobody can know of its pods.
    mutating func expectLoss(of node: String, in cluster: PracticeCluster) {
        for (key, budget) in cluster.objects(.budget) {
            let app = budget["spec", "selector", "matchLabels", "app.kubernetes.io/name"]?.string
            let lost = cluster.objects(.pod).count { pod in
                pod.key.namespace == key.namespace && pod.object.app == app && pod.object.nodeName == node
                    && pod.object.isReady
            }
            let known = before[key].flatMap { cluster.now <= $0.until ? $0.0 : nil }
            let desired = min(known ?? .max, Self.desired(budget, key.namespace, cluster))
            before[key] = (desired - lost, cluster.now + .seconds(1))
        }
    }

    /// The controllers work again: until they have counted, the API server grants by old numbers.
    mutating func expectCatchingUp(in cluster: PracticeCluster) {
        for (key, _) in cluster.objects(.budget) { before[key] = (0, cluster.now + .seconds(1)) }
    }

    /// The eviction was granted for which this was seen.
    mutating func granted(_ look: [String]) {
        evictions += 1
        violations += look
    }

    /// What the pod's eviction would break now.
    func look(at key: ObjectKey, _ pod: JSONValue, in cluster: PracticeCluster) -> [String] {
        guard pod.condition("Ready") == "True", !pod.isTerminating else { return [] }
        var broken: [String] = []
        let siblings = cluster.objects(.pod).filter { $0.key.namespace == key.namespace && $0.object.app == pod.app }
        let healthy = siblings.count { $0.object.isReady }
        for (name, budget) in cluster.objects(.budget)
        where name.namespace == key.namespace
            && budget["spec", "selector", "matchLabels", "app.kubernetes.io/name"]?.string == pod.app
        {
            var desired = Self.desired(budget, key.namespace, cluster)
            if let (earlier, until) = before[name], cluster.now <= until { desired = min(desired, earlier) }
            // The evicted pod is among the healthy ones only as long as it does not terminate.
            let left = siblings.contains { $0.key == key && $0.object.isReady } ? healthy - 1 : healthy
            if left < desired {
                broken.append("\(cluster.now): \(key) left \(name) with \(left) healthy pods of \(desired)")
            }
        }
        return broken
    }

    private static func desired(_ budget: JSONValue, _ namespace: String, _ cluster: PracticeCluster) -> Int {
        let app = budget["spec", "selector", "matchLabels", "app.kubernetes.io/name"]?.string ?? ""
        let replicas =
            [ResourceKind.deployment, .statefulSet].lazy
            .compactMap { cluster.object($0, ObjectKey(namespace: namespace, name: app))?["spec", "replicas"]?.integer }
            .first ?? 0
        guard let (isMinimum, text) = budget.rule else { return 0 }
        let isPercent = text.hasSuffix("%")
        let number = Int(isPercent ? String(text.dropLast()) : text) ?? 0
        let amount = isPercent ? (replicas * number + 99) / 100 : number
        return isMinimum ? amount : max(0, replicas - amount)
    }
}
