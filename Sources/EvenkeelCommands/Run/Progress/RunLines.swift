import ClusterModel
import Execution
import Reporting
import Rollout

/// A run's progress in lines, one or more for each piece of news that a person wants to see.
struct RunLines {
    /// Also every pod that is gone, and what each step wrote.
    var isVerbose = false

    func lines(for news: RunNews) -> [String] {
        switch news {
        case .event(let event, let instant):
            return texts(for: event).map { stamped($0, instant) }
        case .waiting(let wait, let instant): return [stamped(line(for: wait, at: instant), instant)]
        case .notice(let text): return [TerminalText.plain(text)]
        case .standing: return []
        }
    }

    /// What happened, without its time.
    func texts(for event: Event) -> [String] {
        [line(for: event)].compactMap { $0 } + (isVerbose ? details(of: event) : [])
    }

    private func stamped(_ text: String, _ instant: Instant) -> String {
        "\(Self.clock(instant))  \(TerminalText.plain(text))"
    }

    /// The time of day, as `09:14:01`.
    private static func clock(_ instant: Instant) -> Substring { "\(instant)".dropFirst(11).prefix(8) }

    private func line(for event: Event) -> String? {
        switch event {
        case .waveAdmitted(let wave, _): "wave \(wave): its proof holds on the live cluster"
        case .replanned(let reason, let waves): "planned the rest anew, \(waves.count) waves: \(reason)"
        case .joined(let node, _): "\(node): starts beside those that are out, its own proof holds on the live cluster"
        case .cordoned(let node): "\(node): cordoned"
        case .evictionAdmitted(let node, let pod, _): "\(node): \(pod) leaves"
        case .deletionAdmitted(let node, let pod, _, let waiver):
            "\(node): \(pod) is deleted past its budget: \(waiver)"
        case .evictionRefused(let node, let pod, _, let reason, _): "\(node): \(pod) must wait: \(reason)"
        case .drained(let node): "\(node): drained, its pods run elsewhere"
        case .rebooting(let node, _, _): "\(node): reboots"
        case .stepFinished(let node, _, let report): step(report, on: node)
        case .verified(let node): "\(node): verified"
        case .uncordoned(let node): "\(node): uncordoned"
        case .retired(let node): "\(node): left service for good, and stays cordoned"
        case .waveFinished(let wave): "wave \(wave): done, its workloads are healthy"
        case .nodeFailed(let node, let phase, let reason): "\(node): FAILED while \(phase): \(reason)"
        case .interrupted: "interrupted: nothing new starts"
        case .halted(let reason): "halted: \(reason)"
        case .resumed: "goes on"
        case .finished: "finished"
        case .steered(let nodes, let trouble):
            trouble.map { "pods are steered away from \(nodes.count) nodes still to come, but \($0)" }
        case .takenUp(let hand): "taken up by \(hand.who) (process \(hand.process))"
        case .hurried: "interrupted again: each node stops after its present step"
        case .aborting(let who): "aborted by \(who): nodes go back to service where that is safe"
        case .undone(let node, _, let report): "\(node): \(report.name): \(report.failure ?? "taken back")"
        case .left(let node, let reason): "\(node): stays cordoned: \(reason)"
        case .aborted: "aborted: the campaign is over"
        case .skipped(let node, let reason): "\(node): skipped: \(reason)"
        case .drifted(let reason): reason
        case .gateOpened(let gate, let place): "gate \u{201C}\(gate)\u{201D} is open \(Self.words(place))"
        case .gateClosed(let gate, let place, let reason):
            "gate \u{201C}\(gate)\u{201D} stays closed \(Self.words(place)): \(reason)"
        case .podGone, .steering, .held: nil
        }
    }

    private static func words(_ place: GatePlace) -> String {
        switch place {
        case .campaign: "before the campaign"
        case .wave(let number): "before wave \(number)"
        case .node(let node): "for \(node)"
        case .end: "at the end"
        }
    }

    private func step(_ report: StepReport, on node: String) -> String {
        switch report.outcome {
        case .done: "\(node): \(report.name): done"
        case .alreadyDone: "\(node): \(report.name): was done already"
        case .failed: "\(node): \(report.name): \(report.failure ?? "failed")"
        }
    }

    private func details(of event: Event) -> [String] {
        switch event {
        case .podGone(let node, let pod, _): ["\(node): \(pod) is gone"]
        case .stepFinished(let node, _, let report):
            report.output.split(separator: "\n").map { "\(node): \(report.name) | \($0)" }
        default: []
        }
    }

    private func line(for wait: RunWait, at instant: Instant) -> String {
        switch wait {
        case .unproven(let wave, let reason, let deadline):
            let limit = deadline.map {
                "; waits until \(Self.clock($0)) (another \(DurationLabel.text($0.since(instant)))), then halts safely"
            }
            return "wave \(wave): cannot start yet: \(reason)\(limit ?? "")"
        case .gate(let name, let reason, let deadline):
            let left = DurationLabel.text(deadline.since(instant))
            return "gate \u{201C}\(name)\u{201D} is closed: \(reason); waits another \(left), then halts safely"
        case .unreadable(let reason):
            return "the cluster cannot be seen: \(reason); nothing new starts until it answers"
        }
    }
}
