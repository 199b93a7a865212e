import AsyncHTTPClient
import ClusterModel
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Ports

/// What goes wrong before there is an answer.
extension APILink {
    func setback(_ error: any Error) async -> Setback {
        if let setback = await tlsSetback(error) { return setback }
        if let setback = blockedSetback { return setback }
        if Self.isTimeout(error) {
            let line = "\(server): no answer in time: is the API server up, and is a firewall in between?"
            let isUnsent = Self.isConnectTimeout(error)
            return Setback(error: .unreachable(line), mayPass: true, isUnsent: isUnsent, isSilence: !isUnsent)
        }
        if let error = error as? NIOConnectionError { return absence(error) }
        let line: String
        switch error {
        case let error as IOError where error.errnoCode == ECONNREFUSED: return refusedConnection
        case let error as IOError: line = "the connection was lost (\(String(cString: strerror(error.errnoCode))))"
        default: line = "the connection was lost before the answer was complete"
        }
        return Setback(error: .unreachable("\(server): \(line)"), mayPass: true, isSilence: true)
    }

    private static func isConnectTimeout(_ error: any Error) -> Bool {
        if case ChannelError.connectTimeout = error { return true }
        return [.connectTimeout, .tlsHandshakeTimeout].contains(error as? HTTPClientError)
    }

    /// The way itself knows best why nothing came of a connection.
    private var blockedSetback: Setback? {
        door.takeFailure().map {
            Setback(error: .unreachable("\(server): \($0)"), mayPass: true, isAbsence: true, isUnsent: true)
        }
    }

    private static func isTimeout(_ error: any Error) -> Bool {
        if case ChannelError.connectTimeout = error { return true }
        guard let error = error as? HTTPClientError else { return false }
        return [.connectTimeout, .deadlineExceeded, .readTimeout, .writeTimeout, .tlsHandshakeTimeout].contains(error)
    }

    private var refusedConnection: Setback {
        let line =
            "\(server): connection refused: nothing listens there: is this the API server's address, and is it up?"
        return Setback(error: .unreachable(line), mayPass: true, isAbsence: true, isUnsent: true)
    }

    private func absence(_ error: NIOConnectionError) -> Setback {
        if error.connectionErrors.isEmpty {
            let line = "\(server): the name \(error.host) cannot be resolved: check the kubeconfig's server and the DNS"
            return Setback(error: .unreachable(line), mayPass: true, isAbsence: true, isUnsent: true)
        }
        let codes = error.connectionErrors.compactMap { ($0.error as? IOError)?.errnoCode }
        if codes.contains(ECONNREFUSED) { return refusedConnection }
        let reason = codes.first.map { String(cString: strerror($0)) } ?? "no connection in time"
        let line = "\(server): \(reason): is this the API server's address, and can it be reached from here?"
        return Setback(error: .unreachable(line), mayPass: true, isAbsence: true, isUnsent: true)
    }

    /// Nil where the failure has nothing to do with TLS.
    private func tlsSetback(_ error: any Error) async -> Setback? {
        switch error {
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return refusal(
                "its certificate is made out to another name: use that one in the kubeconfig, or set tls-server-name"
            )
        case let error as NIOSSLExtraError: return refusal("TLS failed: \(error.description)")
        case is WrongServerName:
            return refusal(
                "its certificate is made out to another address: use that one in the kubeconfig, or set tls-server-name"
            )
        case NIOSSLError.handshakeFailed(.sslError([.eofDuringHandshake])): return blockedSetback ?? brokenHandshake
        case is BoringSSLError, NIOSSLError.handshakeFailed: return await handshakeSetback()
        default: return nil
        }
    }

    private func refusal(_ reason: String) -> Setback {
        Setback(error: .refused("\(server): \(reason)"), isUnsent: true)
    }

    /// A server that goes down or comes up does that, as does one with another protocol.
    private var brokenHandshake: Setback {
        let line = "\(server): it broke off the TLS handshake: is it coming up just now, and is the port right?"
        return Setback(error: .unreachable(line), mayPass: true, isUnsent: true)
    }

    /// What two more handshakes tell of the server.
    private func handshakeSetback() async -> Setback {
        let end: Instant
        switch await PeerCertificate.end(at: address) {
        case .lost: return blockedSetback ?? brokenHandshake
        case .failed:
            return refusal(
                "it does not speak TLS: is the port right, or should the kubeconfig's server begin with http:?"
            )
        case .done(let learnt): end = learnt
        }
        switch await PeerCertificate.trust(at: address, config) {
        case .lost: return brokenHandshake
        case .done: return refusal("it did not accept our client certificate: renew it, and copy the new kubeconfig")
        case .failed where end < time.now:
            return refusal("its certificate expired at \(end): renew it on the control plane")
        case .failed:
            return refusal(
                "its certificate is not signed by the kubeconfig's certificate-authority: check that entry"
            )
        }
    }
}
