import FoundationEssentials
import Reporting
import Testing

struct PeriodGoldenTests {
    @Test func `a period for a terminal`() throws {
        try Golden.expect(PeriodTable.render(PeriodStory.report(), width: 120, color: false), is: "period.txt")
    }

    @Test func `a period as CSV`() throws {
        try Golden.expect(PeriodCSV.render(PeriodStory.report()), is: "period.csv")
    }

    @Test func `a period for Prometheus`() throws {
        try Golden.expect(PeriodMetrics.render(PeriodStory.report()), is: "period.prom")
    }

    @Test func `a period as JSON`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let text = String(decoding: try encoder.encode(PeriodStory.report()), as: UTF8.self)
        try Golden.expect(text + "\n", is: "period.json")
    }

    @Test(arguments: [ReportLanguage.en, .ko]) func `a period as a page`(language: ReportLanguage) throws {
        try Golden.expect(
            ReportPage.render(PeriodStory.report(), language: language),
            is: "period.\(language.rawValue).html"
        )
    }
}
