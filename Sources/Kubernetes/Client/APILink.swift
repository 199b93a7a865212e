import AsyncHTTPClient
import ClusterModel
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Ports

/// Carries requests to one API server, says who asks, and turns what goes wrong into one line.
final class APILink: Sendable {
    let door: any APIDoor
    let time: any Timepiece
    private let root: String
    private let http: HTTPClient
    private let userAgent: String
    private let tokens: PluginTokens?

    var server: String { door.name }
    var config: Kubeconfig { door.config }
    /// Where the server is dialled.
    var address: APIAddress? { door.address ?? config.address }

    /// - Throws: `ControlError` where certificates or keys cannot be read.
    init(_ door: any APIDoor, userAgent: String, time: any Timepiece) throws {
        self.door = door
        self.time = time
        self.userAgent = userAgent
        let config = door.config
        var options = HTTPClient.Configuration(timeout: .init(connect: .seconds(10)))
        var tls = try TLSMaterial.configuration(for: config)
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
        let dialled = Self.dialled(door)
        root = dialled.root
        options.dnsOverride = dialled.override
        if let name = dialled.unusualName, tls.certificateVerification == .fullVerification {
            tls.certificateVerification = .noHostnameVerification
            options.http1_1ConnectionDebugInitializer = { name.check($0) }
        }
        options.tlsConfiguration = tls
        http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options)
    }

    func close() async {
        try? await http.shutdown()
        await door.close()
    }

    private struct Dialled {
        var root: String
        var override: [String: String] = [:]
        var unusualName: ServerName?
    }

    /// Where the certificate has another name than what is dialled, that name is asked for there.
    private static func dialled(_ door: any APIDoor) -> Dialled {
        let server = door.config.server.hasSuffix("/") ? String(door.config.server.dropLast()) : door.config.server
        guard var url = URLComponents(string: server), let own = door.config.address else {
            return Dialled(root: server)
        }
        let name = door.config.serverName ?? own.host
        let address = door.address ?? own
        let isAsWritten = name == address.host && address == own
        var dialled = Dialled(root: server)
        if !isAsWritten {
            url.host = name.contains(":") ? "[\(name)]" : name
            url.port = address.port
            dialled.root = url.string ?? server
            if name != address.host { dialled.override = [name: address.host, "[\(name)]": address.host] }
        }
        let isDialledByName = isAsWritten && door.config.proxy == nil
        if url.scheme == "https", !isDialledByName { dialled.unusualName = ServerName(name) }
        return dialled
    }

    private static func proxy(_ text: String?) -> HTTPClient.Configuration.Proxy? {
        guard let url = text.flatMap({ URL(string: $0) }), let host = url.host() else { return nil }
        guard let user = url.user() else { return .server(host: host, port: url.port ?? 80) }
        let authorization = HTTPClient.Authorization.basic(username: user, password: url.password() ?? "")
        return .server(host: host, port: url.port ?? 80, authorization: authorization)
    }

    private static let bodyLimit = 512 << 20

    /// Sends a request and reads the whole answer, a refusal too.
    ///
    /// - Throws: `Setback` where there is none.
    func exchange(_ request: APITransport.Request) async throws -> APITransport.Answer {
        try await mapping {
            let response = try await execute(request)
            let body = try await response.body.collect(upTo: Self.bodyLimit)
            return APITransport.Answer(response, body)
        }
    }

    /// Sends a request and hands over the lines of its answer as they come, until `take` answers false.
    ///
    /// - Returns: nil after the last line, or the answer where it is a refusal.
    func stream(
        _ request: APITransport.Request,
        opened: () -> Void,
        _ take: ([UInt8]) async throws -> Bool
    ) async throws -> APITransport.Answer? {
        try await mapping {
            let response = try await execute(request)
            guard response.status == .ok else {
                let body = try await response.body.collect(upTo: Self.bodyLimit)
                return APITransport.Answer(response, body)
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

    private func execute(_ request: APITransport.Request) async throws -> HTTPClientResponse {
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

extension APITransport.Answer {
    fileprivate init(_ response: HTTPClientResponse, _ body: ByteBuffer) {
        self.init(status: Int(response.status.code), headers: response.headers, bytes: Array(buffer: body))
    }
}
