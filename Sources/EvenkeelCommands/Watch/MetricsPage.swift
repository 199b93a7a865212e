import ClusterModel
import Foundation
import Ports
import Reliability
import Reporting

/// The last thirty days as OpenMetrics, drawn up anew so seldom that it takes a twentieth of the time at most.
actor MetricsPage {
    private static let period = Duration.seconds(30 * 86_400)
    private static let freshness = Duration.seconds(5)

    private let source: ReportSourceOptions
    private let time: any Timepiece
    private var latest: (text: String, until: Instant)?

    /// - Parameters:
    ///   - journal: The record of runs that the observations lie beside.
    ///   - config: The settings file, for its objectives.
    init(journal: String, cluster: String, config: String?, time: some Timepiece) {
        var source = ReportSourceOptions()
        source.state = URL(fileURLWithPath: journal).deletingLastPathComponent().path
        source.clusterName = cluster
        source.config = config
        self.source = source
        self.time = time
    }

    func text() async throws -> String {
        let now = time.now
        if let latest, now < latest.until { return latest.text }
        let objectives = try source.objectives(labels: try await source.labels())
        let period = ReportPeriod(Interval(from: now + (.zero - Self.period), to: now), name: "last 30d", zone: .gmt)
        let (ledger, chosen) = try await LedgerSource(source: source, now: now).ledger(
            run: nil,
            in: period,
            zone: .gmt,
            lookingBack: objectives.map(\.objective.window).max()
        )
        let text = PeriodMetrics.render(ledger.report(on: chosen, objectives: objectives))
        let done = time.now
        latest = (text, done + max(Self.freshness, done.since(now) * 20))
        return text
    }
}
