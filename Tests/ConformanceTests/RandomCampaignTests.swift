import Foundation
import Testing

extension Conformance {
    /// Random workloads, budgets and faults, and an observer who knows nothing of the run.
    @Suite(.wholeLab) struct RandomCampaignTests {
        /// `EVENKEEL_SEED` begins elsewhere; `make soak` asks for more of them.
        private static let start = environment("EVENKEEL_SEED") ?? 1
        private static let seeds = (0..<(environment("EVENKEEL_CAMPAIGNS") ?? 3)).map { start + $0 }

        private static func environment(_ name: String) -> UInt64? {
            ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
        }

        @Test(arguments: seeds)
        func `no random campaign exceeds a budget by an eviction, or forgets a node`(seed: UInt64) async throws {
            let lab = try Lab.required()
            var campaign = RandomCampaign(seed: seed, on: lab)
            let outcome = try await campaign.run()
            print("seed \(seed): \(campaign.nodes), \(outcome.evictions) evictions, \(outcome.story)")
            #expect(outcome.result.status == 0, "\(outcome.result.errors)")
            #expect(outcome.faults.isEmpty)
            #expect(outcome.leftovers.isEmpty)
            #expect(outcome.evictions > 0)
            for node in campaign.nodes {
                let count = outcome.services[node] ?? 0
                // A run that dies between a step and its word for it does the step again.
                #expect(campaign.isKilled ? count >= 1 : count == 1, "\(node): \(count)")
            }
        }
    }
}
