import ClusterModel
import Execution
import Rollout

/// A run's progress, one line for each event that a person wants to see.
enum RunLines {
    static func print(_ news: RunNews) {
        guard let line = line(for: news.event) else { return }
        let clock = "\(news.at)".dropFirst(11).prefix(8)
        Console.note("\(clock)  \(line)")
    }

    static func line(for event: Event) -> String? {
        switch event {
        case .waveAdmitted(let wave, _): "wave \(wave): its proof holds on the live cluster"
        case .replanned(let reason, let waves): "planned the rest anew, \(waves.count) waves: \(reason)"
        case .cordoned(let node): "\(node): cordoned"
        case .evictionAdmitted(let node, let pod, _): "\(node): \(pod) leaves"
        case .evictionRefused(let node, let pod, _, let reason, _): "\(node): \(pod) must wait: \(reason)"
        case .drained(let node): "\(node): drained, its pods run elsewhere"
        case .rebooting(let node, _, _): "\(node): reboots"
        case .stepFinished(let node, _, let report): step(report, on: node)
        case .verified(let node): "\(node): verified"
        case .uncordoned(let node): "\(node): uncordoned"
        case .waveFinished(let wave): "wave \(wave): done, its workloads are healthy"
        case .nodeFailed(let node, let phase, let reason): "\(node): FAILED while \(phase): \(reason)"
        case .interrupted: "interrupted: nothing new starts"
        case .halted(let reason): "halted: \(reason)"
        case .resumed: "goes on"
        case .finished: "finished"
        case .steered(let nodes, let trouble):
            trouble.map { "pods are steered away from \(nodes.count) nodes still to come, but \($0)" }
        case .podGone, .steering: nil
        }
    }

    private static func step(_ report: StepReport, on node: String) -> String {
        switch report.outcome {
        case .done: "\(node): \(report.name): done"
        case .alreadyDone: "\(node): \(report.name): was done already"
        case .failed: "\(node): \(report.name): \(report.failure ?? "failed")"
        }
    }
}
