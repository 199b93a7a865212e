import AsyncHTTPClient
import ClusterModel
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Ports

/// Carries requests to the API server, says who asks, and turns what goes wrong into one line.
final class APITransport: Sendable {
    /// The URL that people know, without a slash at its end.
    let server: String
    let config: Kubeconfig
    let time: any Timepiece
    private let root: String
    private let http: HTTPClient
    private let userAgent: String
    private let tokens: PluginTokens?

    /// - Throws: `ControlError` where certificates or keys cannot be read.
    init(_ config: Kubeconfig, userAgent: String, time: any Timepiece) throws {
        self.config = config
        self.time = time
        self.userAgent = userAgent
        server = config.server.hasSuffix("/") ? String(config.server.dropLast()) : config.server
        var options = HTTPClient.Configuration(timeout: .init(connect: .seconds(10)))
        options.tlsConfiguration = try TLSMaterial.configuration(for: config)
        options.httpVersion = .http1Only
        options.redirectConfiguration = .disallow
        // Each watch holds a connection for as long as it lasts; the default of eight would starve all else.
        options.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        // Up to 25 times as big as what travelled; whoever asks for more asks again without compression.
        options.decompression = HTTPClient.Configuration.singletonConfiguration.decompression
        // Trying again is decided above, where what went wrong is known.
        options.connectionPool.retryConnectionEstablishment = false
        options.proxy = Self.proxy(config.proxy)
        tokens = config.plugin.map { PluginTokens($0, time: time) }
        root = Self.redirect(server, to: config.serverName, &options)
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options)
    }

    func shutdown() async throws { try await http.shutdown() }

    /// Where the certificate has another name than the URL, that name is asked for at the URL's address.
    private static func redirect(
        _ server: String,
        to name: String?,
        _ options: inout HTTPClient.Configuration
    ) -> String {
        guard let name, var url = URLComponents(string: server), let host = URL(string: server)?.host() else {
            return server
        }
        url.host = name
        options.dnsOverride = [name: host]
        return url.string ?? server
    }

    private static func proxy(_ text: String?) -> HTTPClient.Configuration.Proxy? {
        guard let url = text.flatMap({ URL(string: $0) }), let host = url.host() else { return nil }
        guard let user = url.user() else { return .server(host: host, port: url.port ?? 80) }
        let authorization = HTTPClient.Authorization.basic(username: user, password: url.password() ?? "")
        return .server(host: host, port: url.port ?? 80, authorization: authorization)
    }

    private static let bodyLimit = 512 << 20

    struct Request {
        var method: HTTPMethod = .GET
        var path: String
        /// For messages: the verb and the resource, as roles have them.
        var purpose: String
        var json: String?
        var contentType = "application/json"
        var timeout: TimeAmount = .seconds(20)
        /// Whether the answer may come compressed with gzip, which a server does for big ones only.
        var takesGzip = false
    }

    /// An answer that was read to its end.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var bytes: [UInt8]

        var isSuccess: Bool { (200..<300).contains(status) }
    }

    /// Sends a request and reads the whole answer, a refusal too.
    ///
    /// - Throws: `Setback` where there is none.
    func exchange(_ request: Request) async throws -> Answer {
        try await mapping {
            let response = try await execute(request)
            let body = try await response.body.collect(upTo: Self.bodyLimit)
            return Answer(status: Int(response.status.code), headers: response.headers, bytes: Array(buffer: body))
        }
    }

    /// Sends a request and hands over the lines of its answer as they come, until `take` answers false.
    ///
    /// - Returns: nil after the last line, or the answer where it is a refusal.
    func stream(
        _ request: Request,
        opened: () -> Void,
        _ take: ([UInt8]) async throws -> Bool
    ) async throws -> Answer? {
        try await mapping {
            let response = try await execute(request)
            guard response.status == .ok else {
                let body = try await response.body.collect(upTo: Self.bodyLimit)
                return Answer(status: Int(response.status.code), headers: response.headers, bytes: Array(buffer: body))
            }
            opened()
            try await response.body.eachLine(take)
            return nil
        }
    }

    private func mapping<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as JSONError {
            throw error
        } catch let error as Setback {
            throw error
        } catch {
            try Task.checkCancellation()
            throw await setback(error)
        }
    }

    private func execute(_ request: Request) async throws -> HTTPClientResponse {
        var message = HTTPClientRequest(url: root + request.path)
        message.method = request.method
        message.headers.add(name: "User-Agent", value: userAgent)
        message.headers.add(name: "Accept", value: "application/json")
        message.headers.add(name: "Accept-Encoding", value: request.takesGzip ? "gzip" : "identity")
        let token = try await token()
        if let token { message.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let json = request.json {
            message.headers.add(name: "Content-Type", value: request.contentType)
            message.body = .bytes(ByteBuffer(string: json))
        }
        let response = try await http.execute(message, timeout: request.timeout)
        if response.status == .unauthorized, let token { await tokens?.forget(token) }
        return response
    }

    private func token() async throws -> String? {
        if let tokens { return try await tokens.token() }
        guard let file = config.tokenFile else { return config.token }
        guard let data = FileManager.default.contents(atPath: file) else {
            throw Setback(error: .refused("\(file): the token in it cannot be read any more: is the file still there?"))
        }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
