import Foundation
import Testing

@testable import Reporting

/// The forms of a report in the hands of the programs they are for, where those are installed; with `make soak` only.
@Suite(.serialized, .enabled(if: Program.isWanted, "set EVENKEEL_SOAK")) struct ReportSoakTests {
    @Test(.enabled(if: Program.promtool.isThere)) func `promtool has nothing to say of the metrics`() throws {
        let result = try Program.promtool.run(["check", "metrics"], input: PeriodMetrics.render(PeriodStory.report()))
        #expect(result.status == 0)
        #expect(result.output.isEmpty, "\(result.output)")
    }

    @Test(.enabled(if: Program.chromium.isThere), arguments: [ReportLanguage.en, .ko])
    func `a browser shows the page without a complaint and asks nobody for anything`(language: ReportLanguage) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "evenkeel-page-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let page = folder.appending(path: "page.html")
        try Data(ReportPage.render(PeriodStory.report(), language: language).utf8).write(to: page)
        let result = try Program.chromium.run([
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--user-data-dir=\(folder.path)/profile", "--enable-logging=stderr", "--log-level=0",
            "--log-net-log=\(folder.path)/net.json", "--dump-dom", page.absoluteString,
        ])
        #expect(result.status == 0)
        #expect(!result.output.contains("CONSOLE"), "\(result.output)")
        #expect(result.output.contains("data-path=\"totals.secondsDown\""))
        let requests = try String(contentsOf: folder.appending(path: "net.json"), encoding: .utf8)
        // A page from a file asks as "null"; what the browser asks its maker for by itself has no origin at all.
        #expect(!requests.contains("\"initiator\":\"null\""))
    }
}

/// A program of the machine.
struct Program: Sendable {
    static let isWanted = (Int(ProcessInfo.processInfo.environment["EVENKEEL_SOAK"] ?? "") ?? 0) > 0
    static let promtool = Program(path: "/usr/bin/promtool")
    static let chromium = Program(path: "/usr/bin/chromium")

    var path: String

    var isThere: Bool { FileManager.default.isExecutableFile(atPath: path) }

    /// Standard output and error come together.
    func run(_ arguments: [String], input: String = "") throws -> (status: Int32, output: String) {
        let process = Process()
        let (reading, writing) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = reading
        process.standardOutput = writing
        process.standardError = writing
        try process.run()
        reading.fileHandleForWriting.write(Data(input.utf8))
        try reading.fileHandleForWriting.close()
        let output = try writing.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
}
