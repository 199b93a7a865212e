// One command on a session, from waiting for a channel until the channel is freed.
import CLibSSH2
import NIOCore

/// The state of one command. Lives on the session's event loop.
final class Command: ChannelJob {
    let id: UInt64
    let isSession = true
    private let endpoint: SSHEndpoint
    private let line: String
    private var input: ByteBuffer
    private var inputEnded = false
    private var output: OutputCollector
    private var errors: OutputCollector
    private var received = 0
    private let onOutput: (@Sendable (SSHOutput) -> Void)?
    private var promise: EventLoopPromise<SSHCommandResult>?
    var deadline: Scheduled<Void>?
    var refusals = 0
    private(set) var stage = ChannelStage.waiting

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
    func fail(_ error: any Error) { settle(.failure(error)) }

    /// Gives the caller the outcome, once; what is open of the channel is still to be closed.
    private func settle(_ outcome: Result<SSHCommandResult, any Error>) {
        promise?.completeWith(outcome)
        promise = nil
        deadline?.cancel()
        deadline = nil
        input = ByteBuffer()
        if case .streaming(let channel) = stage { stage = .closing(channel) }
    }

    /// Opens the channel and asks for the command.
    func open(on session: Session) -> ChannelOpening {
        switch stage {
        case .waiting, .opening:
            stage = .opening
            switch session.openChannel() {
            case .later: return .later
            case .failed(let failure):
                stage = .waiting
                return failure.endsSession ? .broken(failure) : .refused(failure)
            case .done(let raw):
                stage = .requesting(SessionChannel(session: session, raw: raw))
                return open(on: session)
            }
        case .requesting(let channel): return request(in: channel)
        case .streaming, .closing, .ended: return .done
        }
    }

    private func request(in channel: SessionChannel) -> ChannelOpening {
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

    private func feed(_ channel: SessionChannel) throws(LibraryFailure) -> Bool {
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

    private func drain(_ channel: SessionChannel) throws(LibraryFailure) -> Int {
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

    func dispose() -> Bool { stage.dispose() }

    /// Only a channel that carried so little that libssh2 has no reason to touch its window any more.
    func takeClosedChannel() -> SessionChannel? {
        guard received < 262_144, case .closing(let channel) = stage, channel.isAtEnd,
            case .done = channel.waitUntilClosed(), case .done = channel.close()
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
