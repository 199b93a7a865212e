import AsyncHTTPClient
import ClusterModel
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Ports

/// Carries requests to the API server, says who asks, and turns what goes wrong into one line.
final class APITransport: Sendable {
    let server: String
    private let http: HTTPClient
    private let token: String?
    private let userAgent: String

    init(_ config: Kubeconfig, userAgent: String) throws {
        server = config.server.hasSuffix("/") ? String(config.server.dropLast()) : config.server
        token = config.token
        self.userAgent = userAgent
        var options = HTTPClient.Configuration(timeout: .init(connect: .seconds(10)))
        options.tlsConfiguration = try Self.tls(config)
        options.httpVersion = .http1Only
        // Each watch holds a connection for as long as it lasts; the default of eight would starve all else.
        options.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options)
    }

    func shutdown() async throws { try await http.shutdown() }

    struct Answer {
        var status: Int
        var headers: HTTPHeaders
        var body: HTTPClientResponse.Body

        func bytes() async throws -> [UInt8] { Array(buffer: try await body.collect(upTo: 512 << 20)) }
    }

    /// Sends one request and waits for the head of its answer.
    func send(
        _ method: HTTPMethod,
        _ path: String,
        json: String? = nil,
        contentType: String = "application/json",
        timeout: TimeAmount = .seconds(30)
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: server + path)
        request.method = method
        request.headers.add(name: "User-Agent", value: userAgent)
        request.headers.add(name: "Accept", value: "application/json")
        if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let json {
            request.headers.add(name: "Content-Type", value: contentType)
            request.body = .bytes(ByteBuffer(string: json))
        }
        do {
            let response = try await http.execute(request, timeout: timeout)
            return Answer(status: Int(response.status.code), headers: response.headers, body: response.body)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw failure(error)
        }
    }

    // MARK: What goes wrong before an answer

    private func failure(_ error: any Error) -> ControlError {
        let text = "\(error)"
        if let error = error as? HTTPClientError {
            if error == .cancelled { return .unreachable("\(server): the request was cancelled") }
            if error == .connectTimeout || error == .deadlineExceeded || error == .readTimeout {
                return .unreachable("\(server): no answer in time: is the API server up, and does the network let us?")
            }
        }
        let handshake = error as? NIOSSLError
        if handshake != nil || text.contains("handshakeFailed") || error is NIOSSLExtraError {
            return .refused("\(server): \(Self.tlsReason(text))")
        }
        if let error = error as? NIOConnectionError {
            let first = error.connectionErrors.first.map { Self.systemReason($0.error) } ?? "cannot be resolved"
            return .unreachable("\(server): \(first): is this the API server's address, and is it up?")
        }
        return .unreachable("\(server): \(Self.systemReason(error))")
    }

    private static func systemReason(_ error: any Error) -> String {
        guard let error = error as? IOError else { return "the connection was lost (\(error))" }
        return error.errnoCode == ECONNREFUSED ? "connection refused" : String(cString: strerror(error.errnoCode))
    }

    /// BoringSSL tells its reasons as words only.
    private static func tlsReason(_ text: String) -> String {
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate") {
            return "its certificate is not signed by the certificate-authority of the kubeconfig: check that file"
        }
        if text.contains("EXPIRED") {
            return "the client certificate has expired: renew it (kubeadm certs renew) and copy the new kubeconfig"
        }
        if text.contains("failedToValidateHostname") {
            return "its certificate is made out to another name: use that name, or set tls-server-name"
        }
        return "TLS failed: \(text)"
    }

    private static func tls(_ config: Kubeconfig) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if config.skipsVerification { tls.certificateVerification = .none }
        if let authority = config.authority {
            tls.trustRoots = .certificates(try certificates(authority))
        }
        if let certificate = config.certificate, let key = config.key {
            tls.certificateChain = try certificates(certificate).map { .certificate($0) }
            do {
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pem.utf8), format: .pem))
            } catch {
                throw ControlError.refused("\(key.source): is no private key in PEM")
            }
        }
        return tls
    }

    private static func certificates(_ material: Kubeconfig.Material) throws -> [NIOSSLCertificate] {
        do {
            return try NIOSSLCertificate.fromPEMBytes(Array(material.pem.utf8))
        } catch {
            throw ControlError.refused("\(material.source): is no certificate in PEM")
        }
    }
}
