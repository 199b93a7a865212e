// An authenticated connection to one server.
package import NIOCore
import Synchronization

/// A logged-in connection that runs commands, several at once if asked.
///
/// All of libssh2 stays on the connection's event loop; no thread belongs to a connection. Dropping the last reference
/// does not close it: call ``close()``.
package final class SSHConnection: Sendable {
    package let endpoint: SSHEndpoint
    let engine: NIOLoopBound<SessionEngine>
    let loop: any EventLoop
    private let closed: EventLoopFuture<Void>
    private let isClosed = Atomic<Bool>(false)
    private let lastID = Atomic<UInt64>(0)

    /// To be made on the engine's event loop.
    init(_ engine: SessionEngine) {
        self.endpoint = engine.endpoint
        self.loop = engine.loop
        self.engine = NIOLoopBound(engine, eventLoop: engine.loop)
        self.closed = engine.closed.futureResult
        engine.onEnd = { self.isClosed.store(true, ordering: .releasing) }
    }

    /// Whether the connection still stands, as far as this side knows.
    package var isOpen: Bool { !isClosed.load(ordering: .acquiring) }

    /// Runs a command and waits for its end.
    ///
    /// - Parameters:
    ///   - command: handed to the user's shell on the server as it is.
    ///   - standardInput: what the command reads; its input then ends.
    ///   - timeout: counted from this call. When it passes, the channel is closed; what the command does then is up to it.
    ///   - outputLimit: bytes kept of each output stream, half from its head and half from its tail.
    ///   - onOutput: called on the event loop with all output as it comes, so it must return soon.
    /// - Returns: exit and output; a non-zero exit is no error.
    /// - Throws: ``SSHError``, or `CancellationError` when the task is cancelled.
    package func execute(
        _ command: String,
        standardInput: ByteBuffer = ByteBuffer(),
        timeout: Duration? = nil,
        outputLimit: Int = 1_048_576,
        onOutput: (@Sendable (SSHOutput) -> Void)? = nil
    ) async throws -> SSHCommandResult {
        let id = nextID()
        let request = CommandRequest(
            line: command,
            input: standardInput,
            outputLimit: outputLimit,
            onOutput: onOutput
        )
        return try await perform { [endpoint] engine, promise in
            engine.start(
                Command(id: id, endpoint: endpoint, request: request, promise: promise),
                limit: timeout,
                timeout: timeout.map { SSHError.commandTimedOut(endpoint, after: $0) }
            )
        } onCancel: { engine in
            engine.stop(id, CancellationError())
        }
    }

    /// Runs a command with text as its standard input.
    package func execute(
        _ command: String,
        standardInput: String,
        timeout: Duration? = nil,
        outputLimit: Int = 1_048_576,
        onOutput: (@Sendable (SSHOutput) -> Void)? = nil
    ) async throws -> SSHCommandResult {
        try await execute(
            command,
            standardInput: ByteBuffer(string: standardInput),
            timeout: timeout,
            outputLimit: outputLimit,
            onOutput: onOutput
        )
    }

    /// Ends all that runs here, tells the server, and closes the connection. Closing twice is fine.
    package func close() async {
        let engine = engine
        loop.execute { engine.value.leave() }
        // This future never fails.
        try? await closed.get()
    }

    /// Fulfilled when the connection is closed, whoever closed it.
    var closing: EventLoopFuture<Void> { closed }

    func nextID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

    /// Starts work on the event loop and waits for its value. `onCancel` runs there, and always after the start.
    func perform<Value: Sendable>(
        _ start: @escaping @Sendable (SessionEngine, EventLoopPromise<Value>) -> Void,
        onCancel: @escaping @Sendable (SessionEngine) -> Void
    ) async throws -> Value {
        let promise = loop.makePromise(of: Value.self)
        let engine = engine
        loop.execute { start(engine.value, promise) }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: { [loop] in
            loop.execute { onCancel(engine.value) }
        }
    }
}
