import Planning

/// Marking the nodes that are still to come, so that pods land where they may stay.
extension Rollout {
    /// What is to be done by now, where marks have to be set or taken away before some of `effects` are.
    ///
    /// They are set right before a wave's proof, and gone before the run ends in whatever way.
    func steering(before effects: [Effect]) -> [Effect] {
        let marks: [Effect]?
        if effects.contains(where: \.endsTheRun) {
            marks = steer(to: [])
        } else if outline.steers, effects.contains(where: \.isProof) {
            marks = steer(to: Steering.nodes(of: outline.waves, at: waveIndex))
        } else {
            marks = nil
        }
        return marks.map { $0 + effects.filter { !$0.endsTheRun && !$0.isProof } } ?? effects
    }

    /// The journal first: a mark that a killed run leaves behind is known to the one that goes on.
    private func steer(to wanted: Set<String>) -> [Effect]? {
        if marksAreCertain, marks == wanted { return nil }
        if inFlight.contains(where: \.isSteering) { return [] }
        if !wanted.isSubset(of: marks) { return [.record(.steering(nodes: marks.union(wanted).sorted()))] }
        return [
            .steer(
                nodes: wanted.sorted(),
                mark: marksAreCertain ? [] : wanted.sorted(),
                unmark: marks.subtracting(wanted).sorted()
            )
        ]
    }
}

extension Effect {
    fileprivate var endsTheRun: Bool {
        switch self {
        case .record(.halted), .record(.finished), .record(.aborted), .conclude: true
        default: false
        }
    }

    fileprivate var isProof: Bool {
        switch self {
        case .prove, .invite: true
        default: false
        }
    }

    fileprivate var isSteering: Bool {
        if case .steer = self { true } else { false }
    }
}
