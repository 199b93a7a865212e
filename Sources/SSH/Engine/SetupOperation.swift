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

/// Tries a user's keys in order, then asks what else the server would accept.
final class Login {
    private let endpoint: SSHEndpoint
    private let keys: [PrivateKey]
    private var next = 0
    private var unopened: PrivateKey?

    init(endpoint: SSHEndpoint, keys: [PrivateKey]) {
        self.endpoint = endpoint
        self.keys = keys
    }

    func step(_ session: Session) -> Step<Result<Void, SSHError>> {
        while next < keys.count {
            let key = keys[next]
            switch session.authenticate(user: endpoint.user, with: key) {
            case .later: return .later
            case .done: return .done(.success(()))
            case .failed(let failure) where failure.endsSession: return .failed(failure)
            case .failed(let failure):
                // The server wanted this key, and then no valid signature came: the passphrase did not open it.
                if failure.code == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED, key.isEncrypted { unopened = unopened ?? key }
                if failure.code == LIBSSH2_ERROR_FILE, key.isEncrypted { unopened = unopened ?? key }
                next += 1
            }
        }
        if let unopened { return .done(.failure(.wrongPassphrase(path: unopened.path))) }
        switch session.offeredMethods(user: endpoint.user) {
        case .later: return .later
        case .done where session.isAuthenticated: return .done(.success(()))
        case .done(let offered): return .done(.failure(refusal(offered: offered)))
        case .failed: return .done(.failure(refusal(offered: [])))
        }
    }

    private func refusal(offered: [String]) -> SSHError {
        .authenticationRefused(
            endpoint,
            tried: keys.map { "publickey (\($0.path))" },
            offered: offered,
            rsaSignatureTooOld: !LibSSH2.signsRSAWithSHA2 && keys.contains(where: \.isRSA)
        )
    }
}
