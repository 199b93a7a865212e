// A signature that an agent makes while libssh2 waits for it without blocking.
import CLibSSH2
import NIOCore

/// Answers libssh2's request for a signature.
///
/// libssh2 asks through a callback that has to answer at once, but takes "later" for an answer: it then asks again, for
/// the same bytes, when the login goes on. So the first call sends the bytes to the agent, and the engine is driven
/// again when the signature is there. Lives on the event loop of the session.
final class AgentSigner {
    private enum State {
        case idle
        case asked
        case answered(Result<[UInt8], any Error>)
    }

    let key: AgentKey
    private let agent: AgentConnection
    private let goOn: () -> Void
    private var state = State.idle

    /// - Parameter goOn: called when it makes sense to take the login's next step.
    init(_ key: AgentKey, _ agent: AgentConnection, goOn: @escaping () -> Void) {
        self.key = key
        self.agent = agent
        self.goOn = goOn
    }

    /// Takes a step of the login of `user` with this key.
    func authenticate(_ user: String, _ session: OpaquePointer) -> CInt {
        // The object outlives the call, and libssh2 keeps the pointer no longer than that.
        var context: UnsafeMutableRawPointer? = Unmanaged.passUnretained(self).toOpaque()
        return withUnsafeMutablePointer(to: &context) { context in
            libssh2_userauth_publickey(
                session,
                user,
                key.publicKey.blob,
                key.publicKey.blob.count,
                { _, signature, length, data, count, context in
                    guard let signature, let length, let data, let pointer = context?.pointee else {
                        return LIBSSH2_ERROR_INVAL
                    }
                    let signer = Unmanaged<AgentSigner>.fromOpaque(pointer).takeUnretainedValue()
                    let bytes = UnsafeRawBufferPointer(start: data, count: count)
                    return signer.answer(bytes, &signature.pointee, &length.pointee)
                },
                context
            )
        }
    }

    private func answer(
        _ data: UnsafeRawBufferPointer,
        _ signature: inout UnsafeMutablePointer<UInt8>?,
        _ length: inout Int
    ) -> CInt {
        switch state {
        case .asked: return LIBSSH2_ERROR_EAGAIN
        case .idle:
            guard let answer = agent.sign(ByteBuffer(bytes: data), with: key.publicKey) else {
                return LIBSSH2_ERROR_AGENT_PROTOCOL
            }
            state = .asked
            answer.assumeIsolated().whenComplete { outcome in
                self.state = .answered(outcome)
                self.goOn()
            }
            return LIBSSH2_ERROR_EAGAIN
        case .answered(.failure): return LIBSSH2_ERROR_AGENT_PROTOCOL
        case .answered(.success(let bytes)):
            // libssh2 frees it with the session's own `free`, which is C's.
            guard let memory = Platform.allocate(bytes) else { return LIBSSH2_ERROR_ALLOC }
            signature = memory
            length = bytes.count
            return 0
        }
    }
}
