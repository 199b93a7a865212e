// A libssh2 session: the C calls, each as a step that never blocks.
import CLibSSH2
import Synchronization

/// One libssh2 session over a ``Wire``. It stays on one event loop, as libssh2 demands.
final class Session {
    /// How many there are in this process.
    static let live = Atomic<Int>(0)

    let wire = Wire()
    private let raw: OpaquePointer

    /// - Parameter listedTypes: key types by which the server is known; they are preferred.
    init(listedTypes: [String]) throws(SSHError) {
        guard LibSSH2.initialisation == 0 else {
            throw .libraryUnavailable(reason: "initialisation failed, code \(LibSSH2.initialisation)")
        }
        guard let raw = libssh2_session_init_ex(nil, nil, nil, Unmanaged.passUnretained(wire).toOpaque()) else {
            throw .libraryUnavailable(reason: "no session could be created")
        }
        self.raw = raw
        Self.live.add(1, ordering: .relaxed)
        libssh2_session_set_blocking(raw, 0)
        Wire.attachCallbacks(to: raw)
        prefer(LibSSH2.Offer.keyExchange, for: [LIBSSH2_METHOD_KEX])
        prefer(LibSSH2.Offer.hostKeyAlgorithms(listedTypes: listedTypes), for: [LIBSSH2_METHOD_HOSTKEY])
        prefer(LibSSH2.Offer.cipher, for: [LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC])
        prefer(LibSSH2.Offer.authenticationCode, for: [LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC])
    }

    /// Cuts the wire first: libssh2 then waits for no answers, so one call frees everything.
    deinit {
        wire.isCut = true
        libssh2_session_free(raw)
        Self.live.subtract(1, ordering: .relaxed)
    }

    private func prefer(_ algorithms: String, for kinds: [CInt]) {
        for kind in kinds { libssh2_session_method_pref(raw, kind, algorithms) }
    }

    /// Whether the server has introduced itself as an SSH server.
    var hasBanner: Bool {
        libssh2_session_banner_get(raw) == nil ? wire.holdsBanner : hasReadBanner
    }

    /// Whether libssh2 has read the server's banner.
    var hasReadBanner: Bool {
        libssh2_session_banner_get(raw).map { String(cString: $0).hasPrefix("SSH-") } ?? false
    }

    func handshake() -> Step<HostKey> {
        switch step(libssh2_session_handshake(raw, Platform.placeholderSocket)) {
        case .later: return .later
        case .failed(let failure): return .failed(failure)
        case .done:
            var (length, type) = (0, CInt(0))
            guard let bytes = libssh2_session_hostkey(raw, &length, &type),
                let key = HostKey(blob: Array(UnsafeRawBufferPointer(start: bytes, count: length)))
            else { return .failed(LibraryFailure(code: LIBSSH2_ERROR_HOSTKEY_INIT, message: "no host key")) }
            return .done(key)
        }
    }

    func authenticate(user: String, with key: SSHPrivateKey) -> Step<Void> {
        step(
            libssh2_userauth_publickey_frommemory(
                raw,
                user,
                user.utf8.count,
                key.publicLine,
                key.publicLine?.utf8.count ?? 0,
                key.text,
                key.text.utf8.count,
                key.passphrase
            )
        )
    }

    /// Asks again, with the same signer, after "later".
    func authenticate(user: String, with signer: some Signer) -> Step<Void> { step(signer.authenticate(user, raw)) }

    /// The login methods that the server offers; empty when it let the user in without any.
    func offeredMethods(user: String) -> Step<[String]> {
        if let list = libssh2_userauth_list(raw, user, CUnsignedInt(user.utf8.count)) {
            return .done(String(cString: list).split(separator: ",").map(String.init))
        }
        if isAuthenticated { return .done([]) }
        return lastStep()
    }

    var isAuthenticated: Bool { libssh2_userauth_authenticated(raw) != 0 }

    /// - Parameter kind: a server refuses one that it does not know, which shows that it is alive.
    func openChannel(_ kind: String = "session") -> Step<OpaquePointer> {
        let window = CUnsignedInt(2 * 1_024 * 1_024)
        let packet = CUnsignedInt(32_768)
        if let channel = libssh2_channel_open_ex(
            raw,
            kind,
            CUnsignedInt(kind.utf8.count),
            window,
            packet,
            nil,
            0
        ) {
            return .done(channel)
        }
        return lastStep()
    }

    func execute(_ command: String, in channel: OpaquePointer) -> Step<Void> {
        let kind = "exec"
        return step(
            libssh2_channel_process_startup(
                channel,
                kind,
                CUnsignedInt(kind.utf8.count),
                command,
                CUnsignedInt(command.utf8.count)
            )
        )
    }

    /// A channel whose other end is a TCP connection from the server to this address.
    func openConnection(host: String, port: Int) -> Step<OpaquePointer> {
        if let channel = libssh2_channel_direct_tcpip_ex(raw, host, CInt(port), "127.0.0.1", 0) {
            return .done(channel)
        }
        return lastStep()
    }

    func startSubsystem(_ name: String, in channel: OpaquePointer) -> Step<Void> {
        let kind = "subsystem"
        return step(
            libssh2_channel_process_startup(
                channel,
                kind,
                CUnsignedInt(kind.utf8.count),
                name,
                CUnsignedInt(name.utf8.count)
            )
        )
    }

    /// Sets a variable of the command's environment, if the server lets it.
    func setVariable(_ name: String, to value: String, in channel: OpaquePointer) -> Step<Void> {
        step(
            libssh2_channel_setenv_ex(
                channel,
                name,
                CUnsignedInt(name.utf8.count),
                value,
                CUnsignedInt(value.utf8.count)
            )
        )
    }

    /// Tells the server that this side leaves.
    func disconnect() {
        _ = libssh2_session_disconnect_ex(raw, SSH_DISCONNECT_BY_APPLICATION, "closed by the client", "")
    }

    /// Frees memory that libssh2 handed out.
    func release(_ memory: UnsafeMutableRawPointer) { libssh2_free(raw, memory) }

    func step(_ code: CInt) -> Step<Void> {
        if code == LIBSSH2_ERROR_EAGAIN { return .later }
        return code < 0 ? .failed(failure(code)) : .done(())
    }

    func failure(_ code: CInt) -> LibraryFailure {
        var text: UnsafeMutablePointer<CChar>?
        var length: CInt = 0
        let last = libssh2_session_last_error(raw, &text, &length, 0)
        let message = last == code ? text.map { String(cString: $0) } : nil
        return LibraryFailure(code: code, message: message ?? "libssh2 error \(code)")
    }

    private func lastStep<Value>() -> Step<Value> {
        let code = libssh2_session_last_errno(raw)
        return code == LIBSSH2_ERROR_EAGAIN ? .later : .failed(failure(code))
    }
}
