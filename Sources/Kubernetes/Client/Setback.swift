import Ports

/// A request that was not answered, or answered with a refusal, and whether asking again may bring more.
struct Setback: Error {
    var error: ControlError
    /// The same request may do better a little later.
    var mayPass = false
    /// Nobody answers at the address at all.
    var isAbsence = false
    /// There was no connection that the request could have been sent over.
    var isUnsent = false
    /// The connection broke, or no answer came in time.
    var isSilence = false
    /// What the server asks to wait.
    var retryAfter: Duration?

    /// Another server of the cluster may do better.
    var isServersFault: Bool { isUnsent || isSilence }
}

extension Setback {
    /// What came of all ways to a cluster.
    ///
    /// - Parameter all: at least one.
    init(_ all: [Setback]) {
        self = all[all.count - 1]
        let lines = all.reduce(into: [String]()) { if !$0.contains("\($1.error)") { $0.append("\($1.error)") } }
        guard lines.count > 1 else { return }
        let line = lines.joined(separator: "; and ")
        mayPass = all.contains { $0.mayPass }
        isAbsence = all.allSatisfy { $0.isAbsence || !$0.mayPass }
        error = mayPass ? .unreachable(line) : .refused(line)
    }
}

/// Somebody wrote in between: read again, then write again.
struct Conflict: Error {
    var error: ControlError
}
