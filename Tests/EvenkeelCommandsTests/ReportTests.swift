import Foundation
import Testing

extension Processes {
    /// `evenkeel report` and `watch` as processes, against the practice API.
    @Suite(.serialized) struct ReportTests {
        @Test func `a period's report has what the run did, in every form`() async throws {
            try await Site.with { site in
                try await site.plan()
                #expect(
                    try await site.tool.run(["run", "plan.json", "--quiet", "--state", "state"]).status == .exited(0)
                )
                try site.addObjective()
                let report = ["report", "--state", "state", "--last", "1h", "--output"]
                let json = try await site.tool.run(report + ["json"])
                #expect(json.status == .exited(0), "\(json.errors)")
                let period = try JSONDecoder().decode(PeriodFacts.self, from: Data(json.output.utf8))
                #expect(period.changes.services == 4)
                #expect(period.nodes.map(\.node) == Site.workers)
                #expect(period.objectives.map(\.workload) == ["shop/*"])
                #expect(period.totals.secondsObserved > 0)
                #expect(try await site.tool.run(report + ["csv"]).output.hasPrefix("cluster,from,to,scope,"))
                #expect(try await site.tool.run(report + ["openmetrics"]).output.hasSuffix("\n# EOF\n"))
                let page = try await site.tool.run([
                    "report", "--state", "state", "--output", "html", "--language", "ko",
                ])
                #expect(page.output.hasPrefix("<!doctype html>\n<html lang=\"ko\">"))
            }
        }

        @Test func `a killed watcher vouches for no time but what it wrote`()
            async throws
        {
            try await Site.with { site in
                let watch = ["watch", "--config", "evenkeel.yaml", "--state", "state"]
                for _ in 0..<2 {
                    let killed = try await site.tool.run(watch) { $0.contains("watching 3 workloads and 5 nodes") }
                    #expect(killed.status != .exited(0))
                }
                let result = try await site.tool.run(["report", "--state", "state", "--last", "1h", "--output", "json"])
                #expect(result.status == .exited(0), "\(result.errors)")
                let period = try JSONDecoder().decode(PeriodFacts.self, from: Data(result.output.utf8))
                // Each wrote down its first look and nothing after it.
                #expect(period.observation.secondsUnobserved == 3600)
                #expect(period.nodes.isEmpty && period.totals.secondsObserved == 0)
            }
        }

        @Test(arguments: [
            (["--month", "2026-13"], "is no month"), (["--last", "30"], "is no length of time"),
            (["--month", "2026-10", "--time-zone", "Mars/Base"], "there is no such zone"),
            (["--from", "tomorrow"], "is no day and no moment"),
            (["--from", "2026-10-02", "--to", "2026-10-01"], "before"),
            (["--to", "2026-10-01"], "needs --from"), (["--run", "x", "--last", "1d"], "contradict"),
            (["--workload", "a/b", "--node", "n"], "give one of them"),
        ]) func `a period that makes no sense is wrong usage`(arguments: [String], clue: String) async throws {
            try await Scratch.with { scratch in
                let result = try await Tool(folder: scratch.folder).run(["report", "--state", "state"] + arguments)
                #expect(result.status == .exited(64))
                #expect(result.errors.contains(clue), "\(result.errors)")
            }
        }

        @Test func `watching without an API is one line and a failure`() async throws {
            try await Scratch.with { scratch in
                let result = try await Tool(folder: scratch.folder).run([
                    "watch", "--kubeconfig", "none", "--state", "s",
                ])
                #expect(result.status == .exited(1))
                #expect(result.errorLines.count == 1, "\(result.errors)")
            }
        }
    }
}

extension Site {
    fileprivate func addObjective() throws {
        let text = try scratch.text("evenkeel.yaml")
        try scratch.write(text + "objectives: [{workload: shop/*, availability: 99.9%}]\n", to: "evenkeel.yaml")
    }
}

private struct PeriodFacts: Decodable {
    struct Changes: Decodable { var services: Int }
    struct Totals: Decodable { var secondsObserved, secondsDown: Double }
    struct Observation: Decodable { var secondsUnobserved: Double }
    struct Node: Decodable { var node: String }
    struct Objective: Decodable { var workload: String }

    var changes: Changes
    var totals: Totals
    var observation: Observation
    var nodes: [Node]
    var objectives: [Objective]
}
