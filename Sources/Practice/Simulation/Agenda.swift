import ClusterModel
import HeapModule

/// What is going to happen in the practice cluster.
enum PracticeEvent: Hashable, Sendable {
    case reconcile(ResourceKind, ObjectKey)
    case schedulePod
    case podStarts(ObjectKey, uid: String)
    case podBecomesReady(ObjectKey, uid: String)
    case podCompletes(ObjectKey, uid: String)
    case podStops(ObjectKey, uid: String)
    case taintNode(String)
    case driveOffPods(node: String)
    case hostReturns(String, boot: Int)
    case hostFallsSilent(String, boot: Int)

    /// A second one before the first has happened adds nothing.
    var isIdempotent: Bool {
        switch self {
        case .reconcile, .schedulePod, .taintNode: true
        default: false
        }
    }
}

/// The events to come, by time and then in the order in which they were added.
struct Agenda: Sendable {
    private struct Entry: Comparable, Sendable {
        let time: Instant
        let sequence: Int
        let event: PracticeEvent

        static func < (left: Entry, right: Entry) -> Bool {
            (left.time, left.sequence) < (right.time, right.sequence)
        }
        static func == (left: Entry, right: Entry) -> Bool { left.sequence == right.sequence }
    }

    private var heap = Heap<Entry>()
    private var pending: Set<PracticeEvent> = []
    private var sequence = 0

    var nextTime: Instant? { heap.min?.time }

    mutating func add(_ event: PracticeEvent, at time: Instant) {
        if event.isIdempotent, !pending.insert(event).inserted { return }
        sequence += 1
        heap.insert(Entry(time: time, sequence: sequence, event: event))
    }

    mutating func next(until time: Instant) -> (time: Instant, event: PracticeEvent)? {
        guard let first = heap.min, first.time <= time else { return nil }
        heap.removeMin()
        pending.remove(first.event)
        return (first.time, first.event)
    }
}
