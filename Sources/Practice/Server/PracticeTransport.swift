import HTTPTypes
import Hummingbird
import Logging
import NIOCore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Carries requests and answers between HTTP and the practice cluster, and nothing more.
struct PracticeTransport: Sendable {
    private static let largestBody = 8 << 20

    let port: Int
    let logger: Logger

    init(port: Int, logger: Logger?) {
        self.port = port
        var quiet = Logger(label: "practice")
        quiet.logLevel = .critical
        self.logger = logger ?? quiet
    }

    func run(
        _ server: PracticeServer,
        onBound: @escaping @Sendable (PracticeServer.Address) -> Void
    ) async throws {
        let application = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in try await respond(request, server) },
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: port),
                serverName: nil
            ),
            onServerRunning: { channel in
                onBound(PracticeServer.Address(host: "127.0.0.1", port: channel.localAddress?.port ?? port))
            },
            logger: logger
        )
        do {
            try await application.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw PracticeServerError.portTaken(port)
        }
    }

    private func respond(_ request: Request, _ server: PracticeServer) async throws -> Response {
        let body = try await request.body.collect(upTo: Self.largestBody)
        let practiceRequest = PracticeRequest(
            method: request.method.rawValue,
            target: request.uri.string,
            headers: request.headers.map { ($0.name.rawName, $0.value) },
            body: Array(body.readableBytesView)
        )
        let response = await server.answer(practiceRequest)
        var headers = HTTPFields()
        for (name, value) in response.headers {
            if let field = HTTPField.Name(name) { headers.append(HTTPField(name: field, value: value)) }
        }
        return Response(
            status: HTTPResponse.Status(code: response.status),
            headers: headers,
            body: content(response, server)
        )
    }

    private func content(_ response: PracticeResponse, _ server: PracticeServer) -> ResponseBody {
        switch response.content {
        case .bytes(let bytes): ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        case .watch(let subscription): ResponseBody { try await Self.stream(subscription, server, into: &$0) }
        }
    }

    @concurrent private static func stream(
        _ subscription: WatchSubscription,
        _ server: PracticeServer,
        into writer: inout any ResponseBodyWriter
    ) async throws {
        let watch = await server.open(subscription)
        do {
            // An empty chunk would end the stream; the headers go out with the first event at the latest.
            while true {
                let poll = await server.next(watch)
                if !poll.bytes.isEmpty { try await writer.write(ByteBuffer(bytes: poll.bytes)) }
                if poll.isEnded { break }
            }
        } catch {
            await server.close(watch)
            throw error
        }
        await server.close(watch)
        try await writer.finish(nil)
    }
}
