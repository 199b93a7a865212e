// Signatures for libssh2's logins by public key.
import CLibSSH2

/// Makes the signature of one login. Lives on the event loop of the session.
protocol Signer: AnyObject {
    var publicKey: HostKey { get }
    /// Signs libssh2's bytes, without the name of the algorithm before the signature.
    ///
    /// - Returns: "later" until it is made; libssh2 then asks again for the same bytes, when the login goes on.
    func sign(_ data: UnsafeRawBufferPointer) -> Step<[UInt8]>
}

/// What the callback finds its signer by.
private final class SignerBox {
    let signer: any Signer
    init(_ signer: any Signer) { self.signer = signer }
}

extension Signer {
    /// Takes a step of the login of `user` with this key.
    func authenticate(_ user: String, _ session: OpaquePointer) -> CInt {
        let box = SignerBox(self)
        // libssh2 keeps the pointer no longer than the call.
        return withExtendedLifetime(box) {
            var context: UnsafeMutableRawPointer? = Unmanaged.passUnretained(box).toOpaque()
            return withUnsafeMutablePointer(to: &context) { context in
                libssh2_userauth_publickey(
                    session,
                    user,
                    publicKey.blob,
                    publicKey.blob.count,
                    { _, signature, length, data, count, context in
                        guard let signature, let length, let data, let pointer = context?.pointee else {
                            return LIBSSH2_ERROR_INVAL
                        }
                        let signer = Unmanaged<SignerBox>.fromOpaque(pointer).takeUnretainedValue().signer
                        let bytes = UnsafeRawBufferPointer(start: data, count: count)
                        return signer.answer(bytes, &signature.pointee, &length.pointee)
                    },
                    context
                )
            }
        }
    }

    private func answer(
        _ data: UnsafeRawBufferPointer,
        _ signature: inout UnsafeMutablePointer<UInt8>?,
        _ length: inout Int
    ) -> CInt {
        switch sign(data) {
        case .later: return LIBSSH2_ERROR_EAGAIN
        case .failed(let failure): return failure.code
        case .done(let bytes):
            // libssh2 frees it with the session's own `free`, which is C's.
            guard let memory = Platform.allocate(bytes) else { return LIBSSH2_ERROR_ALLOC }
            signature = memory
            length = bytes.count
            return 0
        }
    }
}
