import ClusterModel
import Foundation
import Playbooks
import Reliability
import Testing

@testable import EvenkeelCommands

extension Processes {
    /// A report that asks a Prometheus; here a web server that answers as one would.
    @Suite(.serialized) struct PrometheusSourceTests {
        private static let start: Int64 = 1_795_000_000
        private static let window = Interval(
            from: Instant(milliseconds: start * 1000),
            to: Instant(milliseconds: (start + 600) * 1000)
        )

        private static func probe(_ web: LocalWeb) -> ProbeSettings {
            ProbeSettings(
                workload: "shop/web",
                name: "up",
                target: .prometheus(query: "up + 0", server: "http://127.0.0.1:\(web.port)", atLeast: 1),
                interval: .seconds(15)
            )
        }

        private static func matrix(_ series: [[(Int64, String)]]) -> String {
            let all = series.map { points in
                let values = points.map { "[\(start + $0.0),\"\($0.1)\"]" }.joined(separator: ",")
                return #"{"metric":{"pod":"x"},"values":[\#(values)]}"#
            }
            return #"{"status":"success","data":{"resultType":"matrix","result":[\#(all.joined(separator: ","))]}}"#
        }

        @Test
        func `each step holds until the next, the lowest series counts, and where there is no value nobody looked`()
            async throws
        {
            try await LocalWeb.with { web in
                let first: [(Int64, String)] = [
                    (0, "1"), (15, "1"), (30, "0"), (45, "0"), (60, "1"), (300, "1"), (315, "1"),
                ]
                let second: [(Int64, String)] = [(60, "NaN"), (75, "1"), (90, "1")]
                web.set { $0.body = Self.matrix([first, second]) }
                let record = try #require(
                    try await PrometheusSeries(asked: [Self.probe(web)]).records(in: Self.window).first
                )
                #expect(record.id.source == "prometheus" && record.looks == nil)
                #expect(record.timeline.observed(in: Self.window).duration == .seconds(90 + 15))
                #expect(record.timeline.down(in: Self.window).duration == .seconds(45))
            }
        }

        @Test func `a refusal of the query, another server and none at all are told in one line`() async throws {
            try await LocalWeb.with { web in
                web.set { $0.body = #"{"status":"error","errorType":"bad_data","error":"parse error"}"# }
                await Self.expect("parse error", asking: Self.probe(web))
                web.set { $0.body = "<html>" }
                await Self.expect("no JSON of a Prometheus", asking: Self.probe(web))
            }
            var nobody = ProbeSettings(
                workload: "shop/web",
                name: "up",
                target: .prometheus(query: "up", server: "http://127.0.0.1:1", atLeast: 1)
            )
            await Self.expect("cannot be asked", asking: nobody)
            // One that the settings name is said, and the report is drawn up without it.
            nobody.interval = .seconds(15)
            #expect(try await PrometheusSeries(named: [nobody]).records(in: Self.window).isEmpty)
        }

        private static func expect(_ text: String, asking probe: ProbeSettings) async {
            await #expect {
                _ = try await PrometheusSeries(asked: [probe]).records(in: window)
            } throws: { ($0 as? CommandFailure).map { "\($0)".contains(text) } ?? false }
        }

        @Test func `the command line names the server and the query, or neither`() async throws {
            try await Scratch.with { scratch in
                let tool = Tool(folder: scratch.folder)
                for half in [["--prometheus", "http://p"], ["--query", "shop/web=up"]] {
                    let result = try await tool.run(["report"] + half)
                    #expect(result.status == .exited(64))
                }
            }
        }
    }
}
