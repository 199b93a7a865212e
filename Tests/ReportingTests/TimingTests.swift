import ClusterModel
import Reporting
import Rollout
import Testing
@Test func timing() {
    var story = Story(waves: (0..<75).map { w in (0..<20).map { "worker-\(w)-\($0).example.internal" } })
    var t = 0.0
    for wave in story.waves { for n in wave { t += 1; for i in 0..<8 { story.evict(t, n, uid: n + "\(i)"); story.event(t, .podGone(node: n, pod: PodID(namespace: "a", name: "b"), uid: n + "\(i)")) }; story.service(n, from: t) } }
    for i in 0..<3000 { let w = WorkloadID(kind: "Deployment", namespace: "n", name: "w\(i)"); for k in 0..<20 { story.workload(Double(k * 70), w, k % 3, of: 2); story.budget(Double(k*70), PodID(namespace: "n", name: "b\(i)"), k % 3, of: 2, [w]) } }
    print("TIME events", story.events.count, "samples", story.samples.count)
    let clock = ContinuousClock()
    let d = clock.measure { _ = story.report() }
    print("TIME report", d)
}
