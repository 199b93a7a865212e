// A channel of one session as the transport of another: what a jump host is.
import NIOCore

/// Lives on the event loop that both sessions share.
final class StreamTransport: StreamConsumer, Transport {
    private let engine: SessionEngine
    private var stream: ByteStream?
    private var opening: EventLoopPromise<Void>?

    init(_ engine: SessionEngine, opening: EventLoopPromise<Void>) {
        self.engine = engine
        self.opening = opening
        engine.transport = self
    }

    /// Opens the stream on the jump host's session.
    func start(_ stream: ByteStream, on jump: SessionEngine, limit: Duration) {
        self.stream = stream
        let timeout = SSHError.timedOut(engine.endpoint, .connect, after: limit)
        jump.start(stream, limit: limit, timeout: timeout)
    }

    // MARK: Transport

    func send(_ bytes: ByteBuffer) {
        guard let stream else { return }
        stream.write(bytes)
        if stream.isFull { engine.isCongested = true }
    }

    func close() { stream?.close(nil) }

    // MARK: StreamConsumer

    func streamOpened() {
        opening?.succeed()
        opening = nil
    }

    func streamReceived(_ bytes: ByteBuffer) { engine.append(bytes) }

    func streamReadComplete() { engine.drive() }

    func streamWritable() { engine.isCongested = false }

    func streamEnded(_ error: (any Error)?) {
        stream = nil
        opening?.fail(error ?? SSHError.connectionClosed(engine.endpoint))
        opening = nil
        engine.transportClosed(reason: error.map { "\($0)" })
    }
}

extension SSHConnection {
    /// A connection through this one, whose handshake is still to come.
    func dial(_ endpoint: SSHEndpoint, timeouts: SSHTimeouts, listedTypes: [String]) async throws -> SSHConnection {
        let id = nextID()
        let connection = loop.makePromise(of: SSHConnection.self)
        try await perform { (jump, opening: EventLoopPromise<Void>) in
            let inner: SessionEngine
            do {
                let session = try Session(listedTypes: listedTypes)
                inner = SessionEngine(endpoint: endpoint, session: session, loop: jump.loop)
            } catch {
                connection.fail(error)
                return opening.fail(error)
            }
            connection.succeed(SSHConnection(inner))
            let transport = StreamTransport(inner, opening: opening)
            let address = ByteStream.Destination.address(host: endpoint.host, port: endpoint.port)
            let stream = ByteStream(id: id, to: address, on: jump, consumer: transport)
            transport.start(stream, on: jump, limit: timeouts.connect)
        } onCancel: { jump in
            jump.stop(id, CancellationError())
        }
        let opened = try await connection.futureResult.get()
        opened.probe(every: timeouts.keepalive)
        return opened
    }

    /// Asks for a sign of life after silence: behind a jump host, TCP cannot tell whether the server is still there.
    private func probe(every interval: Duration) {
        let engine = engine
        loop.execute { engine.value.probe(every: interval) }
    }
}
