// A signature that an agent makes while libssh2 waits for it without blocking.
import CLibSSH2
import NIOCore

/// Answers libssh2's request for a signature by asking an agent.
///
/// libssh2 asks through a callback that has to answer at once, but takes "later" for an answer. So the first call sends
/// the bytes to the agent, and the login goes on when the signature is there.
final class AgentSigner: Signer {
    private enum State {
        case idle
        case asked
        case answered(Result<[UInt8], any Error>)
    }

    let key: AgentKey
    private let agent: AgentConnection
    private let goOn: () -> Void
    private var state = State.idle

    var publicKey: HostKey { key.publicKey }

    /// - Parameter goOn: called when it makes sense to take the login's next step.
    init(_ key: AgentKey, _ agent: AgentConnection, goOn: @escaping () -> Void) {
        self.key = key
        self.agent = agent
        self.goOn = goOn
    }

    func sign(_ data: UnsafeRawBufferPointer) -> Step<[UInt8]> {
        switch state {
        case .asked: return .later
        case .answered(.success(let signature)): return .done(signature)
        case .answered(.failure): return .failed(Self.refusal)
        case .idle:
            guard let answer = agent.sign(ByteBuffer(bytes: data), with: publicKey) else {
                return .failed(Self.refusal)
            }
            state = .asked
            answer.assumeIsolated().whenComplete { outcome in
                self.state = .answered(outcome)
                self.goOn()
            }
            return .later
        }
    }

    private static let refusal = LibraryFailure(code: LIBSSH2_ERROR_AGENT_PROTOCOL, message: "the agent did not sign")
}
