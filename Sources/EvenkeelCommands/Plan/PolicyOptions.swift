import ArgumentParser
import ClusterModel
import Planning
import Playbooks

/// What the operator allows; each option has a key under `policy` in evenkeel.yaml, and wins over it.
struct PolicyOptions: ParsableArguments {
    @Option(help: "How many nodes may be out at once, as 3 or 10%.", transform: PolicyArguments.limit)
    var maxOut: CountOrPercent?

    @Option(
        help: "How many nodes of one zone may be out at once, as 2 or 25% of that zone's.",
        transform: PolicyArguments.limit
    )
    var perZone: CountOrPercent?

    @Option(
        name: .customLong("pool"),
        help: ArgumentHelp(
            "How many nodes with these labels may be out at once, as pool=gpu=1 or '!spot=20%'. May be given several times, on top of the settings' own.",
            valueName: "selector=limit"
        ),
        transform: PolicyArguments.pool
    )
    var pools: [PoolLimit] = []

    @Flag(inversion: .prefixedNo, help: "All nodes of a wave stand in one zone.")
    var oneZoneAtATime: Bool?

    @Option(
        help: "How many pods of a workload without a budget may be down at once: none, N or N%.",
        transform: PolicyArguments.defaultBudget
    )
    var defaultBudget: DefaultBudgetArgument?

    @Option(
        help: ArgumentHelp(
            "A first wave of so many workers that is watched before the others follow, as 1 or 2:10m; or none.",
            valueName: "nodes[:soak]"
        ),
        transform: PolicyArguments.canary
    )
    var canary: CanaryArgument?

    @Option(
        help: ArgumentHelp("What to do with the pods of Jobs: evict or wait:DURATION.", valueName: "evict|wait"),
        transform: PolicyArguments.jobs
    )
    var jobs: JobPolicy?

    @Flag(inversion: .prefixedNo, help: "Mark nodes still to come, so that the scheduler prefers others.")
    var steering: Bool?

    @Option(
        name: .customLong("waive"),
        help: ArgumentHelp(
            "An obstacle to go on in spite of, as \"bare-pod shop/debug until 2026-12-24: nobody needs it\". May be given several times, on top of the settings' own.",
            valueName: "rule subject until date: reason"
        ),
        transform: PolicyArguments.waiver
    )
    var waivers: [Waiver] = []

    /// - Parameters:
    ///   - file: where the settings come from, for messages.
    ///   - now: an option that waives something must hold then.
    func policy(over settings: PolicySettings, file: String, at now: Instant) throws -> Policy {
        if let late = waivers.first(where: { $0.expires <= now }) {
            throw CommandFailure(
                "--waive \(late.rule.rawValue) \(late.subject): is over since \(late.expires): give a later date",
                code: .usage
            )
        }
        let kept = settings.pools.filter { pool in !pools.contains { $0.selector == pool.selector } }
        return Policy(
            maxOut: maxOut ?? settings.maxOut,
            perZone: perZone ?? settings.perZone,
            pools: kept.map { PoolLimit(selector: $0.selector, maxOut: $0.maxOut) } + pools,
            oneZoneAtATime: oneZoneAtATime ?? settings.oneZoneAtATime,
            defaultBudget: defaultBudget?.value ?? (defaultBudget == nil ? settings.defaultBudget.limit : nil),
            canary: canary.map(\.canary) ?? settings.canary.map { Canary(nodes: $0.nodes, soak: $0.soak) },
            jobs: jobs ?? settings.jobs.policy,
            steering: steering ?? settings.steering,
            waivers: try settings.waivers.enumerated().map { try $1.waiver(at: $0, of: file) } + waivers
        )
    }
}

extension PolicySettings.DefaultBudget {
    fileprivate var limit: CountOrPercent? {
        if case .maxUnavailable(let value) = self { value } else { nil }
    }
}

extension PolicySettings.Jobs {
    fileprivate var policy: JobPolicy {
        switch self {
        case .evict: .evict
        case .wait(let limit): .wait(upTo: limit)
        }
    }
}

extension PolicySettings.Waiver {
    fileprivate func waiver(at index: Int, of file: String) throws -> Waiver {
        do {
            return try Waiver(rule: rule, subject: subject, until: until, reason: reason)
        } catch {
            throw CommandFailure("\(file):\(line): policy.waivers[\(index)]: \(error)")
        }
    }
}
