// The commands of one session: which wait for a channel, which run.
import DequeModule
import NIOCore

/// Opens channels one at a time, within what the server allows, and lets the running commands take turns.
struct CommandTable {
    /// sshd's default MaxSessions; lowered when the server refuses before that.
    private var channelLimit = 10
    private var waiting: Deque<Command> = []
    private var open: [Command] = []
    /// A closed channel, kept because reading from a channel is libssh2's only way to serve the session itself:
    /// without it an idle connection would not answer the server's keep-alive requests.
    private var keptChannel: CommandChannel?
    private var isPaused = false

    private static let refusalLimit = 6

    mutating func add(_ command: Command) { waiting.append(command) }

    func settle(_ id: UInt64, _ error: any Error) {
        let command = waiting.first { $0.id == id } ?? open.first { $0.id == id }
        command?.settle(.failure(error))
    }

    mutating func endAll(_ error: any Error) {
        for command in waiting + open { command.settle(.failure(error)) }
        waiting = []
        open = []
        keptChannel = nil
    }

    /// Moves every command as far as possible; returns whether anything moved.
    ///
    /// - Parameter wakeUp: asked to call again after a pause.
    /// - Throws: a failure that ends the whole session.
    mutating func advance(
        _ session: Session,
        endpoint: SSHEndpoint,
        wakeUp: (TimeAmount) -> Void
    ) throws(LibraryFailure) -> Bool {
        var moved = try openNext(session, endpoint: endpoint, wakeUp: wakeUp)
        for command in open {
            if try pump(command, endpoint: endpoint) { moved = true }
        }
        var left: [Command] = []
        for command in open where !dispose(command) { left.append(command) }
        if open.count != left.count { moved = true }
        open = left
        if open.isEmpty, waiting.isEmpty, session.wire.inbound.readableBytes > 0 { keptChannel?.serveSession() }
        return moved
    }

    private mutating func openNext(
        _ session: Session,
        endpoint: SSHEndpoint,
        wakeUp: (TimeAmount) -> Void
    ) throws(LibraryFailure) -> Bool {
        while let dropped = waiting.first, dropped.isSettled, dropped.dispose() { waiting.removeFirst() }
        guard let first = waiting.first, open.count < channelLimit else { return false }
        if case .waiting = first.stage, isPaused, open.isEmpty { return false }
        switch first.open(on: session) {
        case .later: return false
        case .done:
            waiting.removeFirst()
            open.append(first)
            return true
        case .broken(let failure): throw failure
        case .refused(let failure):
            refused(first, failure, endpoint: endpoint, wakeUp: wakeUp)
            return true
        }
    }

    /// A refusal means too many channels: the command waits for one of ours to end. When none is open, the server may
    /// still be clearing up the last one, so it is asked again after a short pause, a few times.
    private mutating func refused(
        _ command: Command,
        _ failure: LibraryFailure,
        endpoint: SSHEndpoint,
        wakeUp: (TimeAmount) -> Void
    ) {
        guard open.isEmpty else {
            channelLimit = open.count
            return
        }
        command.refusals += 1
        guard command.refusals < Self.refusalLimit else {
            command.settle(.failure(SSHError.channelRefused(endpoint, reason: failure.message)))
            return
        }
        isPaused = true
        wakeUp(.milliseconds(10 << Int64(command.refusals)))
    }

    /// Ends the pause after a refusal.
    mutating func resume() { isPaused = false }

    private func pump(_ command: Command, endpoint: SSHEndpoint) throws(LibraryFailure) -> Bool {
        do { return try command.pump() } catch {
            if error.endsSession { throw error }
            command.settle(.failure(SSHError.connectionLost(endpoint, reason: error.message)))
            return true
        }
    }

    private mutating func dispose(_ command: Command) -> Bool {
        if keptChannel == nil, command.staysBelowWindowUpdates, let channel = command.takeClosedChannel() {
            keptChannel = channel
            return true
        }
        return command.dispose()
    }
}
