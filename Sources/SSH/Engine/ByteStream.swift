// A channel that carries bytes both ways: a subsystem, or a TCP connection that the server makes.
import CLibSSH2
import DequeModule
import NIOCore

/// Takes what a stream brings. Called on the session's event loop, the end last and once.
protocol StreamConsumer: AnyObject {
    func streamOpened()
    func streamReceived(_ bytes: ByteBuffer)
    /// All that has arrived so far was handed over.
    func streamReadComplete()
    /// The stream takes more again, after ``ByteStream/isFull`` was true.
    func streamWritable()
    /// - Parameter error: nil when the server ended it.
    func streamEnded(_ error: (any Error)?)
}

/// A stream in a channel. Lives on the session's event loop.
final class ByteStream: ChannelJob {
    enum Destination {
        /// Such as `sftp` (RFC 4254, section 6.5).
        case subsystem(String)
        /// The server connects to this address (RFC 4254, section 7.2).
        case address(host: String, port: Int)
    }

    /// What a stream holds back before it asks its owner to pause.
    private static let fullAt = 1_048_576

    let id: UInt64
    let isSession: Bool
    var deadline: Scheduled<Void>?
    var refusals = 0
    private(set) var stage = ChannelStage.waiting
    private let destination: Destination
    private unowned let engine: SessionEngine
    /// Nil once the stream has ended.
    private var consumer: (any StreamConsumer)?
    private var outgoing: Deque<ByteBuffer> = []
    private var outgoingBytes = 0
    private var endsAfterOutgoing = false
    private var wasFull = false
    /// Set while the consumer takes no more; the server is held back then.
    var isPaused = false

    init(id: UInt64, to destination: Destination, on engine: SessionEngine, consumer: any StreamConsumer) {
        self.id = id
        self.destination = destination
        self.engine = engine
        self.consumer = consumer
        if case .subsystem = destination { isSession = true } else { isSession = false }
    }

    var isSettled: Bool { consumer == nil }
    var isFull: Bool { outgoingBytes >= Self.fullAt }

    // MARK: The owner's side

    func write(_ bytes: ByteBuffer) {
        guard !isSettled, bytes.readableBytes > 0 else { return }
        outgoing.append(bytes)
        outgoingBytes += bytes.readableBytes
        if isFull { wasFull = true }
        engine.drive()
    }

    /// Tells the server that nothing follows what was written.
    func endOutgoing() {
        guard !isSettled else { return }
        endsAfterOutgoing = true
        engine.drive()
    }

    func resume() {
        guard isPaused, !isSettled else { return }
        isPaused = false
        engine.drive()
    }

    /// Ends the stream from this side; the consumer hears of it.
    func close(_ error: (any Error)?) {
        guard !isSettled else { return }
        settle(error)
        engine.drive()
    }

    func fail(_ error: any Error) { settle(error) }

    private func settle(_ error: (any Error)?) {
        guard let consumer else { return }
        self.consumer = nil
        deadline?.cancel()
        deadline = nil
        outgoing = []
        outgoingBytes = 0
        if case .streaming(let channel) = stage { stage = .closing(channel) }
        consumer.streamEnded(error)
    }

    // MARK: The session's side

    func open(on session: Session) -> ChannelOpening {
        switch stage {
        case .waiting, .opening:
            stage = .opening
            return openChannel(session)
        case .requesting(let channel): return request(in: channel)
        case .streaming, .closing, .ended: return .done
        }
    }

    private func openChannel(_ session: Session) -> ChannelOpening {
        let step =
            switch destination {
            case .subsystem: session.openChannel()
            case .address(let host, let port): session.openConnection(host: host, port: port)
            }
        switch step {
        case .later: return .later
        case .done(let raw):
            stage = .requesting(SessionChannel(session: session, raw: raw))
            return open(on: session)
        case .failed(let failure) where failure.endsSession: return .broken(failure)
        case .failed(let failure):
            stage = .waiting
            if isSession { return .refused(failure) }
            stage = .ended
            settle(SSHError.forwardingRefused(engine.endpoint, to: destination.text, reason: failure.message))
            return .done
        }
    }

    private func request(in channel: SessionChannel) -> ChannelOpening {
        if case .subsystem(let name) = destination, !isSettled {
            switch channel.session.startSubsystem(name, in: channel.raw) {
            case .later: return .later
            case .done: break
            case .failed(let failure) where failure.endsSession: return .broken(failure)
            case .failed:
                stage = .closing(channel)
                settle(SSHError.subsystemRefused(engine.endpoint, name: name))
                return .done
            }
        }
        stage = isSettled ? .closing(channel) : .streaming(channel)
        deadline?.cancel()
        deadline = nil
        consumer?.streamOpened()
        return .done
    }

    func pump() throws(LibraryFailure) -> Bool {
        guard case .streaming(let channel) = stage else { return false }
        let sent = try send(to: channel)
        let received = try receive(from: channel)
        guard case .streaming = stage, !isPaused, channel.isAtEnd else { return sent || received }
        settle(nil)
        return true
    }

    private func send(to channel: SessionChannel) throws(LibraryFailure) -> Bool {
        var moved = false
        while var first = outgoing.first {
            guard !channel.session.wire.outboundIsFull else { return moved }
            let written = try first.withUnsafeReadableBytes { bytes throws(LibraryFailure) in
                try channel.write(bytes)
            }
            guard let written else { return moved }
            moved = true
            outgoingBytes -= written
            if written == first.readableBytes {
                outgoing.removeFirst()
            } else {
                first.moveReaderIndex(forwardBy: written)
                outgoing[outgoing.startIndex] = first
            }
        }
        if wasFull, outgoingBytes < Self.fullAt / 2 {
            wasFull = false
            consumer?.streamWritable()
        }
        guard endsAfterOutgoing, outgoing.isEmpty, case .done = channel.sendEndOfInput() else { return moved }
        endsAfterOutgoing = false
        return true
    }

    private func receive(from channel: SessionChannel) throws(LibraryFailure) -> Bool {
        var moved = false
        while !isPaused, !isSettled {
            guard let bytes = try channel.read(upTo: 65_536) else { break }
            moved = true
            consumer?.streamReceived(bytes)
        }
        if moved { consumer?.streamReadComplete() }
        // What a subsystem says on its error stream would keep the end of file from showing.
        if isSession { _ = try channel.drain(.errors) { _ in } }
        return moved
    }

    func dispose() -> Bool { stage.dispose() }

    func takeClosedChannel() -> SessionChannel? { nil }
}

extension ByteStream.Destination {
    /// The destination as a message names it.
    var text: String {
        switch self {
        case .subsystem(let name): name
        case .address(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
