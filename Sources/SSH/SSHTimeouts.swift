// How long each phase of a connection may take, and how dropped logins are retried.

/// Upper bounds for the phases of setting up a connection, and the interval of its dead-peer probes.
package struct SSHTimeouts: Sendable, Equatable {
    /// Until the TCP connection stands.
    package var connect: Duration
    /// From there until keys are exchanged; a server that never sends its banner is given up after this, too.
    package var handshake: Duration
    /// Until the server has accepted a credential.
    package var authenticate: Duration
    /// Silence after which TCP probes the peer; after three unanswered probes the connection counts as lost.
    /// The kernel does this, so an open, idle connection costs no CPU here.
    package var keepalive: Duration

    package init(
        connect: Duration = .seconds(10),
        handshake: Duration = .seconds(20),
        authenticate: Duration = .seconds(20),
        keepalive: Duration = .seconds(15)
    ) {
        self.connect = connect
        self.handshake = handshake
        self.authenticate = authenticate
        self.keepalive = keepalive
    }
}

/// How often and how patiently to dial again when a busy server drops a connection before its banner.
///
/// OpenSSH does that on purpose beyond `MaxStartups` logins at once (sshd_config(5)).
package struct SSHRetryPolicy: Sendable {
    /// Attempts in all, the first included.
    package var attempts: Int
    /// Upper bound of the pause after the first attempt; it doubles with each further one.
    package var firstPause: Duration
    /// No pause is longer than this.
    package var longestPause: Duration
    /// The clock that measures the pauses.
    package var clock: any Clock<Duration>
    /// A number in 0..<1 for each pause; spreads the clients of one burst.
    package var jitter: @Sendable () -> Double

    package init(
        attempts: Int = 8,
        firstPause: Duration = .milliseconds(200),
        longestPause: Duration = .seconds(5),
        clock: any Clock<Duration> = ContinuousClock(),
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
    ) {
        self.attempts = attempts
        self.firstPause = firstPause
        self.longestPause = longestPause
        self.clock = clock
        self.jitter = jitter
    }

    /// The pause after the given attempt (1 for the first): between half and all of the doubled bound.
    package func pause(afterAttempt attempt: Int) -> Duration {
        var bound = firstPause
        for _ in 1..<max(attempt, 1) where bound < longestPause { bound *= 2 }
        return min(bound, longestPause) * (0.5 + jitter() / 2)
    }
}
