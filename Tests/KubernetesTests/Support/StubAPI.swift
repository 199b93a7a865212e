import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

@testable import Kubernetes

/// An API server on loopback that answers by a script.
final class StubAPI: Sendable {
    struct Asked: Sendable {
        var method: String
        var path: String
        var query: String
        var headers: HTTPHeaders
        var body: String
    }

    /// Answers by method and path, the last of each for ever; watches have `WATCH` for a method.
    private let script = Mutex<[String: [StubAnswer]]>([:])
    private let asked = Mutex<[Asked]>([])
    let port: Int
    private let channel: any Channel

    private init(_ channel: any Channel, script: [String: [StubAnswer]], box: ServedBox) {
        self.channel = channel
        port = channel.localAddress?.port ?? 0
        self.script.withLock { $0 = script }
        box.api.withLock { $0 = self }
    }

    var requests: [Asked] { asked.withLock { $0 } }

    func requests(_ key: String) -> [Asked] { requests.filter { "\($0.method) \($0.path)" == key } }

    func answer(to request: Asked) -> StubAnswer {
        asked.withLock { $0.append(request) }
        return script.withLock { script in
            let key = "\(request.method) \(request.path)"
            guard var answers = script[key], let first = answers.first else {
                return .json(
                    "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"\(key)\",\"code\":404}",
                    status: 404
                )
            }
            if answers.count > 1 { answers.removeFirst() }
            script[key] = answers
            return first
        }
    }

    /// Serves while `body` runs.
    static func serve<Value>(
        _ script: [String: [StubAnswer]],
        tls: NIOSSLContext? = nil,
        host: String = "127.0.0.1",
        _ body: (StubAPI) async throws -> Value
    ) async throws -> Value {
        let box = ServedBox()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(StubHandler(box))
                }
            }
            .bind(host: host, port: 0).get()
        let api = StubAPI(channel, script: script, box: box)
        do {
            let value = try await body(api)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    /// The same with a client that has connected.
    static func withClient<Value>(
        _ script: [String: [StubAnswer]],
        time: TestTime = TestTime(),
        _ body: (KubernetesClient, StubAPI) async throws -> Value
    ) async throws -> Value {
        try await serve(try greeting().merging(script) { _, own in own }) { api in
            let client = try await KubernetesClient.connect(
                api.kubeconfig,
                userAgent: "test",
                time: time,
                jitter: { 1 }
            )
            do {
                let value = try await body(client, api)
                try await client.shutdown()
                return value
            } catch {
                try? await client.shutdown()
                throw error
            }
        }
    }

    var kubeconfig: Kubeconfig {
        Kubeconfig(context: "stub", server: "http://127.0.0.1:\(port)", skipsVerification: false, token: "secret")
    }

    /// What a server that serves `policy/v1` says of itself, and empty lists.
    static func greeting() throws -> [String: [StubAnswer]] {
        var script: [String: [StubAnswer]] = [
            "GET /version": [try .recorded("version")],
            "GET /apis/policy": [.json("{\"kind\":\"APIGroup\",\"versions\":[{\"groupVersion\":\"policy/v1\"}]}")],
        ]
        for kind in WatchedKind.all(policyVersion: "policy/v1") {
            script["GET \(kind.path)"] = [.list(kind.type.kind)]
            script["WATCH \(kind.path)"] = [.openWatch]
        }
        return script
    }
}

/// The handlers exist before the stub does.
final class ServedBox: Sendable {
    let api = Mutex<StubAPI?>(nil)
}

private final class StubHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let box: ServedBox
    private var head: HTTPRequestHead?
    private var body = ""

    init(_ box: ServedBox) { self.box = box }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ""
        case .body(let bytes): body += String(buffer: bytes)
        case .end:
            guard let head, let api = box.api.withLock({ $0 }) else { return }
            let parts = head.uri.split(separator: "?", maxSplits: 1).map(String.init)
            let query = parts.count > 1 ? parts[1] : ""
            let request = StubAPI.Asked(
                method: query.contains("watch=1") ? "WATCH" : head.method.rawValue,
                path: parts[0],
                query: query,
                headers: head.headers,
                body: body
            )
            write(api.answer(to: request), context)
        }
    }

    private func write(_ answer: StubAnswer, _ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(
            version: .http1_1,
            status: HTTPResponseStatus(statusCode: answer.status),
            headers: HTTPHeaders(answer.headers)
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let body = answer.bytes.map { ByteBuffer(bytes: $0) } ?? ByteBuffer(string: answer.body)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        if answer.ends { context.write(wrapOutboundOut(.end(nil)), promise: nil) }
        context.flush()
    }
}
