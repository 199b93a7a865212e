import Foundation
import Testing

extension Conformance {
    /// A whole campaign by the command itself, judged by the observer alone.
    @Suite(.wholeLab) struct CampaignTests {
        /// How far the report may be from what the observer saw, in seconds.
        private static let tolerance = 1.0
        private static let maxOut = 2

        @Test func `a campaign serves every node once, breaks no budget, and reports the downtime that was`()
            async throws
        {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                let campaign = try Campaign(lab, scratch)
                let seen = try await Observer.watching(lab) { observer in
                    try await campaign.planAndRun()
                    try await observer.waitUntilWhole()
                }
                let end = ContinuousClock.now
                let report = try await campaign.report()

                #expect(seen.interruptions.isEmpty)
                #expect(seen.violations.isEmpty)
                try expectEveryNodeServed(lab, campaign, seen)
                try await expectNothingLeft(in: lab)
                expectAgreement(of: report, with: seen, until: end)
                #expect((report.integer("evictions") ?? report.objects("evictions").count) == seen.ended.count)
                #expect(Set(report.objects("nodes").compactMap { $0.string("node") }) == Set(lab.nodes))
            }
        }

        private func expectEveryNodeServed(_ lab: Lab, _ campaign: Campaign, _ seen: Observation) throws {
            for node in lab.nodes {
                #expect(seen.cordons(of: node) == [false, true, false], "\(node)")
                #expect(try campaign.marks(of: node).count == 1, "\(node)")
            }
            #expect(seen.mostCordoned <= Self.maxOut)
        }

        private func expectNothingLeft(in lab: Lab) async throws {
            for node in try await lab.request("GET", "/api/v1/nodes").objects("items").compactMap(NodeFact.init) {
                #expect(!node.cordoned, "\(node.name)")
                #expect(!node.annotations.contains { $0.contains("evenkeel") }, "\(node.name): \(node.annotations)")
            }
        }

        private func expectAgreement(of report: JSONObject, with seen: Observation, until end: ContinuousClock.Instant)
        {
            let rows = report.objects("workloads").map { ($0.string("workload") ?? "", $0) }
            let reported = Dictionary(rows) { first, _ in first }
            for workload in seen.replicas.keys.sorted() {
                let down = seen.time(workload, below: 1, .untilTerminating, until: end).seconds
                let below = seen.time(workload, below: seen.desired(workload) ?? 0, .untilTerminating, until: end)
                    .seconds
                // A workload that the report leaves out had, by its word, no trouble.
                let reportedDown = reported[workload]?.number("secondsDown") ?? 0
                let reportedBelow = reported[workload]?.number("secondsBelowBudget") ?? 0
                #expect(abs(reportedDown - down) <= Self.tolerance, "\(workload): \(reportedDown) s, seen \(down) s")
                #expect(
                    abs(reportedBelow - below) <= Self.tolerance,
                    "\(workload): \(reportedBelow) s, seen \(below) s"
                )
            }
            // One pod whose replacement needs some seconds: a campaign that hurt nobody would prove nothing here.
            #expect(seen.time("shop/solo", below: 1, .untilTerminating, until: end) > .seconds(1))
        }

        /// The commands of one campaign and the files between them.
        private struct Campaign {
            private let evenkeel: Evenkeel
            private let lab: Lab
            private let scratch: Scratch
            private let marks: String
            private let playbook: String
            private let settings: String

            init(_ lab: Lab, _ scratch: Scratch) throws {
                self.lab = lab
                self.scratch = scratch
                evenkeel = try Evenkeel()
                marks = scratch.path("marks")
                try FileManager.default.createDirectory(atPath: marks, withIntermediateDirectories: true)
                playbook = try lab.writePlaybook(in: scratch, marks: marks)
                settings = try lab.writeSettings(in: scratch)
            }

            func planAndRun() async throws {
                let plan = try await evenkeel.run(
                    "plan",
                    "service",
                    "--playbook",
                    playbook,
                    "--kubeconfig",
                    lab.kubeconfig("admin"),
                    "--max-out",
                    "\(maxOut)",
                    "--output",
                    "json"
                )
                try #require(plan.status == 0, "plan: \(plan.errors)\(plan.output)")
                let planned = try #require(JSONObject(text: plan.output), "plan printed no JSON")
                #expect(planned.object("totals").integer("nodes") == lab.nodes.count)
                let file = try scratch.write("plan.json", plan.output)
                let run = try await evenkeel.run(
                    "run",
                    file,
                    "--kubeconfig",
                    lab.kubeconfig("admin"),
                    "--config",
                    settings,
                    "--state",
                    scratch.path("state")
                )
                try #require(run.status == 0, "run: \(run.errors)\(run.output)")
            }

            func report() async throws -> JSONObject {
                let result = try await evenkeel.run("report", "--state", scratch.path("state"), "--output", "json")
                try #require(result.status == 0, "report: \(result.errors)")
                return try #require(JSONObject(text: result.output), "report printed no JSON")
            }

            func marks(of node: String) throws -> [Substring] {
                try String(contentsOfFile: marks + "/" + node, encoding: .utf8).split(separator: "\n")
            }
        }
    }
}

extension Duration {
    fileprivate var seconds: Double { self / .seconds(1) }
}
