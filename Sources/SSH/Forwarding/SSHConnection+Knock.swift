import NIOCore

extension SSHConnection {
    /// Lets the server connect to `host` and `port`, and hang up again.
    ///
    /// - Throws: ``SSHError/forwardingRefused(_:to:reason:)`` where it cannot, `.timedOut` after `limit`, or what has
    ///   become of the connection itself.
    package func knock(at host: String, port: Int, limit: Duration) async throws {
        let id = nextID()
        try await perform { (engine: SessionEngine, promise: EventLoopPromise<Void>) in
            let visitor = Visitor(promise)
            let stream = ByteStream(id: id, to: .address(host: host, port: port), on: engine, consumer: visitor)
            visitor.stream = stream
            engine.start(stream, limit: limit, timeout: SSHError.timedOut(engine.endpoint, .forwarding, after: limit))
        } onCancel: { engine in
            engine.stop(id, CancellationError())
        }
    }
}

/// Wants to know that a stream was opened, and nothing more. Lives on the session's event loop.
private final class Visitor: StreamConsumer {
    weak var stream: ByteStream?
    private var promise: EventLoopPromise<Void>?

    init(_ promise: EventLoopPromise<Void>) { self.promise = promise }

    func streamOpened() {
        promise?.succeed()
        promise = nil
        stream?.close(nil)
    }

    func streamReceived(_ bytes: ByteBuffer) {}
    func streamReadComplete() {}
    func streamWritable() {}

    func streamEnded(_ error: (any Error)?) {
        promise?.fail(error ?? ChannelError.eof)
        promise = nil
    }
}
