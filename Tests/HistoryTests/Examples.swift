import ClusterModel
import FoundationEssentials
import Ports
import Rollout

/// One of each, with text that tries the encoding.
enum Examples {
    static let run = RunRecord(
        id: "r-1",
        startedAt: instant(0),
        startedBy: "ops@bastion",
        cluster: "customer-a",
        plan: "{\"kind\": \"Plan\", \"name\": \"it's 50 % – naïve\"}\n"
    )

    static let pod = PodID(namespace: "shop", name: "web-0")
    static let web = WorkloadID(kind: "Deployment", namespace: "shop", name: "web")
    static let database = WorkloadID(kind: "StatefulSet", namespace: "shop", name: "db")

    static let events: [Event] = [
        .waveAdmitted(wave: 1, healthy: [WorkloadHealth(workload: web, healthy: 3)]),
        .cordoned(node: "w-1"),
        .evictionRefused(node: "w-1", pod: pod, uid: "u", reason: "it would break\nshop/web", retryAt: instant(5)),
        .evictionAdmitted(node: "w-1", pod: pod, uid: "u"),
        .podGone(node: "w-1", pod: pod, uid: "u"),
        .drained(node: "w-1"),
        .rebooting(node: "w-1", step: 2, bootID: "b"),
        .stepFinished(
            node: "w-1",
            step: 0,
            report: StepReport(
                name: "kernel",
                outcome: .failed,
                attempts: 3,
                output: "\u{1B}[1m\"é\"",
                failure: "exit 1"
            )
        ),
        .stepFinished(node: "w-1", step: 1, report: StepReport(name: "reboot", outcome: .alreadyDone)),
        .verified(node: "w-1"),
        .uncordoned(node: "w-1"),
        .waveFinished(wave: 1),
        .nodeFailed(node: "w-2", phase: .draining, reason: "30 min are over"),
        .interrupted,
        .halted(reason: "w-2: 30 min are over"),
        .resumed,
        .finished,
        .takenUp(
            by: RunHand(
                who: "ops@bastion",
                process: 7,
                release: "0.1.0",
                plan: "abc",
                steps: [StepList(nodes: ["w-1"], steps: ["kernel"])],
                inputs: ["A": "b"]
            )
        ),
        .held(reason: "not yet"),
        .hurried,
        .aborting(by: "ops@bastion"),
        .undone(node: "w-1", step: 0, report: StepReport(name: "kernel", outcome: .done)),
        .left(node: "w-1", reason: "no undo"),
        .aborted,
        .drifted(reason: "w-1 is gone"),
        .skipped(node: "w-1", reason: "is gone"),
        .gateOpened(gate: "errors", place: .wave(2)),
        .gateClosed(gate: "errors", place: .campaign, reason: "2, not below 1"),
    ]

    static let effects: [Effect] = [
        .prove(wave: 1),
        .cordon(node: "w-1"),
        .evict(node: "w-1", pod: pod, uid: "u"),
        .perform(node: "w-1", step: 0, rebootedFrom: nil),
        .perform(node: "w-1", step: 0, rebootedFrom: "b"),
        .uncordon(node: "w-1"),
        .undo(node: "w-1", step: 0),
        .knock(gate: "errors", place: .node("w-1")),
        .record(.cordoned(node: "w-1")),
        .wake(at: instant(9)),
        .conclude(.finished),
        .conclude(.halted(reason: "w-2 failed")),
    ]

    static let samples: [HealthSample] = [
        HealthSample(at: instant(1), subject: .workload(web), healthy: 3, wanted: 3),
        HealthSample(
            at: instant(1),
            subject: .budget(BudgetID(namespace: "shop", name: "all")),
            healthy: 4,
            wanted: 3,
            workloads: [database, web]
        ),
        HealthSample(at: instant(2), subject: .workload(web), healthy: 2, wanted: 3),
        HealthSample(at: instant(3), subject: .workload(web), healthy: 2, wanted: 3, observed: false),
    ]

    static func instant(_ seconds: Int64) -> Instant { Instant(milliseconds: 1_700_000_000_000 + seconds * 1000) }
}

/// A folder that goes away with the test.
func withFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "evenkeel-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}
