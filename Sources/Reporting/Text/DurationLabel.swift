/// Durations for people: `0 s`, `40 ms`, `0.4 s`, `32 s`, `1 min 32 s`, `2 h 5 min`, `3 d 4 h`.
package enum DurationLabel {
    /// The two leading units, rounded; only nothing is shown as `0 s`.
    package static func text(_ duration: Duration) -> String {
        let milliseconds = (duration / .milliseconds(1)).rounded()
        if milliseconds < 0 { return "-" + text(.zero - duration) }
        if milliseconds == 0 { return "0 s" }
        if milliseconds < 100 { return "\(Int64(milliseconds)) ms" }
        let tenths = Int64((milliseconds / 100).rounded())
        if tenths < 100 { return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s" }
        return whole(milliseconds / 1000)
    }

    private static func whole(_ seconds: Double) -> String {
        let rounded = Int64(seconds.rounded())
        if rounded < 60 { return "\(rounded) s" }
        if rounded < 3600 { return pair(rounded, 60, "min", "s") }
        let minutes = Int64((seconds / 60).rounded())
        if minutes < 24 * 60 { return pair(minutes, 60, "h", "min") }
        return pair(Int64((seconds / 3600).rounded()), 24, "d", "h")
    }

    private static func pair(_ value: Int64, _ size: Int64, _ large: String, _ small: String) -> String {
        let (quotient, rest) = value.quotientAndRemainder(dividingBy: size)
        return rest == 0 ? "\(quotient) \(large)" : "\(quotient) \(large) \(rest) \(small)"
    }
}
