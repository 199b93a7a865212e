import ClusterModel
import Execution
import NIOCore
import NIOPosix
import Playbooks
import Ports
import Rollout
import Synchronization
import Testing

@testable import EvenkeelCommands

extension Processes {
    /// Gates and webhooks against a server that lives.
    struct GateServerTests {
        private static func vector(_ values: String...) -> String {
            let rows = values.map { #"{"metric":{},"value":[1795413600.1,"\#($0)"]}"# }.joined(separator: ",")
            return #"{"status":"success","data":{"resultType":"vector","result":[\#(rows)]}}"#
        }

        private static func obstacle(_ kind: GateSettings.Kind) async throws -> String? {
            try await SystemGates().obstacle(at: GateSettings(name: "gate", kind: kind), variables: [:], in: nil)
        }

        @Test(arguments: [(200, true), (302, true), (404, false), (503, false)])
        func `an HTTP gate is open where the page answers well`(status: Int, isOpen: Bool) async throws {
            try await PlainServer.with { server in
                server.answer(status)
                let obstacle = try await Self.obstacle(.http("http://127.0.0.1:\(server.port)/healthz"))
                #expect((obstacle == nil) == isOpen, "\(obstacle ?? "")")
                if !isOpen { #expect(obstacle?.contains("answers \(status)") == true, "\(obstacle ?? "")") }
                #expect(server.requests.first?.hasPrefix("GET /healthz HTTP/1.1") == true)
            }
        }

        @Test func `a TCP gate is open while somebody listens, and says that nobody does`() async throws {
            var port = 0
            try await PlainServer.with { server in
                port = server.port
                let obstacle = try await Self.obstacle(.tcp(host: "127.0.0.1", port: port))
                #expect(obstacle == nil)
            }
            let closed = try await Self.obstacle(.tcp(host: "127.0.0.1", port: port))
            #expect(closed == "127.0.0.1:\(port) refuses the connection")
            let silent = try await Self.obstacle(.http("http://127.0.0.1:\(port)/"))
            #expect(silent != nil)
        }

        struct Answer: Sendable {
            var body: String
            var below: Double?
            var above: Double?
            /// What the obstacle says; nil where the gate is open.
            var clue: String?
        }

        static let answers = [
            Answer(body: vector("0.4"), below: 1),
            Answer(body: vector("0.4", "3"), below: 1, clue: "3.0, not below 1.0"),
            Answer(body: vector("12"), above: 10),
            Answer(body: vector("9"), above: 10, clue: "9.0, not above 10.0"),
            Answer(body: vector("NaN"), below: 1, clue: "no number"),
            Answer(body: vector(), below: 1, clue: "no value"),
            Answer(body: #"{"data":{"resultType":"scalar","result":[1795413600,"0.2"]}}"#, below: 1),
            Answer(body: "<html>", below: 1, clue: "no instant vector"),
        ]

        @Test(arguments: answers)
        func `a Prometheus gate goes by the values of its query`(answer: Answer) async throws {
            try await PlainServer.with { server in
                server.answer(200, answer.body)
                let gate = GateSettings.Kind.prometheus(
                    query: "sum(rate(http_5xx[5m])) + 0",
                    server: "http://127.0.0.1:\(server.port)",
                    below: answer.below,
                    above: answer.above
                )
                let obstacle = try await Self.obstacle(gate)
                #expect((obstacle == nil) == (answer.clue == nil), "\(obstacle ?? "")")
                if let clue = answer.clue { #expect(obstacle?.contains(clue) == true, "\(obstacle ?? "")") }
                let line = server.requests.first?.prefix { $0 != "\r\n" } ?? ""
                #expect(line.hasPrefix("GET /api/v1/query?query=sum(rate(http_5xx"), "\(line)")
                // A plus sign would be read as a space.
                #expect(line.contains("%2B"), "\(line)")
            }
        }

        @Test func `a webhook is told once more until it has understood, in JSON`() async throws {
            try await PlainServer.with { server in
                server.answer(500)
                server.answer(204)
                let notes = Mutex<[String]>([])
                let hook = HookSettings(
                    moments: [.halted],
                    target: .webhook("http://127.0.0.1:\(server.port)/hook"),
                    retries: 3
                )
                let run = RunRecord(
                    id: "run-1",
                    startedAt: Instant(milliseconds: 0),
                    startedBy: "a",
                    cluster: "shop",
                    plan: ""
                )
                let hooks = HookRunner([hook], run: run, time: NoWait()) { note in notes.withLock { $0.append(note) } }
                try await hooks.during {
                    hooks.tell(.event(.halted(reason: "no \"room\""), at: Instant(milliseconds: 1_795_413_600_000)))
                    // Nobody asked to be told of this.
                    hooks.tell(.event(.finished, at: Instant(milliseconds: 1_795_413_600_000)))
                }
                #expect(notes.withLock { $0 }.isEmpty)
                let requests = server.requests
                #expect(requests.count == 2, "\(requests)")
                for request in requests {
                    #expect(request.hasPrefix("POST /hook HTTP/1.1"))
                    #expect(request.lowercased().contains("content-type: application/json"))
                    #expect(request.contains(#""event" : "halted""#), "\(request)")
                    #expect(request.contains(#""reason" : "no \"room\"""#), "\(request)")
                    #expect(request.contains(#""cluster" : "shop""#) && request.contains(#""run" : "run-1""#))
                }
            }
        }

        @Test func `a webhook that never understands costs the run nothing but a note`() async throws {
            try await PlainServer.with { server in
                for _ in 0..<3 { server.answer(500) }
                let notes = Mutex<[String]>([])
                let url = "http://127.0.0.1:\(server.port)/hook"
                let hook = HookSettings(moments: [.finished], target: .webhook(url), retries: 2)
                let run = RunRecord(
                    id: "run-1",
                    startedAt: Instant(milliseconds: 0),
                    startedBy: "a",
                    cluster: "shop",
                    plan: ""
                )
                let hooks = HookRunner([hook], run: run, time: NoWait()) { note in notes.withLock { $0.append(note) } }
                let value = try await hooks.during {
                    hooks.tell(.event(.finished, at: Instant(milliseconds: 1_795_413_600_000)))
                    return 7
                }
                #expect(value == 7)
                #expect(server.requests.count == 3)
                let note = notes.withLock { $0 }.first ?? ""
                #expect(note.contains("could not be told of finished") && note.contains("answers 500"), "\(note)")
            }
        }
    }
}

/// Short pauses are over at once; the time that is given for the last deliveries never is.
private struct NoWait: Timepiece {
    let now = Instant(milliseconds: 1_795_413_600_000)

    func sleep(until instant: Instant) async throws {
        guard instant.since(now) >= .seconds(15) else { return }
        let (forever, end) = AsyncStream.makeStream(of: Void.self)
        for await _ in forever {}
        end.finish()
    }
}

/// An HTTP server on the loopback that notes what it is asked, and answers as it was told, in turn.
private final class PlainServer: Sendable {
    private struct State {
        var answers: [(status: Int, body: String)] = []
        var requests: [String] = []
    }

    private let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)

    var requests: [String] { state.withLock(\.requests) }
    var port: Int { channel.withLock { $0?.localAddress?.port } ?? 0 }

    func answer(_ status: Int, _ body: String = "") { state.withLock { $0.answers.append((status, body)) } }

    static func with(_ body: (PlainServer) async throws -> Void) async throws {
        let server = PlainServer()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(Handler(server))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.channel.withLock { $0 = channel }
        do { try await body(server) } catch {
            try? await channel.close()
            throw error
        }
        try await channel.close()
    }

    private func reply(to request: String) -> String {
        let answer = state.withLock { state in
            state.requests.append(request)
            return state.answers.isEmpty ? (status: 200, body: "") : state.answers.removeFirst()
        }
        let length = answer.body.utf8.count
        return "HTTP/1.1 \(answer.status) X\r\nContent-Length: \(length)\r\nConnection: close\r\n\r\n\(answer.body)"
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let server: PlainServer
        private var text = ""

        init(_ server: PlainServer) { self.server = server }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            text += String(buffer: unwrapInboundIn(data))
            guard isComplete else { return }
            let answer = ByteBuffer(string: server.reply(to: text))
            text = ""
            let (loop, channel) = (context.eventLoop, context.channel)
            context.writeAndFlush(wrapOutboundOut(answer)).hop(to: loop).whenComplete { _ in channel.close(promise: nil)
            }
        }

        private var isComplete: Bool {
            let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return false }
            let length = parts[0].lowercased().split(separator: "\r\n").lazy
                .compactMap { $0.hasPrefix("content-length:") ? Int($0.dropFirst(15).filter(\.isNumber)) : nil }.first
            return parts[1].utf8.count >= length ?? 0
        }
    }
}
