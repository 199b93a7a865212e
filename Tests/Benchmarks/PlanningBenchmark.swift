import ClusterModel
import Foundation
import Kubernetes
import Planning

/// Plans the service of every node of a snapshot, and beside it prints the bounds and what naive orders cost.
///
/// Pods without a controller are waived, so that every node takes part; there is no default budget.
///
/// - Parameter out: how many nodes may be out at once, one plan for each.
func benchmarkPlanning(snapshot: URL, out: [Int]) throws {
    let cluster = try SnapshotReader.read(paths: [snapshot.path])
    print("planning \(snapshot.lastPathComponent): \(cluster.nodes.count) nodes, \(cluster.pods.count) pods")
    for count in out {
        for oneZone in [false, true] { plan(cluster, out: count, oneZone: oneZone) }
        for size in Set([1, count]).sorted() {
            var order = NameOrder(cluster)
            let seconds = cpuSeconds { order.run(batch: size) }
            print(
                "  name order, \(size) at a time: \(order.batches) waves, \(order.rounds) rounds, "
                    + "\(order.evictions) evictions, \(order.everPending) pods Pending on the way, "
                    + "\(order.leftBehind) nodes never done (\(decimal(seconds)) CPU s)"
            )
        }
    }
}

private func plan(_ cluster: Cluster, out: Int, oneZone: Bool) {
    let now = Instant(milliseconds: 0)
    let bareOn = Set(cluster.pods.filter { $0.owner == nil && !$0.isMirror }.compactMap(\.node))
    let waivers = bareOn.sorted().map { node in
        Waiver(rule: .barePod, subject: node, reason: "benchmark", expires: Instant(milliseconds: 1))
    }
    let policy = Policy(maxOut: .count(out), oneZoneAtATime: oneZone, defaultBudget: nil, waivers: waivers)
    let campaign = Campaign(purpose: .service)
    var plan: Plan?
    let planning = cpuSeconds {
        plan = Planner(cluster: cluster, policy: policy, campaign: campaign, createdAt: now).plan()
    }
    guard let plan else { return }
    var claims = 0
    let verifying = cpuSeconds {
        let verifier = PlanVerifier(cluster: cluster, policy: policy, campaign: campaign)
        claims = verifier.brokenClaims(of: plan).count
    }
    let (totals, bounds) = (plan.totals, plan.bounds)
    print(
        "  \(out) out\(oneZone ? ", one zone at a time" : ""): \(totals.waves) waves (bound \(bounds.waves)), "
            + "\(totals.rounds) rounds (\(bounds.rounds)), \(totals.evictions) evictions (\(bounds.evictions)), "
            + "\(totals.nodes) nodes, \(decimal(planning)) CPU s to plan, \(decimal(verifying)) to verify, "
            + "\(claims) claims broken"
    )
}

private func decimal(_ seconds: Double) -> String { "\((seconds * 100).rounded() / 100)" }

private func cpuSeconds(_ work: () -> Void) -> Double {
    let start = clock()
    work()
    return Double(clock() - start) / Double(CLOCKS_PER_SEC)
}
