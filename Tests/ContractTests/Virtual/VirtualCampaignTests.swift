import Foundation
import Testing

/// Random campaigns in virtual time, watched by somebody who knows nothing of the run.
struct VirtualCampaignTests {
    private static let blocks = 10

    /// `EVENKEEL_SEED` begins elsewhere; `make soak` asks for more of them.
    private static let start = environment("EVENKEEL_SEED") ?? 1
    private static let count = environment("EVENKEEL_CAMPAIGNS") ?? 1000

    private static func environment(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(arguments: 0..<blocks)
    func `no campaign exceeds a budget by an eviction or forgets a node`(block: Int) {
        var evictions = 0
        var finished = 0
        var nodes = 0
        for index in stride(from: block, to: Int(Self.count), by: Self.blocks) {
            let seed = Self.start + UInt64(index)
            var campaign = VirtualCampaign(seed: seed, isPlanned: index / Self.blocks % 5 == 0)
            let end = campaign.drive()
            evictions += campaign.witness.evictions
            if end == .finished { finished += 1 }
            nodes += campaign.plannedNodes.count
            #expect(campaign.witness.violations.isEmpty, "seed \(seed)")
            #expect(end != .stuck, "seed \(seed)")
            var expected = [campaign.foreignNode: ""]
            for node in campaign.known { expected[node] = VirtualCampaign.run }
            #expect(campaign.cordons == expected, "seed \(seed): \(end)")
            if end == .finished {
                #expect(campaign.known.isEmpty, "seed \(seed)")
                #expect(Set(campaign.services.keys) == Set(campaign.plannedNodes), "seed \(seed)")
            }
        }
        // A suite in which nothing happens would prove nothing.
        #expect(evictions > 0)
        #expect(finished > 0)
        #expect(nodes > 0)
    }
}
