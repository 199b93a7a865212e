import ClusterModel

extension HealthTimeline {
    /// One timeline out of what several observers saw of the same thing.
    ///
    /// At each moment the newest word of those that look counts; of two equally new ones, that with fewer healthy. It is
    /// unobserved only while nobody looks, so time that two of them saw counts once.
    package static func merged(_ sources: [HealthTimeline]) -> HealthTimeline {
        guard sources.count != 1 else { return sources[0] }
        let words = sources.enumerated().flatMap { source, timeline in
            timeline.steps.enumerated().map { (at: $0.element.at, source: source, order: $0.offset, step: $0.element) }
        }.sorted { ($0.at, $0.source, $0.order) < ($1.at, $1.source, $1.order) }
        var latest = [Step?](repeating: nil, count: sources.count)
        var merged: [Step] = []
        for (index, word) in words.enumerated() {
            latest[word.source] = word.step
            if index + 1 < words.count, words[index + 1].at == word.at { continue }
            let step = newest(of: latest, at: word.at)
            if merged.last.map({ !$0.saysTheSame(as: step) }) ?? true { merged.append(step) }
        }
        return HealthTimeline(merged)
    }

    private static func newest(of words: [Step?], at instant: Instant) -> Step {
        let seen = words.compactMap(\.self).filter(\.observed)
        guard let newest = seen.max(by: { ($0.at, -$0.healthy) < ($1.at, -$1.healthy) }) else {
            return Step(at: instant, healthy: 0, wanted: 0, observed: false)
        }
        return Step(at: instant, healthy: newest.healthy, wanted: newest.wanted)
    }

    /// The same where somebody looked in these spans only, each of which began with a look at everything.
    ///
    /// What did not change over a gap has no step of its own after it: the look at the next span's begin confirms it.
    package func seen(in spans: [Interval]) -> HealthTimeline {
        var kept: [Step] = []
        var next = 0
        var holding: Step?
        for span in spans.union {
            while next < steps.count, steps[next].at <= span.start {
                holding = steps[next]
                next += 1
            }
            if var step = holding {
                step.at = span.start
                kept.append(step)
            }
            while next < steps.count, steps[next].at < span.end {
                kept.append(steps[next])
                holding = steps[next]
                next += 1
            }
            if holding != nil { kept.append(Step(at: span.end, healthy: 0, wanted: 0, observed: false)) }
        }
        return HealthTimeline(kept)
    }

    /// The same for a thing that counts as missed while it is away, if it comes back: a machine that was taken out of
    /// the cluster and put in again. One that stays away is not wanted from then on.
    package var countingAbsence: HealthTimeline {
        guard let lastWanted = steps.lastIndex(where: { $0.observed && $0.wanted > 0 }) else { return self }
        let first = steps.firstIndex { $0.observed && $0.wanted > 0 } ?? lastWanted
        return HealthTimeline(
            steps.enumerated().map { index, step in
                guard step.observed, step.wanted == 0, index > first, index < lastWanted else { return step }
                return Step(at: step.at, healthy: 0, wanted: 1)
            }
        )
    }
}

extension HealthTimeline.Step {
    func saysTheSame(as other: Self) -> Bool {
        guard observed, other.observed else { return observed == other.observed }
        return healthy == other.healthy && wanted == other.wanted
    }
}
