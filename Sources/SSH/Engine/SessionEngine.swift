// Drives one libssh2 session on an event loop.
import NIOCore

/// Feeds a session with what arrives, sends what it writes, and steps its operations in between.
///
/// Set-up operations and channel openings go through one queue, first in, first out: libssh2 allows only one of
/// them at a time. Jobs that run have channels, hence state, of their own and take turns.
final class SessionEngine {
    let endpoint: SSHEndpoint
    let loop: any EventLoop
    /// Owned by what feeds this engine; gone once its bytes have nowhere to go.
    weak var transport: (any Transport)?
    /// Fulfilled when the transport is closed and the session freed.
    let closed: EventLoopPromise<Void>
    /// Called once, before anybody whose work fails with the connection is told.
    var onEnd: (() -> Void)?
    let jobs: ChannelTable
    private var session: Session?
    private var setup: [any SessionOperation] = []
    private var isDriving = false
    private var isAskedAgain = false
    private var isTransportClosed = false
    private var isGreeted = false
    private var bytesBeforeBanner = 0
    /// When bytes last came from the server.
    private(set) var lastArrival: NIODeadline
    /// The next look at the server's silence.
    var probeTask: Scheduled<Void>?
    /// Why nothing can run here any more.
    private(set) var end: SSHError?

    init(endpoint: SSHEndpoint, session: Session, loop: any EventLoop) {
        self.endpoint = endpoint
        self.loop = loop
        self.session = session
        self.jobs = ChannelTable(endpoint: endpoint)
        self.closed = loop.makePromise()
        self.lastArrival = .now()
    }

    // MARK: The transport

    /// Takes bytes from the server; ``drive()`` goes on with them.
    func append(_ bytes: ByteBuffer) {
        session?.wire.append(bytes)
        if !isGreeted { bytesBeforeBanner += bytes.readableBytes }
    }

    var isCongested: Bool {
        get { session?.wire.isCongested ?? false }
        set {
            session?.wire.isCongested = newValue
            if !newValue { drive() }
        }
    }

    /// Ends everything; what has arrived before is still looked at.
    func transportClosed(reason: String?) {
        guard !isTransportClosed else { return }
        isTransportClosed = true
        drive()
        let hasBanner = session?.hasBanner == true
        finish(hasBanner ? .connectionLost(endpoint, reason: reason ?? "the server closed it") : .noBanner(endpoint))
        closed.succeed()
    }

    // MARK: Work

    /// Queues a set-up operation; when `limit` passes first, the connection is given up.
    func start<Value>(_ operation: SetupOperation<Value>, limit: Duration, timeout: @escaping (Session) -> SSHError) {
        if let end { return operation.fail(end) }
        operation.deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
            guard let session = self.session else { return }
            self.finish(timeout(session))
        }
        setup.append(operation)
        drive()
    }

    /// Queues a job; when `limit` passes before it ends, it ends with `timeout` and its channel is closed.
    func start(_ job: any ChannelJob, limit: Duration? = nil, timeout: SSHError? = nil) {
        if let end { return job.fail(end) }
        if let limit, let timeout {
            job.deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(limit)) {
                self.stop(job.id, timeout)
            }
        }
        jobs.add(job)
        drive()
    }

    /// Ends a job from outside; the others go on.
    func stop(_ id: UInt64, _ error: any Error) {
        jobs.fail(id, error)
        drive()
    }

    /// Says goodbye to the server and ends everything.
    func leave() {
        guard end == nil else { return }
        session?.disconnect()
        flush()
        finish(.connectionClosed(endpoint))
    }

    /// Fails whatever is still under way, frees the session and closes the transport.
    func finish(_ error: SSHError, as cause: (any Error)? = nil) {
        guard end == nil else { return }
        end = error
        onEnd?()
        onEnd = nil
        probeTask?.cancel()
        probeTask = nil
        for operation in setup { operation.fail(cause ?? error) }
        setup = []
        jobs.failAll(cause ?? error)
        if !isDriving { session = nil }
        transport?.close()
    }

    /// Whether something is under way that must be finished before anything else is opened.
    var isOpening: Bool { !setup.isEmpty || jobs.isOpening }

    // MARK: The drive

    /// Moves everything as far as it goes. A call from within asks for another turn.
    func drive() {
        guard end == nil, let session else { return }
        guard !isDriving else {
            isAskedAgain = true
            return
        }
        isDriving = true
        if session.wire.inbound.readableBytes > 0 { lastArrival = .now() }
        var isMoving = true
        while isMoving, end == nil {
            isAskedAgain = false
            let before = session.wire.inbound.readableBytes
            let advanced = advanceSetup(session)
            let moved = advanceJobs(session)
            flush()
            isMoving = advanced || moved || isAskedAgain || session.wire.inbound.readableBytes != before
        }
        isDriving = false
        if !isGreeted { checkGreeting(session) }
        if end != nil { self.session = nil }
    }

    /// A server may say something before its banner (RFC 4253, section 4.2), but not without end.
    private func checkGreeting(_ session: Session) {
        isGreeted = session.hasReadBanner
        guard !isGreeted, bytesBeforeBanner > Self.longestGreeting else { return }
        finish(.handshakeFailed(endpoint, reason: "it sends \(Self.longestGreeting) bytes without an SSH banner"))
    }

    private static let longestGreeting = 65_536

    private func advanceSetup(_ session: Session) -> Bool {
        guard let first = setup.first, first.advance(session) else { return false }
        // A caller's callback may have ended everything meanwhile.
        if !setup.isEmpty { setup.removeFirst() }
        return true
    }

    private func advanceJobs(_ session: Session) -> Bool {
        guard setup.isEmpty else { return false }
        do {
            return try jobs.advance(session) { pause in
                self.loop.assumeIsolated().scheduleTask(in: pause) {
                    self.jobs.resume()
                    self.drive()
                }
            }
        } catch {
            finish(.connectionLost(endpoint, reason: error.message))
            return false
        }
    }

    private func flush() {
        guard let bytes = session?.wire.takeOutbound() else { return }
        transport?.send(bytes)
    }
}
