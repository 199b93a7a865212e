import Foundation
import TestSupport
import Testing

extension Conformance {
    /// `kill -9` of the real process at random instants, on a real control plane with real sshd.
    @Suite(.wholeLab) struct KillTests {
        /// At least so many kills in each campaign.
        private static let kills = 5
        /// `EVENKEEL_SOAK=N` makes it N campaigns.
        static let seeds = 0..<max(1, Int(ProcessInfo.processInfo.environment["EVENKEEL_SOAK"] ?? "") ?? 1)

        @Test(arguments: seeds)
        func `a campaign that is killed at random instants does everything once, and loses nothing it acknowledged`(
            seed: Int
        ) async throws {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                // In a zone that the campaign leaves alone, and cordoned before it is planned: nothing has to wait for it.
                let foreign = "node-8"
                try await lab.cordon(foreign, true)
                let campaign = try await KillCampaign(lab, ["node-1", "node-3", "node-6", "node-7"], scratch)
                let seen = try await Observer.watching(lab) { observer in
                    try await kill(campaign, seed: seed)
                    try await observer.wait("the workloads are whole again") { $0.isWhole }
                }
                let isStill = try await lab.request("GET", "/api/v1/nodes/\(foreign)").object("spec")
                    .flag("unschedulable")
                try await lab.cordon(foreign, false)
                #expect(isStill, "the foreign cordon was taken away")
                #expect(seen.cordons(of: foreign) == [true])
                #expect(seen.interruptions.isEmpty)
                #expect(seen.violations.isEmpty)
                for node in campaign.nodes { #expect(seen.cordons(of: node) == [false, true, false], "\(node)") }
                try await campaign.expectDoneOnce()
            }
        }

        /// Kills and takes up, over and over, then lets the campaign come to its end.
        private func kill(_ campaign: KillCampaign, seed: Int) async throws {
            var random = SplitMix(seed: UInt64(seed))
            var acknowledged: [String] = []
            for kill in 1...Self.kills {
                // An instant is a line of progress and some time: too early for the campaign's end on any machine.
                var left = 3 + Int(random.next() % 9)
                let pause = Duration.milliseconds(Int(random.next() % 400))
                let moment: (String) -> Bool = { _ in
                    left -= 1
                    return left == 0
                }
                let life =
                    acknowledged.isEmpty
                    ? try await campaign.begin(state: "state", killing: pause, after: moment)
                    : try await campaign.resume(state: "state", killing: pause, after: moment)
                try #require(life.wasKilled, "seed \(seed), kill \(kill): \(life.errors)")
                let journal = try await campaign.journal(state: "state")
                #expect(Array(journal.prefix(acknowledged.count)) == acknowledged, "seed \(seed), kill \(kill)")
                for line in life.lines where line.contains("  node-") {
                    let text = line.components(separatedBy: "  ").dropFirst().joined(separator: "  ")
                    #expect(journal.contains { $0.hasSuffix(text) }, "seed \(seed), kill \(kill): \(line)")
                }
                acknowledged = journal
            }
            let last = try await campaign.resume(state: "state")
            try #require(last.status == 0 && !last.wasKilled, "seed \(seed): \(last.errors)")
            let journal = try await campaign.journal(state: "state")
            #expect(Array(journal.prefix(acknowledged.count)) == acknowledged, "seed \(seed)")
        }

        @Test func `a machine that comes back after another took its campaign over stops before any write`()
            async throws
        {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                let campaign = try await KillCampaign(lab, Array(lab.nodes[4..<6]), scratch)
                let first = try await campaign.begin(state: "a") { $0.contains("drained") }
                try #require(first.wasKilled, "\(first.errors)")
                try campaign.copyState("a", to: "copy")
                try campaign.loseState("a")
                // Waits until the lease of the machine that is gone has run out, and is killed amid its work.
                let second = try await campaign.resume(["--from-cluster"], state: "b") { $0.contains(": verified") }
                try #require(second.wasKilled, "\(second.errors)")
                #expect(second.errors.contains("takes over run-"), "\(second.errors)")
                try campaign.copyState("copy", to: "a")
                let before = try await lab.fingerprint()
                let back = try await campaign.resume(state: "a")
                #expect(back.status == 1 && back.errors.contains("was taken over by"), "\(back.errors)")
                #expect(try await lab.fingerprint() == before)
                let last = try await campaign.resume(state: "b")
                #expect(last.status == 0, "\(last.errors)")
                let late = try await campaign.resume(state: "a")
                #expect(late.status == 1 && late.errors.contains("was taken over by"), "\(late.errors)")
                try await campaign.expectDoneOnce()
            }
        }
    }
}

extension Observation {
    /// Every workload has as many ready pods as it asks for.
    fileprivate var isWhole: Bool {
        replicas.allSatisfy { workload, replicas in
            lastPods.values.count { $0.workload == workload && $0.ready && !$0.terminating } == replicas
        }
    }
}
