// The jobs of one session: which wait for a channel, which run.
import DequeModule
import NIOCore

/// Opens channels one at a time, within what the server allows, and lets the running jobs take turns.
///
/// A job's callbacks may start and end other jobs of the same table while it is being advanced.
final class ChannelTable {
    private let endpoint: SSHEndpoint
    /// sshd's default MaxSessions; lowered when the server refuses before that.
    private var sessionLimit = 10
    private var waiting: Deque<any ChannelJob> = []
    private var open: [any ChannelJob] = []
    /// A closed channel, kept because reading from a channel is libssh2's only way to serve the session itself:
    /// without it an idle connection would not answer the server's keep-alive requests.
    private var keptChannel: SessionChannel?
    private var isPaused = false

    private static let refusalLimit = 6

    init(endpoint: SSHEndpoint) { self.endpoint = endpoint }

    var isEmpty: Bool { waiting.isEmpty && open.isEmpty }

    /// Whether a channel is half open.
    var isOpening: Bool {
        guard let stage = waiting.first?.stage else { return false }
        return switch stage {
        case .opening, .requesting: true
        case .waiting, .streaming, .closing, .ended: false
        }
    }

    /// Whether a channel is half open whose opening takes a server no time, as a TCP connection's may.
    var isOpeningSession: Bool { isOpening && waiting.first?.isSession == true }

    func add(_ job: any ChannelJob) { waiting.append(job) }

    func fail(_ id: UInt64, _ error: any Error) {
        let job = waiting.first { $0.id == id } ?? open.first { $0.id == id }
        job?.fail(error)
    }

    func failAll(_ error: any Error) {
        let jobs = waiting + open
        waiting = []
        open = []
        keptChannel = nil
        for job in jobs { job.fail(error) }
    }

    /// Moves every job as far as possible; returns whether anything moved.
    ///
    /// - Parameter wakeUp: asked to call again after a pause.
    /// - Throws: a failure that ends the whole session.
    func advance(_ session: Session, wakeUp: (TimeAmount) -> Void) throws(LibraryFailure) -> Bool {
        var moved = try openNext(session, wakeUp: wakeUp)
        for job in open {
            if try pump(job) { moved = true }
        }
        let count = open.count
        open.removeAll { $0.isSettled && dispose($0) }
        if open.count != count { moved = true }
        if isEmpty, session.wire.inbound.readableBytes > 0 { keptChannel?.serveSession() }
        return moved
    }

    private func openNext(_ session: Session, wakeUp: (TimeAmount) -> Void) throws(LibraryFailure) -> Bool {
        while let dropped = waiting.first, dropped.isSettled, dropped.dispose() { waiting.removeFirst() }
        guard let first = waiting.first, !isOverLimit(first) else { return false }
        if first.stage.isWaiting, isPaused { return false }
        switch first.open(on: session) {
        case .later: return false
        case .done:
            if !waiting.isEmpty { open.append(waiting.removeFirst()) }
            return true
        case .broken(let failure): throw failure
        case .refused(let failure):
            refused(first, failure, wakeUp: wakeUp)
            return true
        }
    }

    private func isOverLimit(_ job: any ChannelJob) -> Bool {
        job.isSession && open.count >= sessionLimit && open.count(where: \.isSession) >= sessionLimit
    }

    /// A refusal means too many channels: the job waits for one of ours to end. When none is open, the server may
    /// still be clearing up the last one, so it is asked again after a short pause, a few times.
    private func refused(_ job: any ChannelJob, _ failure: LibraryFailure, wakeUp: (TimeAmount) -> Void) {
        let sessions = open.count(where: \.isSession)
        guard sessions == 0 else {
            sessionLimit = sessions
            return
        }
        job.refusals += 1
        guard job.refusals < Self.refusalLimit else {
            return job.fail(SSHError.channelRefused(endpoint, reason: failure.message))
        }
        isPaused = true
        wakeUp(.milliseconds(10 << Int64(job.refusals)))
    }

    /// Ends the pause after a refusal.
    func resume() { isPaused = false }

    private func pump(_ job: any ChannelJob) throws(LibraryFailure) -> Bool {
        do { return try job.pump() } catch {
            if error.endsSession { throw error }
            job.fail(SSHError.connectionLost(endpoint, reason: error.message))
            return true
        }
    }

    private func dispose(_ job: any ChannelJob) -> Bool {
        if keptChannel == nil, let channel = job.takeClosedChannel() {
            keptChannel = channel
            return true
        }
        return job.dispose()
    }
}
