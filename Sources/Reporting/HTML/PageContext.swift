import ClusterModel
import Foundation
import Reliability

/// What every part of a page needs: the words, the zone, and how figures are written.
struct PageContext {
    let words: Wording
    let local: LocalTime
    let window: Interval

    init(_ report: PeriodReport, _ language: ReportLanguage) {
        words = language.words
        local = LocalTime(TimeZone(identifier: report.period.timeZone) ?? .gmt)
        let start = Instant(text: report.period.from) ?? Instant(milliseconds: 0)
        window = Interval(from: start, to: Instant(text: report.period.to) ?? start)
    }

    /// A length of time in the page's language.
    func length(_ seconds: Double) -> String {
        let parts = FigureText.length(seconds).split(separator: " ").map(String.init)
        return stride(from: 0, to: parts.count - 1, by: 2).map { index in
            parts[index] + (words.units[parts[index + 1]] ?? " " + parts[index + 1])
        }.joined(separator: " ")
    }

    func percent(_ share: Double?) -> String { FigureText.percent(share) }

    func moment(_ instant: Instant) -> String { local.text(instant) }

    func moment(_ text: String) -> String { Instant(text: text).map(moment) ?? text }

    // MARK: Figures that a program can compare with the JSON

    /// A length, with the JSON's own number and where it stands there.
    func length(_ seconds: Double?, at path: String) -> Markup {
        guard let seconds else { return "—" }
        return "<data value=\"\(String(seconds))\" data-path=\"\(path)\">\(length(seconds))</data>"
    }

    func percent(_ share: Double?, at path: String) -> Markup {
        guard let share else { return "—" }
        return "<data value=\"\(String(share))\" data-path=\"\(path)\">\(percent(share))</data>"
    }

    /// The time of an answer, which is shorter than what ``length(_:at:)`` shows.
    func latency(_ seconds: Double?, at path: String) -> Markup {
        guard let seconds else { return "—" }
        return "<data value=\"\(String(seconds))\" data-path=\"\(path)\">\(FigureText.latency(seconds))</data>"
    }

    func ratio(_ value: Double?, at path: String) -> Markup {
        guard let value else { return "—" }
        return "<data value=\"\(String(value))\" data-path=\"\(path)\">\(FigureText.ratio(value))</data>"
    }

    func count(_ number: Int, at path: String) -> Markup {
        "<data value=\"\(number)\" data-path=\"\(path)\">\(number)</data>"
    }
}
