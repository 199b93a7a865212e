import Foundation
import Testing

/// Tests with whole processes, servers and machines: one at a time, as they share two cores with everything else.
@Suite(.serialized, .timeLimit(.minutes(2))) enum Processes {}

extension Processes {
    /// `evenkeel run` as a process against the practice API and a real sshd.
    @Suite(.serialized) struct RunTests {
        private static let run = ["run", "plan.json"]

        @Test func `every node is serviced once and given back, and the report is the only thing on standard output`()
            async throws
        {
            try await Site.with { site in
                try await site.plan()
                let result = try await site.tool.run(Self.run + ["--output", "json"])
                #expect(result.status == .exited(0), "\(result.errors)")
                #expect(site.serviced.sorted() == Site.workers)
                #expect(await site.cordoned().isEmpty)
                let report = try JSONDecoder().decode(ReportTotals.self, from: Data(result.output.utf8)).totals
                #expect(report.nodes == 4)
                #expect(report.returned == 4)
                #expect(report.secondsBelowBudget == 0)
                #expect(result.errorLines.last?.hasSuffix("finished") == true, "\(result.errors)")
            }
        }

        @Test func `a plan that has been carried out does nothing when it is given again`() async throws {
            try await Site.with { site in
                try await site.plan()
                #expect(try await site.tool.run(Self.run + ["--quiet"]).status == .exited(0))
                let again = try await site.tool.run(Self.run)
                #expect(again.status == .exited(0))
                #expect(again.errors.contains("has carried this plan out"))
                #expect(site.serviced.sorted() == Site.workers)
            }
        }

        @Test func `what runs took is what the next plan reckons with, once there is enough of it`() async throws {
            try await Site.with { site in
                let defaults = "2 min to 10 min for the service of a node"
                let plan = ["plan", "service", "--playbook", "count.yaml", "--selector", "role!=bystander"]
                var texts: [String] = []
                for _ in 0...2 {
                    texts.append(try await site.tool.run(plan).output)
                    try await site.plan()
                    #expect(try await site.tool.run(Self.run + ["--quiet"]).status == .exited(0))
                }
                #expect(texts[0].contains(defaults))
                #expect(texts[1].contains(defaults) && texts[1].contains("earlier runs measured 4 services, of 5"))
                #expect(!texts[2].contains(defaults) && texts[2].contains("measured in 8 services of earlier runs"))
            }
        }

        @Test func `a run that died with its last line leaves no lease in the way of the next`() async throws {
            try await Site.with { site in
                try await site.plan()
                // The line is written before the lease is given back; which of the two the kill meets does not matter.
                _ = try await site.tool.run(Self.run) { $0.hasSuffix("finished") }
                let next = try await site.tool.run(Self.run)
                #expect(next.status == .exited(0), "\(next.errors)")
                #expect(site.serviced.sorted() == Site.workers)
            }
        }

        struct Mishap: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var script = "true"
            var timeout = "30s"
            /// What goes wrong in the operator's files.
            var sabotage: @Sendable (Site) throws -> Void = { _ in }
            var status: Int32
            /// All of these are in the line.
            var clues: [String]
            var leavesCordoned = false
        }

        static let mishaps = [
            Mishap(
                testDescription: "an unknown host key",
                sabotage: { try $0.scratch.write("", to: "known_hosts") },
                status: 1,
                clues: ["worker-", "unknown host key", "SHA256:", "compare it", "known_hosts"]
            ),
            Mishap(
                testDescription: "a refused login",
                sabotage: { try $0.scratch.write($0.scratch.text("stranger_key"), to: "client_key") },
                status: 1,
                clues: ["worker-", "login refused", "authorized_keys"]
            ),
            Mishap(
                testDescription: "no private key",
                sabotage: { try FileManager.default.removeItem(atPath: $0.scratch.path("client_key")) },
                status: 1,
                clues: ["worker-", "client_key", "cannot read the private key"]
            ),
            Mishap(
                testDescription: "a step that exits non-zero",
                script: "echo the disk is full >&2; exit 3",
                status: 4,
                clues: ["worker-", "step \u{201C}count\u{201D}", "exit status 3", "evenkeel resume"],
                leavesCordoned: true
            ),
            Mishap(
                testDescription: "a step that outlives its timeout",
                script: "tail -f /dev/null",
                timeout: "1s",
                status: 4,
                clues: ["worker-", "step \u{201C}count\u{201D}", "ran out of time after 1s", "evenkeel resume"],
                leavesCordoned: true
            ),
        ]

        @Test(arguments: mishaps)
        func `what goes wrong on a node is one clear line`(mishap: Mishap) async throws {
            try await Site.with(script: mishap.script, timeout: mishap.timeout) { site in
                try await site.plan()
                try mishap.sabotage(site)
                let result = try await site.tool.run(Self.run + ["--quiet"])
                #expect(result.status == .exited(mishap.status))
                #expect(result.errorLines.count == 1, "\(result.errors)")
                #expect(result.errors.hasPrefix("evenkeel: "))
                for clue in mishap.clues { #expect(result.errors.contains(clue), "\(result.errors)") }
                let cordoned = await site.cordoned()
                #expect(cordoned.isEmpty != mishap.leavesCordoned)
                for node in cordoned {
                    #expect(result.errors.contains(node), "\(node) is cordoned, and nobody says so")
                }
                #expect(site.serviced.isEmpty)
            }
        }

        @Test func `a failed step is tried again by the same plan once its cause is gone`() async throws {
            let script = #"test -e "$(dirname "$SERVICED")/repaired"; echo "$NODE" >> "$SERVICED""#
            try await Site.with(script: script) { site in
                try await site.plan()
                #expect(try await site.tool.run(Self.run + ["--quiet"]).status == .exited(4))
                try site.scratch.write("", to: "repaired")
                let again = try await site.tool.run(Self.run)
                #expect(again.status == .exited(0), "\(again.errors)")
                #expect(site.serviced.sorted() == Site.workers)
                #expect(await site.cordoned().isEmpty)
            }
        }

        @Test func `a node that somebody else has cordoned stays so`() async throws {
            try await Site.with { site in
                await site.cordon(Site.bystander)
                try await site.plan()
                #expect(try await site.tool.run(Self.run + ["--quiet"]).status == .exited(0))
                #expect(await site.cordoned() == [Site.bystander])
            }
        }

        @Test func `--quiet shows the result only, and --verbose every pod that is gone`() async throws {
            try await Site.with { site in
                try await site.plan()
                let loud = try await site.tool.run(Self.run + ["--verbose"])
                #expect(loud.errors.contains(" is gone"))
            }
            try await Site.with { site in
                try await site.plan()
                let silent = try await site.tool.run(Self.run + ["--quiet"])
                #expect(silent.status == .exited(0))
                #expect(silent.errors.isEmpty, "\(silent.errors)")
                #expect(silent.output.contains("worker-1"))
            }
        }
    }

}

struct ReportTotals: Decodable {
    struct Totals: Decodable {
        var nodes: Int
        var returned: Int
        var secondsBelowBudget: Double
    }
    var totals: Totals
}
