import ClusterModel
import Foundation
import Kubernetes
import Planning

/// Reads a snapshot and plans for it, beside bare parsers, bounds and naive orders.
///
/// Without a snapshot, 1,523 nodes with 8,152 pods and 5,000 nodes with 150,000 pods are made and thrown away.
func benchmarkPlanning(arguments: [String]) throws {
    if let snapshot = arguments.first {
        let counts = arguments.dropFirst(2).first.map { $0.split(separator: ",").compactMap { Int($0) } } ?? [20]
        try benchmarkReading(file: snapshot)
        return try plan(URL(fileURLWithPath: snapshot), out: counts)
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "evenkeel-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (nodes, pods, out) in [(1523, 8152, [20, 76, 152]), (5000, 150_000, [50])] {
        let file = folder.appending(path: "\(nodes)-nodes.json")
        var maker = SnapshotMaker(nodes: nodes, pods: pods)
        try maker.write(to: file)
        try measureAlone(file, out: out)
        try FileManager.default.removeItem(at: file)
    }
}

/// In a process of its own, whose memory nothing else has touched.
private func measureAlone(_ snapshot: URL, out: [Int]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    process.arguments = ["planning", snapshot.path, "--out", out.map(String.init).joined(separator: ",")]
    try process.run()
    process.waitUntilExit()
}

/// Plans the service of every node of a snapshot, and beside it prints the bounds and what naive orders cost.
///
/// Pods without a controller are waived, so that every node takes part; there is no default budget.
///
/// - Parameter out: how many nodes may be out at once, one plan for each.
private func plan(_ snapshot: URL, out: [Int]) throws {
    let cluster = try SnapshotReader.read(paths: [snapshot.path])
    print("planning \(snapshot.lastPathComponent): \(cluster.nodes.count) nodes, \(cluster.pods.count) pods")
    for count in out {
        for oneZone in [false, true] { plan(cluster, out: count, oneZone: oneZone) }
    }
    for size in Set([1] + out).sorted() {
        var order = NameOrder(cluster)
        let seconds = cpuSeconds { order.run(batch: size) }
        print(
            "  name order, \(size) at a time: \(order.batches) waves, \(order.rounds) rounds, "
                + "\(order.evictions) evictions, \(order.everPending) pods Pending on the way, "
                + "\(order.leftBehind) nodes never done (\(decimal(seconds)) CPU s)"
        )
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
