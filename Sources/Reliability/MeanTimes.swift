import ClusterModel

/// Means over outages; each is nil where there is nothing to take the mean of.
package enum MeanTimes {
    /// MTTR: the mean of the outages' observed length, ones that are not over included as far as they have gone.
    package static func toRepair(_ outages: some Sequence<Outage>) -> Duration? {
        mean(outages.map(\.down))
    }

    /// MTBF: the mean time from the start of an outage to the start of the next one of the same thing.
    ///
    /// `outages` holds, for each thing, its outages in the order of time; a thing with fewer than two adds nothing.
    package static func betweenFailures(_ outages: [[Outage]]) -> Duration? {
        mean(
            outages.flatMap { ofOne in
                zip(ofOne, ofOne.dropFirst()).map { earlier, later in later.start.since(earlier.start) }
            }
        )
    }

    /// The mean; nil of nothing.
    package static func mean(_ durations: [Duration]) -> Duration? {
        durations.isEmpty ? nil : durations.reduce(.zero, +) / durations.count
    }
}
