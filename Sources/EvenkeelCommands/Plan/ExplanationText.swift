import ClusterModel
import Planning

/// Why a node leaves in its wave and not before, as a person reads it.
struct ExplanationText {
    private let explanation: NodeExplanation

    init(_ explanation: NodeExplanation) { self.explanation = explanation }

    var text: String {
        let findings = explanation.findings.isEmpty ? [] : [FindingsText(explanation.findings).text]
        if explanation.places.isEmpty { return ([leftOut] + findings).joined(separator: "\n") }
        return (explanation.places.map(text) + findings)
            .joined(separator: "\n\n")
    }

    private var leftOut: String {
        if let why = explanation.passedOver { return "\(explanation.node) stays in service: \(why)." }
        let isBlocked = explanation.findings.contains { $0.severity == .obstacle }
        return "\(explanation.node) \(isBlocked ? "cannot leave service:" : "is in no wave.")"
    }

    private func text(_ place: NodeExplanation.Place) -> String {
        let goal = place.version.map { " to go to \($0)" } ?? ""
        let headline = "\(explanation.node) leaves in wave \(place.wave)\(goal): \(place.reason)"
        if place.earlier.isEmpty { return headline + "\n  No wave before that it could be in." }
        return ([headline, "Not earlier:"] + grouped(place.earlier)).joined(separator: "\n")
    }

    /// Neighbouring waves with one verdict share a line.
    private func grouped(_ alternatives: [NodeExplanation.Alternative]) -> [String] {
        var groups: [(first: Int, last: Int, text: String)] = []
        for alternative in alternatives {
            let text = text(alternative.verdict)
            if let last = groups.last, last.text == text {
                groups[groups.count - 1].last = alternative.wave
            } else {
                groups.append((alternative.wave, alternative.wave, text))
            }
        }
        return groups.map { group in
            let waves = group.first == group.last ? "wave \(group.first)" : "waves \(group.first) to \(group.last)"
            return "  \(waves): \(group.text)"
        }
    }

    private func text(_ verdict: NodeExplanation.Verdict) -> String {
        switch verdict {
        case .forbidden(let ground, let why): "\(why) [\(ground.rawValue)]"
        case .possible(nil): "could have left then"
        case .possible(let cost?): "could have left then; the whole plan would take \(text(cost))"
        }
    }

    private func text(_ cost: NodeExplanation.Cost) -> String {
        let parts = [(cost.waves, "wave"), (cost.rounds, "round"), (cost.evictions, "eviction")].filter { $0.0 != 0 }
        let differences = parts.map { count, noun in
            "\(abs(count)) \(noun)\(abs(count) == 1 ? "" : "s") \(count > 0 ? "more" : "fewer")"
        }
        let total = differences.isEmpty ? "no more and no less" : differences.joined(separator: ", ")
        if cost.nodesLeftOut <= 0 { return total }
        return
            "\(total), and \(cost.nodesLeftOut) other node\(cost.nodesLeftOut == 1 ? "" : "s") could not leave any more"
    }
}
