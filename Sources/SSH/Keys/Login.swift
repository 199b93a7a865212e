// Logging in: one credential after the other.
import CLibSSH2
import NIOCore

/// Tries a user's keys in order, then asks what else the server would accept.
final class Login {
    enum Candidate {
        /// A key that libssh2 reads itself.
        case file(SSHPrivateKey)
        case key(SSHPrivateKey, KeySigner)
        case agent(AgentSigner)

        init(_ key: SSHPrivateKey) {
            guard let publicKey = key.publicKey, let secret = key.secret else {
                self = .file(key)
                return
            }
            self = .key(key, KeySigner(publicKey, secret))
        }
    }

    private let endpoint: SSHEndpoint
    private let candidates: [Candidate]
    private let notes: [String]
    private var next = 0
    private var unopened: SSHPrivateKey?

    /// - Parameter notes: what could not even be tried, for the message.
    init(endpoint: SSHEndpoint, candidates: [Candidate], notes: [String]) {
        self.endpoint = endpoint
        self.candidates = candidates
        self.notes = notes
    }

    func step(_ session: Session) -> Step<Result<Void, SSHError>> {
        while next < candidates.count {
            switch session.authenticate(user: endpoint.user, with: candidates[next]) {
            case .later: return .later
            case .done: return .done(.success(()))
            case .failed(let failure) where failure.endsSession: return .failed(failure)
            case .failed(let failure):
                note(failure)
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

    private func note(_ failure: LibraryFailure) {
        guard case .file(let key) = candidates[next], key.isEncrypted, unopened == nil else { return }
        // The server wanted this key, and then no valid signature came: the passphrase did not open it.
        let means = [LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED, LIBSSH2_ERROR_FILE]
        if means.contains(failure.code) { unopened = key }
    }

    private func refusal(offered: [String]) -> SSHError {
        .authenticationRefused(
            endpoint,
            tried: candidates.map(\.text) + notes,
            offered: offered,
            rsaSignatureTooOld: !LibSSH2.signsRSAWithSHA2 && candidates.contains(where: \.isRSA)
        )
    }
}

extension Login.Candidate {
    var isRSA: Bool {
        switch self {
        case .file(let key), .key(let key, _): key.isRSA
        case .agent(let signer): signer.key.publicKey.type == "ssh-rsa"
        }
    }

    /// As messages name it.
    var text: String {
        switch self {
        case .file(let key), .key(let key, _): "publickey (\(key.path))"
        case .agent(let signer): "publickey (agent: \(signer.key.comment))"
        }
    }
}

extension Session {
    func authenticate(user: String, with candidate: Login.Candidate) -> Step<Void> {
        switch candidate {
        case .file(let key): authenticate(user: user, with: key)
        case .key(_, let signer): authenticate(user: user, with: signer)
        case .agent(let signer): authenticate(user: user, with: signer)
        }
    }
}

extension SSHConnection {
    /// Logs in with the credentials in order, those of agents before the files of keys.
    func logIn(with credentials: Credentials, limit: Duration) async throws {
        var agents: [(agent: NIOLoopBound<AgentConnection>, keys: [AgentKey])] = []
        var notes = credentials.notes
        defer {
            for (agent, _) in agents { loop.execute { agent.value.close() } }
        }
        for (path, only) in credentials.agents {
            do throws(AgentFailure) {
                let agent = try await AgentConnection.open(path, on: loop, limit: limit)
                agents.append((agent, []))
                let held = try await identities(of: agent, limit: limit)
                agents[agents.count - 1].keys = Self.choice(held, only: only, known: credentials.keys)
            } catch { notes.append("agent (\(path): \(error))") }
        }
        try await logIn(agents, credentials.keys, notes, limit: limit)
    }

    /// Keys that were asked for by name come first: servers take few attempts (`MaxAuthTries`, sshd_config(5)).
    private static func choice(_ held: [AgentKey], only: [HostKey]?, known: [SSHPrivateKey]) -> [AgentKey] {
        let usable = held.filter { key in key.isSupported && only?.contains(key.publicKey) ?? true }
        let asked = known.compactMap(\.publicKey)
        return usable.filter { asked.contains($0.publicKey) } + usable.filter { !asked.contains($0.publicKey) }
    }

    private func identities(
        of agent: NIOLoopBound<AgentConnection>,
        limit: Duration
    ) async throws(AgentFailure) -> [AgentKey] {
        let loop = loop
        let tooLate = loop.scheduleTask(in: TimeAmount(limit)) { agent.value.close() }
        defer { tooLate.cancel() }
        do {
            return try await loop.flatSubmit {
                agent.value.identities() ?? loop.makeFailedFuture(AgentFailure.unreachable("it closed the connection"))
            }.get()
        } catch { throw error as? AgentFailure ?? .unreachable("\(error)") }
    }

    private func logIn(
        _ agents: [(agent: NIOLoopBound<AgentConnection>, keys: [AgentKey])],
        _ keys: [SSHPrivateKey],
        _ notes: [String],
        limit: Duration
    ) async throws {
        try await perform { [endpoint] (engine, promise: EventLoopPromise<Void>) in
            var candidates: [Login.Candidate] = []
            var offered: Set<HostKey> = []
            for (agent, held) in agents {
                for key in held where offered.insert(key.publicKey).inserted {
                    candidates.append(.agent(AgentSigner(key, agent.value) { engine.drive() }))
                }
            }
            for key in keys where key.publicKey.map({ offered.insert($0).inserted }) ?? true {
                candidates.append(Login.Candidate(key))
            }
            let login = Login(endpoint: endpoint, candidates: candidates, notes: notes)
            let operation = SetupOperation(promise, step: login.step) { failure, _ in
                .connectionLost(endpoint, reason: failure.message)
            }
            engine.start(operation, limit: limit) { _ in .timedOut(endpoint, .authentication, after: limit) }
        } onCancel: { [endpoint] engine in
            engine.finish(.connectionClosed(endpoint), as: CancellationError())
        }
    }
}
