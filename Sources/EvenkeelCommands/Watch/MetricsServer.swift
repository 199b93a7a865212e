import NIOCore
import NIOPosix

/// Answers `GET /metrics` for a Prometheus; one request to a connection.
struct MetricsServer: Sendable {
    let host: String
    let port: Int

    private static let longestRequest = 8192

    /// Reads `HOST:PORT`, or a port alone for one that only this machine reaches; the host of an IPv6 address stands in
    /// brackets.
    init(address given: String) throws {
        let address = given.contains(":") ? given : "127.0.0.1:\(given)"
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
            (1...65535).contains(port), colon != address.startIndex
        else {
            throw CommandFailure("--metrics \(given): is no address: write it as 127.0.0.1:9464", code: .usage)
        }
        let host = address[..<colon]
        self.host = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
        self.port = port
    }

    typealias Listener = NIOAsyncChannel<NIOAsyncChannel<ByteBuffer, ByteBuffer>, Never>

    /// Serves until it is cancelled.
    func run(_ page: @escaping @Sendable () async throws -> String) async throws {
        try await Self.serve(try await listen(), page)
    }

    /// Takes the address, so that one that cannot be had is known before anything begins.
    func listen() async throws -> Listener {
        do {
            return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port) { channel in
                    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
                }
        } catch {
            throw CommandFailure("--metrics \(host):\(port): cannot listen there: \(error)")
        }
    }

    static func serve(_ server: Listener, _ page: @escaping @Sendable () async throws -> String) async throws {
        try await server.executeThenClose { connections in
            try await withThrowingDiscardingTaskGroup { group in
                for try await connection in connections {
                    // A client that goes away harms nobody.
                    group.addTask { try? await answer(connection, page) }
                }
            }
        }
    }

    private static func answer(
        _ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>,
        _ page: @Sendable () async throws -> String
    ) async throws {
        try await connection.executeThenClose { inbound, outbound in
            var request = ""
            for try await part in inbound {
                request += String(buffer: part)
                if request.contains("\r\n\r\n") || request.utf8.count > longestRequest { break }
            }
            try await outbound.write(ByteBuffer(string: await response(to: request, page)))
            outbound.finish()
        }
    }

    static func response(to request: String, _ page: @Sendable () async throws -> String) async -> String {
        let words = request.prefix { !$0.isNewline }.split(separator: " ")
        guard words.count == 3, request.contains("\r\n\r\n") else { return reply("400 Bad Request", "no request\n") }
        guard words[0] == "GET" else { return reply("405 Method Not Allowed", "GET only\n") }
        guard words[1] == "/metrics" else { return reply("404 Not Found", "there is only /metrics\n") }
        do {
            let type = "application/openmetrics-text; version=1.0.0; charset=utf-8"
            return reply("200 OK", try await page(), type: type)
        } catch {
            return reply("500 Internal Server Error", "\(error)\n")
        }
    }

    private static func reply(_ status: String, _ body: String, type: String = "text/plain; charset=utf-8") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n"
            + body
    }
}
