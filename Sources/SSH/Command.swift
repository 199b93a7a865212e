// One command on a session, from waiting for a channel until the channel is freed.
import CLibSSH2
import NIOCore

/// The state of one command. Lives on the session's event loop.
final class Command {
    enum Stage {
        case waiting
        case opening
        case requesting(CommandChannel)
        case streaming(CommandChannel)
        case closing(CommandChannel)
        case ended
    }

    let id: UInt64
    private let endpoint: SSHEndpoint
    private let line: String
    private var input: ByteBuffer
    private var inputEnded = false
    private var output: OutputCollector
    private var errors: OutputCollector
    private var received = 0
    private let onOutput: (@Sendable (SSHOutput) -> Void)?
    private var promise: EventLoopPromise<SSHCommandResult>?
    /// Ends the command when its time is up.
    var deadline: Scheduled<Void>?
    /// How often the server refused a channel for it.
    var refusals = 0
    private(set) var stage = Stage.waiting

    init(id: UInt64, endpoint: SSHEndpoint, request: CommandRequest, promise: EventLoopPromise<SSHCommandResult>) {
        self.id = id
        self.endpoint = endpoint
        self.line = request.line
        self.input = request.input
        self.output = OutputCollector(limit: request.outputLimit)
        self.errors = OutputCollector(limit: request.outputLimit)
        self.onOutput = request.onOutput
        self.promise = promise
    }

    var isSettled: Bool { promise == nil }
    /// Its channel carried so little that libssh2 has no reason to touch the channel's window any more.
    var staysBelowWindowUpdates: Bool { received < 262_144 }

    /// Gives the caller the outcome, once; what is open of the channel is still to be closed.
    func settle(_ outcome: Result<SSHCommandResult, any Error>) {
        promise?.completeWith(outcome)
        promise = nil
        deadline?.cancel()
        deadline = nil
        input = ByteBuffer()
        if case .streaming(let channel) = stage { stage = .closing(channel) }
    }

    enum Opening {
        case done
        case later
        /// The server has no channel free.
        case refused(LibraryFailure)
        case broken(LibraryFailure)
    }

    /// Opens the channel and asks for the command.
    func open(on session: Session) -> Opening {
        switch stage {
        case .waiting, .opening:
            stage = .opening
            switch session.openChannel() {
            case .later: return .later
            case .failed(let failure):
                stage = .waiting
                return failure.endsSession ? .broken(failure) : .refused(failure)
            case .done(let raw):
                stage = .requesting(CommandChannel(session: session, raw: raw))
                return open(on: session)
            }
        case .requesting(let channel): return request(in: channel)
        case .streaming, .closing, .ended: return .done
        }
    }

    private func request(in channel: CommandChannel) -> Opening {
        if isSettled {
            stage = .closing(channel)
            return .done
        }
        switch channel.session.execute(line, in: channel.raw) {
        case .later: return .later
        case .done:
            stage = isSettled ? .closing(channel) : .streaming(channel)
            return .done
        case .failed(let failure):
            if failure.endsSession { return .broken(failure) }
            stage = .closing(channel)
            settle(.failure(SSHError.commandRefused(endpoint)))
            return .done
        }
    }

    /// Moves bytes both ways and notices the end; returns whether anything moved.
    func pump() throws(LibraryFailure) -> Bool {
        guard case .streaming(let channel) = stage else { return false }
        let sent = try feed(channel)
        let read = try drain(channel)
        received += read
        guard channel.isAtEnd else { return sent || read > 0 }
        switch channel.waitUntilClosed() {
        case .later: return sent || read > 0
        case .failed(let failure): throw failure
        case .done:
            let result = SSHCommandResult(
                exit: channel.exit,
                standardOutput: output.captured,
                standardError: errors.captured
            )
            settle(.success(result))
            return true
        }
    }

    private func feed(_ channel: CommandChannel) throws(LibraryFailure) -> Bool {
        if inputEnded { return false }
        var moved = false
        while input.readableBytes > 0 {
            if channel.session.wire.outboundIsFull { return moved }
            let written = try input.withUnsafeReadableBytes { bytes throws(LibraryFailure) in
                try channel.write(bytes)
            }
            guard let written else { return moved }
            input.moveReaderIndex(forwardBy: written)
            moved = true
        }
        if case .later = channel.sendEndOfInput() { return moved }
        inputEnded = true
        return true
    }

    private func drain(_ channel: CommandChannel) throws(LibraryFailure) -> Int {
        let first = try channel.drain(.output) { bytes in
            output.append(bytes)
            onOutput?(.standardOutput(Array(bytes)))
        }
        let second = try channel.drain(.errors) { bytes in
            errors.append(bytes)
            onOutput?(.standardError(Array(bytes)))
        }
        return first + second
    }

    /// Frees the channel of a settled command; true when nothing of it is left.
    func dispose() -> Bool {
        switch stage {
        case .waiting, .ended: return true
        case .opening, .requesting, .streaming: return false
        case .closing(let channel):
            if case .later = channel.free() { return false }
            stage = .ended
            return true
        }
    }

    /// The channel of a command whose both ends are closed, to be kept in place of freeing it.
    func takeClosedChannel() -> CommandChannel? {
        guard case .closing(let channel) = stage, channel.isAtEnd, case .done = channel.waitUntilClosed(),
            case .done = channel.close()
        else { return nil }
        stage = .ended
        return channel
    }
}

/// What a caller wants to run.
struct CommandRequest: Sendable {
    let line: String
    let input: ByteBuffer
    let outputLimit: Int
    let onOutput: (@Sendable (SSHOutput) -> Void)?
}
