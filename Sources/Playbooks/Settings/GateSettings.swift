/// Something that must be well before a campaign goes on.
package struct GateSettings: Hashable, Sendable {
    /// Where it stands.
    package enum Place: String, CaseIterable, Hashable, Sendable {
        /// Before the first wave.
        case campaign
        /// Before each wave.
        case waves
        /// Before a node goes back to service.
        case nodes
        /// After the last wave.
        case end
    }

    package enum Kind: Hashable, Sendable {
        /// Answers with a status from 200 to 399.
        case http(String)
        /// `HOST:PORT` accepts a connection.
        case tcp(host: String, port: Int)
        /// Every value that the query answers with is below or above the limits; `server` is the URL of Prometheus.
        case prometheus(query: String, server: String, below: Double?, above: Double?)
        /// Exits with 0, run by `/bin/sh` on this machine.
        case command(String)
        /// Every control-plane node is Ready.
        case controlPlane
        /// A person has said yes: the file with this path exists.
        case approval(file: String)
    }

    package var name: String
    package var places: Set<Place>
    package var kind: Kind
    /// How long it may take to open before the run halts.
    package var timeout: Duration
    /// How long it must be open on end.
    package var stable: Duration

    package init(
        name: String,
        places: Set<Place> = [.waves],
        kind: Kind,
        timeout: Duration = .seconds(300),
        stable: Duration = .zero
    ) {
        self.name = name
        self.places = places
        self.kind = kind
        self.timeout = timeout
        self.stable = stable
    }
}

/// Tells others what a run does.
package struct HookSettings: Hashable, Sendable {
    package enum Moment: String, CaseIterable, Hashable, Sendable {
        case started, waveStarted, waveFinished, nodeStarted, nodeFinished, nodeFailed, halted, aborted, finished
    }

    package enum Target: Hashable, Sendable {
        /// Gets the JSON by POST.
        case webhook(String)
        /// Gets the JSON on its standard input, run by `/bin/sh`.
        case command(String)
    }

    package var moments: Set<Moment>
    package var target: Target
    /// For one try.
    package var timeout: Duration
    package var retries: Int

    package init(moments: Set<Moment>, target: Target, timeout: Duration = .seconds(10), retries: Int = 3) {
        self.moments = moments
        self.target = target
        self.timeout = timeout
        self.retries = retries
    }
}
