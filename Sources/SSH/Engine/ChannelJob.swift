// What runs in a channel of a session.
import NIOCore

/// A command or a stream: opened when its turn comes, pumped until it ends, then disposed of.
protocol ChannelJob: AnyObject {
    var id: UInt64 { get }
    /// Whether sshd counts its channel against `MaxSessions` (sshd_config(5)).
    var isSession: Bool { get }
    var stage: ChannelStage { get }
    /// Its outcome is known; what is open of the channel is still to be closed.
    var isSettled: Bool { get }
    /// Ends the job when its time is up.
    var deadline: Scheduled<Void>? { get set }
    /// How often the server refused a channel for it.
    var refusals: Int { get set }

    func open(on session: Session) -> ChannelOpening
    /// Moves bytes both ways and notices the end; returns whether anything moved.
    func pump() throws(LibraryFailure) -> Bool
    /// Frees the channel of a settled job; true when nothing of it is left.
    func dispose() -> Bool
    func fail(_ error: any Error)
    /// Its channel, if both ends have closed it and it may be kept in place of being freed.
    func takeClosedChannel() -> SessionChannel?
}

/// How far a job has come.
enum ChannelStage {
    case waiting
    case opening
    case requesting(SessionChannel)
    case streaming(SessionChannel)
    case closing(SessionChannel)
    case ended

    var isWaiting: Bool { if case .waiting = self { true } else { false } }
}

/// What came of an attempt to open a channel.
enum ChannelOpening {
    case done
    case later
    /// The server has no channel free.
    case refused(LibraryFailure)
    case broken(LibraryFailure)
}

extension ChannelStage {
    /// Frees the channel of a job that is settled.
    mutating func dispose() -> Bool {
        switch self {
        case .waiting, .ended: return true
        case .opening, .requesting, .streaming: return false
        case .closing(let channel):
            if case .later = channel.free() { return false }
            self = .ended
            return true
        }
    }
}
