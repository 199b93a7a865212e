import ClusterModel
import Ports
import Synchronization

/// Runs tasks one after another on the calling thread, and lets time pass only when none of them can go on: the same
/// seed gives the same run, and a night takes no time.
final class Stage: TaskExecutor, Timepiece {
    private struct Sleeper {
        var due: Instant
        var order: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var next = 0
        var sleepers: [Int: Sleeper] = [:]
        var cancelled: Set<Int> = []
        var count = 0
        var now: Instant
    }

    private let state: Mutex<State>

    init(at start: Instant) { state = Mutex(State(now: start)) }

    var now: Instant { state.withLock(\.now) }

    /// The wall clock jumps, as clocks of real machines do.
    func jump(by duration: Duration) { state.withLock { $0.now = $0.now + duration } }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
    }

    func sleep(until instant: Instant) async throws {
        let id = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if state.cancelled.contains(id) { return true }
                    state.sleepers[id] = Sleeper(due: instant, order: id, continuation: continuation)
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = state.withLock { state in
                state.cancelled.insert(id)
                return state.sleepers.removeValue(forKey: id)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Plays until `body` has ended; nil where it never would.
    ///
    /// - Parameter pass: called with each new time before anybody wakes.
    func play<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value,
        pass: (Instant) -> Instant?
    ) -> Result<Value, any Error>? {
        let box = Box<Result<Value, any Error>?>(nil)
        let task = Task(executorPreference: self) {
            do { box.set(.success(try await body())) } catch { box.set(.failure(error)) }
        }
        while true {
            runJobs()
            if let result = box.get() { return result }
            guard advance(pass) else {
                task.cancel()
                runJobs()
                return nil
            }
        }
    }

    private func runJobs() {
        while true {
            let job: UnownedJob? = state.withLock { state in
                guard state.next < state.jobs.count else {
                    state.jobs.removeAll(keepingCapacity: true)
                    state.next = 0
                    return nil
                }
                state.next += 1
                return state.jobs[state.next - 1]
            }
            guard let job else { return }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    /// To the next moment at which somebody wakes or the world changes; false where there is none.
    private func advance(_ pass: (Instant) -> Instant?) -> Bool {
        let sleeper = state.withLock { $0.sleepers.values.min { ($0.due, $0.order) < ($1.due, $1.order) } }
        let now = now
        let world = pass(now)
        guard let due = [sleeper?.due, world].compactMap({ $0 }).min() else { return false }
        state.withLock { $0.now = max($0.now, due) }
        _ = pass(self.now)
        let awake = state.withLock { state in
            let ready = state.sleepers.values.filter { $0.due <= state.now }.sorted { $0.order < $1.order }
            for sleeper in ready { state.sleepers[sleeper.order] = nil }
            return ready
        }
        for sleeper in awake { sleeper.continuation.resume() }
        return true
    }
}

/// One value that two sides share.
private final class Box<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ first: Value) { value = Mutex(first) }
    func set(_ new: Value) { value.withLock { $0 = new } }
    func get() -> Value { value.withLock { $0 } }
}
