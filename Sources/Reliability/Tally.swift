import ClusterModel

/// What a thing, or many, went through in a window, in sums from which every mean and share follows.
///
/// Tallies of disjoint things add up. `docs/metrics.md` defines each figure.
package struct Tally: Hashable, Sendable {
    package var observed = Duration.zero
    package var unobserved = Duration.zero
    package var down = Duration.zero
    /// Of `down`, what belongs to outages that began in maintenance.
    package var plannedDown = Duration.zero
    package var belowBudget = Duration.zero
    package var plannedBelowBudget = Duration.zero
    package var outages = 0
    package var plannedOutages = 0

    private var betweenFailures = Duration.zero
    private var failurePairs = 0
    private var undetected = Duration.zero
    private var detections = 0

    package init() {}

    /// - Parameters:
    ///   - own: What was seen of the thing itself; nil where it has no number of pods.
    ///   - budgets: What was seen of the budgets that guard it.
    ///   - maintenance: When something was out of service on purpose.
    package init(own: HealthTimeline?, budgets: [HealthTimeline] = [], window: Interval, maintenance: [Interval]) {
        let planned = maintenance.union
        let below = budgets.flatMap { $0.belowWanted(in: window) }.union
        belowBudget = below.duration
        plannedBelowBudget = below.filter { planned.hold($0.start) }.duration
        let looked = own.map { [$0] } ?? budgets
        unobserved = looked.flatMap { $0.unobservedSinceFirstStep(in: window) }.union.duration
        guard let own else { return }
        observed = own.observed(in: window).duration
        add(own.outages(in: window), planned: planned)
        for delay in own.detectionDelays(in: window) {
            undetected += delay
            detections += 1
        }
    }

    private mutating func add(_ outages: [Outage], planned: [Interval]) {
        for outage in outages {
            down += outage.down
            self.outages += 1
            guard planned.hold(outage.start) else { continue }
            plannedDown += outage.down
            plannedOutages += 1
        }
        for (earlier, later) in zip(outages, outages.dropFirst()) {
            betweenFailures += later.start.since(earlier.start)
            failurePairs += 1
        }
    }

    package static func + (left: Tally, right: Tally) -> Tally {
        var sum = left
        sum.observed += right.observed
        sum.unobserved += right.unobserved
        sum.down += right.down
        sum.plannedDown += right.plannedDown
        sum.belowBudget += right.belowBudget
        sum.plannedBelowBudget += right.plannedBelowBudget
        sum.outages += right.outages
        sum.plannedOutages += right.plannedOutages
        sum.betweenFailures += right.betweenFailures
        sum.failurePairs += right.failurePairs
        sum.undetected += right.undetected
        sum.detections += right.detections
        return sum
    }
}

// MARK: - What follows from the sums; nil where there is nothing to divide by

extension Tally {
    package var unplannedDown: Duration { down - plannedDown }
    package var unplannedOutages: Int { outages - plannedOutages }

    /// Observed time that was not down, as a part of all observed time.
    package var availability: Double? { share(observed - down, of: observed) }

    /// The same with planned downtime taken out of the observed time, as contracts that exclude maintenance count.
    package var availabilityWithoutPlanned: Double? { share(observed - down, of: observed - plannedDown) }

    package var meanTimeToRepair: Duration? { mean(down, outages) }
    package var plannedMeanTimeToRepair: Duration? { mean(plannedDown, plannedOutages) }
    package var unplannedMeanTimeToRepair: Duration? { mean(unplannedDown, unplannedOutages) }
    package var meanTimeBetweenFailures: Duration? { mean(betweenFailures, failurePairs) }
    package var meanTimeToDetect: Duration? { mean(undetected, detections) }

    private func share(_ part: Duration, of whole: Duration) -> Double? { whole > .zero ? part / whole : nil }
    private func mean(_ sum: Duration, _ count: Int) -> Duration? { count > 0 ? sum / count : nil }
}

extension HealthTimeline {
    /// Gaps from the first step on; before it the thing may not even have been there.
    package func unobservedSinceFirstStep(in window: Interval) -> [Interval] {
        guard let first = steps.first?.at else { return [] }
        return unobserved(in: Interval(from: max(first, window.start), to: window.end))
    }

    /// For each outage that begins in the window, and before which the thing was seen not to be down, how long nobody
    /// had looked when it was first seen: at most so long it may have gone unnoticed.
    package func detectionDelays(in window: Interval) -> [Duration] {
        var delays: [Duration] = []
        var lastUp: Instant?
        var wasDown = false
        for (index, step) in steps.enumerated() where step.observed {
            if index + 1 < steps.count, steps[index + 1].at == step.at { continue }
            if step.isDown, !wasDown, let lastUp, step.at >= window.start, step.at < window.end {
                delays.append(step.at.since(lastUp))
            }
            wasDown = step.isDown
            lastUp = step.isDown ? nil : index + 1 < steps.count ? steps[index + 1].at : step.at
        }
        return delays
    }
}

extension [Interval] {
    /// Whether the moment lies in one of them.
    func hold(_ instant: Instant) -> Bool { contains { $0.start <= instant && instant < $0.end } }
}
