import Foundation
import Testing

@testable import Reporting

/// What a page owes its readers, beyond looking as recorded.
struct PageTests {
    static let pages = [ReportLanguage.en, .ko].map { ReportPage.render(PeriodStory.report(), language: $0) }

    @Test(arguments: pages) func `every figure is the JSON's`(page: String) throws {
        let json = try JSONDecoder().decode(JSON.self, from: JSONEncoder().encode(PeriodStory.report()))
        let figures = page.matches(of: /<data value="([^"]*)" data-path="([^"]*)">/)
        #expect(figures.count > 40)
        for figure in figures {
            #expect(json.at(String(figure.2)) == .number(try #require(Double(figure.1))), "\(figure.2)")
        }
    }

    @Test(arguments: pages) func `the page holds its own JSON, and nothing in it can end the element`(
        page: String
    ) throws {
        let start = try #require(page.firstRange(of: "id=\"report\">")).upperBound
        let end = try #require(page[start...].firstRange(of: "</script>")).lowerBound
        let report = try JSONDecoder().decode(PeriodReport.self, from: Data(page[start..<end].utf8))
        #expect(report == PeriodStory.report())
        #expect(page.matches(of: /<script/).count == 1)
    }

    @Test(arguments: pages) func `nothing leaves the page`(page: String) {
        #expect(page.matches(of: /href="([^"]*)"/).map(\.1) == ["#content"])
        for part in ["src=", "url(", "@import", "<link", "<iframe", "<img"] { #expect(!page.contains(part), "\(part)") }
        #expect(page.contains("default-src 'none'"))
    }

    @Test func `names cannot become markup`() {
        var report = PeriodStory.report()
        report.cluster = "</script><img src=x onerror=alert(1)>\"'&"
        report.workloads[0].workload = "<b>x</b>"
        let page = ReportPage.render(report, language: .en)
        #expect(!page.contains("<img") && !page.contains("<b>x"))
        #expect(page.contains("&lt;b&gt;x&lt;/b&gt;"))
        #expect(page.matches(of: /<\/script>/).count == 1)
    }

    @Test(arguments: pages) func `headings go down one step at a time, and sections are named by them`(page: String) {
        let levels = page.matches(of: /<h([1-6])/).compactMap { Int($0.1) }
        #expect(levels.first == 1)
        #expect(levels.count { $0 == 1 } == 1)
        for (above, below) in zip(levels, levels.dropFirst()) { #expect(below <= above + 1) }
        for name in page.matches(of: /aria-labelledby="([^"]*)"/) { #expect(page.contains("id=\"\(name.1)\"")) }
    }

    @Test(arguments: pages) func `every drawing says what it shows or is left out for those who listen`(page: String) {
        for drawing in page.matches(of: /<svg [^>]*>/) {
            let text = String(drawing.0)
            #expect(text.contains("aria-hidden") || text.contains("role=\"img\" aria-label=\""), "\(text)")
        }
        for box in page.matches(of: /<div class="[^"]*scroll"[^>]*>/) { #expect(box.0.contains("tabindex=\"0\"")) }
        for table in page.components(separatedBy: "<table>").dropFirst() {
            #expect(table.hasPrefix("<caption>") && table.contains("scope=\"col\"") && table.contains("scope=\"row\""))
        }
    }

    @Test func `both languages say everything`() {
        let (english, korean) = (Mirror(reflecting: Wording.english), Mirror(reflecting: Wording.korean))
        for (one, other) in zip(english.children, korean.children) {
            guard let text = one.value as? String, let translated = other.value as? String else { continue }
            #expect(!translated.isEmpty)
            #expect(text == "Not Ready" || text != translated, "\(one.label ?? "")")
        }
        #expect(Wording.english.glossary.count == Wording.korean.glossary.count)
        #expect(Set(Wording.english.units.keys) == Set(Wording.korean.units.keys))
    }
}

/// WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for what a drawing says (1.4.11).
struct ContrastTests {
    static let palettes = PageStyle.text.matches(of: /:root\{([^}]*)\}/).map { Palette(String($0.1)) }

    @Test func `there is a palette for light, dark and paper`() { #expect(Self.palettes.count == 3) }

    @Test(arguments: palettes) func `text can be read`(palette: Palette) throws {
        let pairs = [
            ("ink", "bg"), ("ink", "card"), ("soft", "bg"), ("soft", "card"), ("warn", "bg"), ("good", "goodbg"),
            ("bad", "badbg"), ("warn", "warnbg"), ("accent", "bg"), ("soft", "band"),
        ]
        for (text, ground) in pairs { #expect(try palette.contrast(text, ground) >= 4.5, "\(text) on \(ground)") }
    }

    @Test(arguments: palettes) func `marks can be told from their ground`(palette: Palette) throws {
        for mark in ["drain", "service", "return", "bad", "warn", "accent"] {
            #expect(try palette.contrast(mark, "card") >= 3, "\(mark)")
        }
        for mark in ["drain", "service", "return"] { #expect(try palette.contrast(mark, "band") >= 3, "\(mark)") }
    }
}

struct Palette: Sendable {
    private var colors: [String: [Double]] = [:]

    init(_ text: String) {
        for match in text.matches(of: /--([a-z]+):#([0-9a-f]+)/) {
            let digits = match.2.count == 3 ? match.2.flatMap { [$0, $0] } : Array(match.2)
            colors[String(match.1)] = stride(from: 0, to: 6, by: 2).map {
                Double(Int(String(digits[$0...($0 + 1)]), radix: 16) ?? 0) / 255
            }
        }
    }

    func contrast(_ one: String, _ other: String) throws -> Double {
        let (left, right) = (luminance(try #require(colors[one])), luminance(try #require(colors[other])))
        return (max(left, right) + 0.05) / (min(left, right) + 0.05)
    }

    private func luminance(_ color: [Double]) -> Double {
        let linear = color.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }
}

extension JSON {
    /// The value at a path such as `workloads.0.figures.mttr`.
    func at(_ path: String) -> JSON {
        path.split(separator: ".").reduce(self) { value, key in
            if case .array(let elements) = value, let index = Int(key), elements.indices.contains(index) {
                return elements[index]
            }
            return value[String(key)]
        }
    }
}
