import ClusterModel
import Yams

extension LocatedYAML {
    /// The text as it was written; numbers and booleans are taken as text too.
    func text() -> String? {
        guard case .scalar(let scalar) = node else { return complain("expected text, found \(kind)") }
        let tag = scalar.tag.rawValue
        guard tag.isEmpty || tag.hasPrefix("tag:yaml.org,2002:") else {
            return complain("`\(tag)` is read as a YAML tag", fix: "put the value in quotes")
        }
        guard !scalar.string.unicodeScalars.contains("\0") else { return complain("contains a NUL character") }
        return scalar.string
    }

    /// Text of one line that is not empty.
    func line(_ what: String) -> String? {
        guard let text = text() else { return nil }
        guard !text.allSatisfy(\.isWhitespace) else { return complain("\(what) is empty") }
        guard !text.contains(where: \.isNewline) else { return complain("\(what) has more than one line") }
        return text
    }

    func boolean() -> Bool? {
        let written = written ?? ""
        switch written {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        case "yes", "Yes", "on", "On": return complain("expected true or false, found \(kind)", fix: "write `true`")
        case "no", "No", "off", "Off": return complain("expected true or false, found \(kind)", fix: "write `false`")
        default: return complain("expected true or false, found \(kind)")
        }
    }

    func integer(in range: ClosedRange<Int>) -> Int? {
        guard let value = written.flatMap({ Int($0) }) else {
            return complain("expected a whole number, found \(kind)")
        }
        guard range.contains(value) else {
            return complain("\(value) is out of range", fix: "\(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// A duration of at least one second and at most a week.
    func duration() -> Duration? {
        guard let written, let value = DurationText.parse(written) else {
            let number = written.flatMap { Int($0) }
            let fix = number.map { "add the unit: `\($0)s` or `\($0)m`" } ?? "write it as `90s`, `5m` or `1h30m`"
            return complain("expected a duration, found \(kind)", fix: fix)
        }
        guard value >= .seconds(1), value <= .seconds(7 * 86400) else {
            return complain("\(written) is out of range", fix: "1s to 168h")
        }
        return value
    }

    /// A whole number or a percentage, more than 0 and at most 100%.
    ///
    /// - Parameter orElse: Another word that the caller takes.
    func countOrPercent(zeroMeans: String, orElse: String? = nil) -> CountOrPercent? {
        guard let written, let value = CountOrPercent(written) else {
            let fix = "write it as `2` or `10%`" + (orElse.map { ", or \($0)" } ?? "")
            return complain("expected a number or a percentage, found \(kind)", fix: fix)
        }
        switch value {
        case .count(0), .percent(0): return complain(zeroMeans, fix: "write at least `1` or `1%`")
        case .percent(101...): return complain("\(value) is more than 100%")
        default: return value
        }
    }

    /// One of a few words.
    func choice<Choice: CaseIterable & RawRepresentable>(_ type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        let words = type.allCases.map(\.rawValue)
        guard let written, let value = type.init(rawValue: written) else {
            let nearest = written.flatMap { Suggestion.nearest(to: $0, in: words) }
            let fix = nearest.map { "did you mean `\($0)`?" }
            return complain("expected \(Suggestion.list(words, last: "or")), found \(kind)", fix: fix)
        }
        return value
    }

    /// The items of a list, each with its path.
    func items(of what: String) -> [LocatedYAML]? {
        guard case .sequence(let sequence) = node else {
            return complain("expected a list of \(what), found \(kind)", fix: "start each with `- `")
        }
        return sequence.enumerated().map { LocatedYAML(node: $1, path: "\(path)[\($0)]", report: report) }
    }
}
