import AsyncHTTPClient
import ClusterModel
import NIOCore
import NIOHTTP1
import Practice
import Testing

/// A real client against the real port.
@Suite(.timeLimit(.minutes(1)))
struct ServerTests {
    private func serving(
        token: String? = nil,
        _ body: @escaping @Sendable (PracticeServer, String) async throws -> Void
    ) async throws {
        let server = PracticeServer(cluster: .demo(seed: 3), speed: 50, token: token)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            try await body(server, "\(try await server.address)")
            group.cancelAll()
        }
    }

    private func get(_ url: String, _ headers: [(String, String)] = []) async throws -> (status: Int, json: JSONValue) {
        var request = HTTPClientRequest(url: url)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let body = try await response.body.collect(upTo: 16 << 20)
        return (Int(response.status.code), try JSONValue(parsing: Array(body.readableBytesView)))
    }

    @Test func `list, watch and eviction work over HTTP`() async throws {
        try await serving { server, base in
            let list = try await get("\(base)/api/v1/namespaces/shop/pods").json
            let pod = try #require(list["items"]?.array?.first)
            let watch = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "\(base)/api/v1/namespaces/shop/pods?watch=1&resourceVersion=\(list.revision)"),
                timeout: .seconds(40)
            )
            #expect(watch.status == .ok)
            var eviction = HTTPClientRequest(url: "\(base)/api/v1/namespaces/shop/pods/\(pod.name)/eviction")
            eviction.method = .POST
            eviction.headers.add(name: "Content-Type", value: "application/json")
            let body: JSONValue = [
                "apiVersion": "policy/v1", "kind": "Eviction",
                "metadata": ["name": .string(pod.name), "namespace": "shop"],
            ]
            eviction.body = .bytes(ByteBuffer(bytes: body.bytes))
            let admitted = try await HTTPClient.shared.execute(eviction, timeout: .seconds(20))
            #expect(admitted.status == .created)
            #expect(try await sees("DELETED", of: pod.uid, in: watch.body))
            let audit = await server.withCluster { $0.auditLog }
            #expect(audit.last?.path == "/api/v1/namespaces/shop/pods/\(pod.name)/eviction")
        }
    }

    private func sees(_ type: String, of uid: String, in body: HTTPClientResponse.Body) async throws -> Bool {
        var line: [UInt8] = []
        for try await buffer in body {
            for byte in buffer.readableBytesView {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                let event = try JSONValue(parsing: line)
                line = []
                if event["type"]?.string == type, event["object"]?.uid == uid { return true }
            }
        }
        return false
    }

    @Test func `a watch ends by itself after its timeout`() async throws {
        try await serving { _, base in
            let watch = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "\(base)/api/v1/nodes?watch=1&timeoutSeconds=1&resourceVersion=999999"),
                timeout: .seconds(20)
            )
            let body = try await watch.body.collect(upTo: 1 << 20)
            #expect(body.readableBytes == 0)
        }
    }

    @Test func `a token is asked for where there is one`() async throws {
        try await serving(token: "secret") { server, base in
            #expect(try await get("\(base)/api/v1/nodes").status == 401)
            let admitted = try await get("\(base)/api/v1/nodes", [("Authorization", "Bearer secret")])
            #expect(admitted.status == 200)
            #expect(admitted.json["items"]?.array?.count == 12)
            let config = try await server.kubeconfig()
            #expect(config.contains(base))
            #expect(config.contains("token: secret"))
        }
    }

    @Test func `time runs by itself, and faults come from outside`() async throws {
        try await serving { server, base in
            let watch = try await HTTPClient.shared.execute(
                HTTPClientRequest(url: "\(base)/api/v1/nodes?watch=1"),
                timeout: .seconds(40)
            )
            let before = await server.withCluster { cluster in
                cluster.reboot(node: "worker-1", duration: .seconds(30))
                return cluster.object(.node, ObjectKey(name: "worker-1"))?["status", "nodeInfo", "bootID"]?.string
            }
            #expect(try await seesNewBoot(than: before ?? "", in: watch.body))
        }
    }

    private func seesNewBoot(than old: String, in body: HTTPClientResponse.Body) async throws -> Bool {
        var text = ""
        for try await buffer in body {
            text += String(buffer: buffer)
            let events = text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
            let boots = events.filter { $0["object"]?.name == "worker-1" && $0["object"]?.isReady == true }
            if boots.contains(where: { $0["object", "status", "nodeInfo", "bootID"]?.string != old }) { return true }
        }
        return false
    }

    @Test func `a port that is taken is named`() async throws {
        try await serving { server, _ in
            let port = try await server.address.port
            let second = PracticeServer(cluster: .demo(seed: 4), port: port)
            await #expect(throws: PracticeServerError.portTaken(port)) { try await second.run() }
        }
    }
}
