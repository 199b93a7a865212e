import ArgumentParser
import ClusterModel
import Planning
import Playbooks

/// What the operator allows for one node.
struct DrainOptions: ParsableArguments {
    @Option(
        help:
            "How long the pods may take to leave and to run elsewhere, as 10m; by default the settings' timeouts.drain.",
        transform: Self.duration
    )
    var timeout: Duration?

    @Option(
        help: "How many pods of a workload without a budget may be down at once: none, N or N%.",
        transform: PolicyArguments.defaultBudget
    )
    var defaultBudget: DefaultBudgetArgument?

    @Option(
        help: ArgumentHelp("What to do with the pods of Jobs: evict or wait:DURATION.", valueName: "evict|wait"),
        transform: PolicyArguments.jobs
    )
    var jobs: JobPolicy?

    @Option(
        name: .customLong("waive"),
        help: ArgumentHelp(
            "An obstacle to go on in spite of, as \"bare-pod shop/debug until 2026-12-24: nobody needs it\". May be given several times, on top of the settings' own.",
            valueName: "rule subject until date: reason"
        ),
        transform: PolicyArguments.waiver
    )
    var waivers: [Waiver] = []

    /// Limits on how many nodes are out together are a campaign's: who drains a node by name has chosen.
    func policy(over settings: PolicySettings, file: String, at now: Instant) throws -> Policy {
        var options = PolicyOptions(parsed: ())
        options.defaultBudget = defaultBudget
        options.jobs = jobs
        options.waivers = waivers
        var policy = try options.policy(over: settings, file: file, at: now)
        policy.maxOut = .percent(100)
        policy.perZone = nil
        policy.pools = []
        policy.oneZoneAtATime = false
        policy.canary = nil
        policy.steering = false
        return policy
    }

    @Sendable private static func duration(_ text: String) throws -> Duration {
        guard let duration = DurationText.parse(Substring(text)), duration > .zero else {
            throw BadValue(description: "write it as 90s, 10m or 1h30m")
        }
        return duration
    }
}

extension PolicyOptions {
    /// As if no option had been given.
    fileprivate init(parsed: Void) {
        self.init()
        maxOut = nil
        perZone = nil
        pools = []
        oneZoneAtATime = nil
        defaultBudget = nil
        canary = nil
        jobs = nil
        steering = nil
        waivers = []
    }
}
