import Foundation
import Testing

extension Processes {
    /// A real Prometheus beside `evenkeel watch`, where it is installed; with `make soak` only.
    @Suite(.enabled(if: Scraper.isWanted, "set EVENKEEL_SOAK, and install prometheus")) struct ScrapeSoakTests {
        @Test func `a Prometheus scrapes what a watcher serves`() async throws {
            try await Site.with { site in
                let (metrics, own) = (Int.random(in: 10_000..<20_000), Int.random(in: 20_000..<30_000))
                let watch = [
                    "watch", "--config", "evenkeel.yaml", "--state", "state", "--metrics", "127.0.0.1:\(metrics)",
                ]
                var answers: [String: String] = [:]
                let result = try await site.tool.run(watch) { line in
                    guard line.contains("watching") else { return false }
                    let scraper = try Scraper(in: site.scratch, target: metrics, port: own)
                    defer { scraper.process.terminate() }
                    for query in ["up", "evenkeel_period_seconds"] { answers[query] = try scraper.ask(query) }
                    return true
                }
                #expect(answers["up"]?.contains("=> 1 ") == true, "\(answers) \(result.errors)")
                #expect(answers["evenkeel_period_seconds"]?.contains("=> 2592000 ") == true, "\(answers)")
            }
        }
    }
}

/// A Prometheus that scrapes one target every second.
private struct Scraper {
    static var isWanted: Bool {
        let soaks = Int(ProcessInfo.processInfo.environment["EVENKEEL_SOAK"] ?? "") ?? 0
        return soaks > 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/prometheus")
    }

    let process = Process()
    private let port: Int

    init(in scratch: Scratch, target: Int, port: Int) throws {
        self.port = port
        let file = try scratch.write(
            """
            global: {scrape_interval: 1s}
            scrape_configs: [{job_name: evenkeel, static_configs: [{targets: ["127.0.0.1:\(target)"]}]}]

            """,
            to: "prometheus.yml"
        )
        process.executableURL = URL(fileURLWithPath: "/usr/bin/prometheus")
        process.arguments = [
            "--config.file=\(file)", "--storage.tsdb.path=\(scratch.path("tsdb"))",
            "--web.listen-address=127.0.0.1:\(port)",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// Asks until there is an answer.
    func ask(_ query: String) throws -> String {
        for _ in 0..<2000 {
            let promtool = Process()
            let pipe = Pipe()
            promtool.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
            promtool.arguments = ["query", "instant", "http://127.0.0.1:\(port)", query]
            promtool.standardOutput = pipe
            promtool.standardError = FileHandle.nullDevice
            try promtool.run()
            let answer = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
            promtool.waitUntilExit()
            if answer.contains("=>"), query != "up" || answer.contains("=> 1 ") { return answer }
        }
        return ""
    }
}
