// The steps before the first command: handshake and login.
import CLibSSH2
import NIOCore

/// An operation that must be finished before another may start on its session, as libssh2 demands.
protocol SessionOperation: AnyObject {
    /// Goes on as far as the bytes at hand allow; true when finished.
    func advance(_ session: Session) -> Bool
    /// Ends it from outside.
    func fail(_ error: any Error)
}

/// Runs a step again and again until it is done, and gives its value to the waiting caller.
final class SetupOperation<Value: Sendable>: SessionOperation {
    private let promise: EventLoopPromise<Value>
    private let step: (Session) -> Step<Result<Value, SSHError>>
    private let explain: (LibraryFailure, Session) -> SSHError
    /// Ends the operation when its time is up.
    var deadline: Scheduled<Void>?

    init(
        _ promise: EventLoopPromise<Value>,
        step: @escaping (Session) -> Step<Result<Value, SSHError>>,
        explain: @escaping (LibraryFailure, Session) -> SSHError
    ) {
        self.promise = promise
        self.step = step
        self.explain = explain
    }

    func advance(_ session: Session) -> Bool {
        switch step(session) {
        case .later: return false
        case .failed(let failure): promise.fail(explain(failure, session))
        case .done(let outcome): promise.completeWith(outcome.mapError { $0 })
        }
        deadline?.cancel()
        return true
    }

    func fail(_ error: any Error) {
        deadline?.cancel()
        promise.fail(error)
    }
}
