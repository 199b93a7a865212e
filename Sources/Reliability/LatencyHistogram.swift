/// Counts of response times in buckets whose width grows with the value, as HDR histograms have them: no percentile is
/// off by more than one part in 128, whether it is of microseconds or of minutes. Histograms of disjoint times add up.
package struct LatencyHistogram: Hashable, Sendable {
    private static let resolution = 7
    private static let half = 1 << resolution

    /// By bucket.
    private var counts: [Int: Int] = [:]
    private(set) package var count = 0
    /// The longest, exact to the microsecond.
    private(set) package var longest = Duration.zero

    package init() {}

    package mutating func record(_ latency: Duration) {
        let value = Swift.max(.zero, latency)
        counts[Self.bucket(of: value.microseconds), default: 0] += 1
        count += 1
        longest = Swift.max(longest, .microseconds(value.microseconds))
    }

    package static func + (left: LatencyHistogram, right: LatencyHistogram) -> LatencyHistogram {
        var sum = left
        sum.counts.merge(right.counts, uniquingKeysWith: +)
        sum.count += right.count
        sum.longest = Swift.max(left.longest, right.longest)
        return sum
    }

    /// The shortest time that at least this part of all lay within; nil of nothing.
    ///
    /// It is the upper end of a bucket, so it never flatters.
    package func percentile(_ part: Double) -> Duration? {
        guard count > 0 else { return nil }
        let needed = Swift.max(1, Int((part * Double(count)).rounded(.up)))
        var passed = 0
        for (bucket, number) in counts.sorted(by: { $0.key < $1.key }) {
            passed += number
            if passed >= needed { return Swift.min(longest, .microseconds(Self.end(of: bucket))) }
        }
        return longest
    }

    /// Below 128 each value has its own bucket; from there on each doubling has 128 of them.
    private static func bucket(of value: Int64) -> Int {
        let magnitude = Int64.bitWidth - 1 - value.leadingZeroBitCount
        guard value > 0, magnitude >= resolution else { return Int(value) }
        let shift = magnitude - resolution
        return (shift + 1) * half + Int(value >> Int64(shift)) - half
    }

    /// The longest value that the bucket holds.
    private static func end(of bucket: Int) -> Int64 {
        guard bucket >= half else { return Int64(bucket) }
        let shift = bucket / half - 1
        return (Int64(bucket % half + half + 1) << Int64(shift)) - 1
    }
}

// MARK: - As text

extension LatencyHistogram {
    /// `longest;bucket:count,…`, the buckets by the distance from the one before: some ten bytes for each that is used.
    package var text: String {
        var last = 0
        let pairs = counts.sorted { $0.key < $1.key }.map { bucket, number in
            defer { last = bucket }
            return number == 1 ? "\(bucket - last)" : "\(bucket - last):\(number)"
        }
        return "\(longest.microseconds);" + pairs.joined(separator: ",")
    }

    /// Nil for what ``text`` has not written.
    package init?(text: some StringProtocol) {
        let halves = text.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
        guard halves.count == 2, let longest = Int64(halves[0]), longest >= 0 else { return nil }
        self.longest = .microseconds(longest)
        var bucket = 0
        for pair in halves[1].split(separator: ",") {
            let parts = pair.split(separator: ":", maxSplits: 1)
            guard let step = Int(parts[0]), let number = parts.count == 2 ? Int(parts[1]) : 1 else { return nil }
            let (next, isTooFar) = bucket.addingReportingOverflow(step)
            guard step >= 0, number > 0, !isTooFar, next < 64 * Self.half else { return nil }
            bucket = next
            counts[bucket, default: 0] += number
            count += number
        }
    }
}

extension Duration {
    /// Whole microseconds, cut.
    fileprivate var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
