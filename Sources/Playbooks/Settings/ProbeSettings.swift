/// How a workload is looked at from outside, again and again.
package struct ProbeSettings: Hashable, Sendable {
    package enum Target: Hashable, Sendable {
        /// Answers with one of these statuses, and with this text in the body where one is given.
        case http(url: String, statuses: ClosedRange<Int>, body: String?)
        /// Accepts a connection.
        case tcp(host: String, port: Int)
        /// Exits with 0, run by `/bin/sh`.
        case command(String)
        /// Every value of the query is this at least; asked for when a report is drawn up.
        case prometheus(query: String, server: String, atLeast: Double)
    }

    /// `NAMESPACE/NAME`
    package var workload: String
    package var name: String
    package var target: Target
    package var interval: Duration
    /// A look that takes longer has failed.
    package var timeout: Duration
    /// The node whose SSH the look goes through; nil for straight from here.
    package var via: String?

    package init(
        workload: String,
        name: String,
        target: Target,
        interval: Duration = .seconds(1),
        timeout: Duration = .seconds(2),
        via: String? = nil
    ) {
        self.workload = workload
        self.name = name
        self.target = target
        self.interval = interval
        self.timeout = timeout
        self.via = via
    }

    /// Whether it is looked at while somebody watches, and not only asked for afterwards.
    package var isActive: Bool { if case .prometheus = target { false } else { true } }

    /// `http`, `tcp`, `command` or `prometheus`.
    package var source: String {
        switch target {
        case .http: "http"
        case .tcp: "tcp"
        case .command: "command"
        case .prometheus: "prometheus"
        }
    }
}
