import ArgumentParser
import ClusterModel
import Execution
import Planning
import Playbooks
import Rollout

/// How a run goes about its plan; each is a key of the settings as well, and the flag wins.
struct RuleOptions: ParsableArguments {
    @Option(
        name: .customLong("window"),
        help: "A maintenance window, as \"Sat 01:00-05:00 Asia/Seoul\"; may be given several times."
    )
    var windows: [String] = []

    @Option(help: "How many nodes must have failed before nothing new starts.")
    var maxFailures: Int?

    @Option(help: "hold: a failed node stays cordoned for you to look at; undo: its steps are taken back first.")
    var onFailure: PolicySettings.OnFailure?

    @Option(help: "Where the cluster is no longer as planned: replan the rest, or halt and say what differs.")
    var onDrift: PolicySettings.OnDrift?

    @Option(
        help: """
            wave: a wave starts once the one before is done; eager: a node starts as soon as its own proof holds and the \
            limits allow, never waiting for a straggler.
            """
    )
    var pace: PolicySettings.Pace?

    @Option(
        help: """
            What becomes of nodes that are out when a window closes: finish them, or pause them after their present step \
            until the next one.
            """
    )
    var onWindowClose: PolicySettings.OnWindowClose?
}

extension PolicySettings.OnFailure: ExpressibleByArgument {}
extension PolicySettings.OnDrift: ExpressibleByArgument {}
extension PolicySettings.Pace: ExpressibleByArgument {}
extension PolicySettings.OnWindowClose: ExpressibleByArgument {}

/// What the settings and the options say of how a run goes about its plan.
struct CampaignRules {
    var options: RuleOptions
    var settings: SiteSettings
    var now: Instant

    func apply(to outline: inout RolloutOutline) throws {
        outline.windows = WindowSchedule(try windows())
        // The upper ends of what the plan's estimate says.
        let times = DurationEstimates()
        outline.expected = ExpectedTimes(
            service: .milliseconds(Int64((times.service.high + times.recovery.high) * 1000)),
            round: .milliseconds(Int64(times.round.high * 1000))
        )
        outline.gates = gates()
        outline.maxFailures = options.maxFailures ?? settings.policy.maxFailures
        guard outline.maxFailures >= 1 else { throw CommandFailure("--max-failures must be at least 1", code: .usage) }
        outline.haltsOnDrift = (options.onDrift ?? settings.policy.onDrift) == .halt
        outline.pace = (options.pace ?? settings.policy.pace) == .eager ? .eager : .wave
        outline.onWindowClose = (options.onWindowClose ?? settings.policy.onWindowClose) == .pause ? .pause : .finish
        outline.undoesFailures = (options.onFailure ?? settings.policy.onFailure) == .undo
    }

    private func gates() -> GateNames {
        func names(_ place: GateSettings.Place) -> [String] {
            settings.gates.filter { $0.places.contains(place) }.map(\.name)
        }
        return GateNames(
            campaign: names(.campaign),
            waves: names(.waves),
            nodes: names(.nodes),
            end: names(.end)
        )
    }

    private func windows() throws -> [MaintenanceWindow] {
        let given = try options.windows.map { text in
            guard let window = WindowSettings(text) else {
                throw CommandFailure("--window \"\(text)\": \(WindowSettings.form)", code: .usage)
            }
            return window
        }
        return try (given.isEmpty ? settings.windows : given).map { window in
            guard let zone = ZoneClock(systemZone: window.zone, from: now) else {
                throw CommandFailure("\(window.zone) is no time zone: write it as Asia/Seoul", code: .usage)
            }
            return MaintenanceWindow(days: window.days, start: window.start, end: window.end, zone: zone)
        }
    }
}
