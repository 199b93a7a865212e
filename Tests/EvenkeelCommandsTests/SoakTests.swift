import Foundation
import TestSupport
import Testing

extension Processes {
    /// Long runs by hand: `EVENKEEL_SOAK=N` does N, each killed after random lines until one run comes to its end.
    @Suite(.serialized, .enabled(if: Soak.runs > 0, "set EVENKEEL_SOAK to a number of runs"))
    struct SoakTests {
        @Test(arguments: 0..<max(1, Soak.runs))
        func `a run that is killed at random moments does everything once`(seed: Int) async throws {
            var random = SplitMix(seed: UInt64(seed))
            try await Site.with(cluster: Site.cluster(seed: UInt64(seed))) { site in
                await site.cordon(Site.bystander)
                try await site.plan()
                var kills = 0
                while true {
                    // Past the last line nobody is killed any more; each time the way there is shorter.
                    var left = Int(random.next() % 50) + 1
                    let result = try await site.tool.run(["run", "plan.json", "--verbose"]) { _ in
                        left -= 1
                        return left == 0
                    }
                    if result.status == .exited(0) { break }
                    kills += 1
                    try #require(result.status == .signaled(9), "seed \(seed), kill \(kills): \(result.errors)")
                    try #require(kills < 200, "seed \(seed) comes to no end")
                }
                await site.expectDoneOnce()
            }
        }
    }
}

private enum Soak {
    static let runs = Int(ProcessInfo.processInfo.environment["EVENKEEL_SOAK"] ?? "") ?? 0
}
