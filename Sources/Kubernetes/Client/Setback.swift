import Ports

/// A request that was not answered, or answered with a refusal, and whether asking again may bring more.
struct Setback: Error {
    var error: ControlError
    /// The same request may do better a little later.
    var mayPass = false
    /// Nobody answers at the address at all.
    var isAbsence = false
    /// What the server asks to wait.
    var retryAfter: Duration?
}

/// Somebody wrote in between: read again, then write again.
struct Conflict: Error {
    var error: ControlError
}
