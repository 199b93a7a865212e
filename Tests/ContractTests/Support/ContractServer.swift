import AsyncHTTPClient
import ClusterModel
import Foundation
import Kubernetes
import NIOCore
import NIOHTTP1
import NIOSSL
import Practice
import Testing

/// The API server that the contract is held against: the practice cluster's, or a real control plane's.
struct ContractServer: Sendable {
    @TaskLocal static var current: ContractServer?

    let config: Kubeconfig
    /// Somebody who is known and may do nothing; nil where the server knows no such person.
    let powerless: Kubeconfig?
    let isReal: Bool
    private let http: HTTPClient
    /// `policy/v1` or `policy/v1beta1`.
    private(set) var policy = "policy/v1"
    private(set) var version = Version(major: 1, minor: 36)

    static func required() throws -> ContractServer {
        try #require(current, "the suite has no server")
    }

    /// Connects to the server of a kubeconfig while `body` runs.
    static func with(
        _ config: Kubeconfig,
        powerless: Kubeconfig?,
        isReal: Bool,
        _ body: @Sendable (ContractServer) async throws -> Void
    ) async throws {
        var options = HTTPClient.Configuration(timeout: .init(connect: .seconds(10)))
        if let authority = config.authority {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authority.pem.utf8)))
            options.tlsConfiguration = tls
        }
        options.httpVersion = .http1Only
        options.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: options)
        do {
            var server = ContractServer(config: config, powerless: powerless, isReal: isReal, http: http)
            try await server.learn()
            let learnt = server
            try await body(learnt)
            try await http.shutdown()
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    private init(config: Kubeconfig, powerless: Kubeconfig?, isReal: Bool, http: HTTPClient) {
        (self.config, self.powerless, self.isReal, self.http) = (config, powerless, isReal, http)
    }

    private mutating func learn() async throws {
        let versions = try await send("GET", "/apis/policy").json["versions"]?.array ?? []
        let served = versions.compactMap { $0["groupVersion"]?.string }
        policy = served.contains("policy/v1") ? "policy/v1" : "policy/v1beta1"
        let text = try await send("GET", "/version").json["gitVersion"]?.string ?? ""
        version = try #require(Version(text), "\(text)")
    }

    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var bytes: [UInt8]

        var json: JSONValue { (try? JSONValue(parsing: bytes)) ?? .null }
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var reason: String? { json["reason"]?.string }
    }

    /// - Parameter token: nil for the administrator's, empty for none.
    func send(
        _ method: String,
        _ path: String,
        _ json: JSONValue? = nil,
        type: String = "application/json",
        text: String? = nil,
        token: String? = nil
    ) async throws -> Answer {
        let request = message(method, path, json.map(\.bytes) ?? text.map { Array($0.utf8) }, type, token)
        let response = try await http.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 64 << 20)
        return Answer(status: Int(response.status.code), headers: response.headers, bytes: Array(buffer: body))
    }

    private func message(
        _ method: String,
        _ path: String,
        _ body: [UInt8]?,
        _ type: String,
        _ token: String?
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: config.server + path)
        request.method = HTTPMethod(rawValue: method)
        request.headers.add(name: "Accept", value: "application/json")
        let token = token ?? config.token ?? ""
        if !token.isEmpty { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "Content-Type", value: type)
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        return request
    }

    /// The events of a watch until `take` answers false, or the stream ends.
    ///
    /// - Returns: the status, and whether the stream ended by itself.
    @discardableResult
    func watch(_ path: String, _ take: (JSONValue) throws -> Bool) async throws -> (status: Int, ended: Bool) {
        let response = try await http.execute(message("GET", path, nil, "", nil), timeout: .seconds(120))
        guard response.status == .ok else { return (Int(response.status.code), true) }
        var line: [UInt8] = []
        for try await buffer in response.body {
            for byte in buffer.readableBytesView {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                let goesOn = try take(try JSONValue(parsing: line))
                line = []
                if !goesOn { return (200, false) }
            }
        }
        return (200, true)
    }

    /// Waits, by a list and a watch, until the objects are as wanted.
    ///
    /// - Returns: the objects then.
    @discardableResult
    func until(
        _ what: String,
        _ path: String,
        seconds: Int = 90,
        _ isDone: ([JSONValue]) throws -> Bool
    ) async throws -> [JSONValue] {
        let mark = path.contains("?") ? "&" : "?"
        let list = try await send("GET", path).json
        var objects = (list["items"]?.array ?? []).reduce(into: [String: JSONValue]()) { $0[$1.place] = $1 }
        func all() -> [JSONValue] { objects.sorted { $0.key < $1.key }.map(\.value) }
        if try isDone(all()) { return all() }
        var version = list["metadata", "resourceVersion"]?.string ?? "0"
        var isReached = false
        let end = ContinuousClock.now + .seconds(seconds)
        while !isReached, ContinuousClock.now < end {
            let watch = "\(path)\(mark)watch=1&timeoutSeconds=\(seconds)&resourceVersion=\(version)"
            try await self.watch(watch) { event in
                guard let object = event["object"], event["type"] != "ERROR" else { return false }
                version = object["metadata", "resourceVersion"]?.string ?? version
                objects[object.place] = event["type"] == "DELETED" ? nil : object
                isReached = try isDone(all())
                return !isReached
            }
        }
        try #require(isReached, "waited in vain for \(what): \(all().map { $0["status"] ?? $0 })")
        return all()
    }

    // MARK: Objects

    /// Makes an object, and answers it as the server has it.
    @discardableResult
    func create(_ path: String, _ object: JSONValue) async throws -> JSONValue {
        let answer = try await send("POST", path, object)
        try #require(answer.status == 201, "POST \(path): \(answer.status) \(answer.text.prefix(400))")
        return answer.json
    }

    /// Works in a namespace of its own.
    func withNamespace(_ body: (String) async throws -> Void) async throws {
        let name = "contract-\(UUID().uuidString.prefix(8).lowercased())"
        try await create("/api/v1/namespaces", ["metadata": ["name": .string(name)]])
        if isReal {
            // Pods are refused until their namespace's account is there.
            try await until("the account", "/api/v1/namespaces/\(name)/serviceaccounts") { accounts in
                accounts.first?["secrets"]?.array?.isEmpty == false
            }
        }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(name)) } catch { outcome = .failure(error) }
        _ = try? await send("DELETE", "/api/v1/namespaces/\(name)")
        try outcome.get()
    }
}

extension JSONValue {
    var name: String { self["metadata", "name"]?.string ?? "" }
    var uid: String { self["metadata", "uid"]?.string ?? "" }
    var revision: String { self["metadata", "resourceVersion"]?.string ?? "" }
    var place: String { "\(self["metadata", "namespace"]?.string ?? "")/\(name)" }
    var nodeName: String? { self["spec", "nodeName"]?.string }
    var isTerminating: Bool { self["metadata", "deletionTimestamp"] != nil }

    func condition(_ type: String) -> String? {
        self["status", "conditions"]?.array?.first { $0["type"]?.string == type }?["status"]?.string
    }

    var isReady: Bool { condition("Ready") == "True" && !isTerminating }

    var causes: [String] { self["details", "causes"]?.array?.compactMap { $0["reason"]?.string } ?? [] }
    var fields: [String] { self["details", "causes"]?.array?.compactMap { $0["field"]?.string } ?? [] }
}
