import Synchronization

/// Lets a number of tasks in at once, the rest in the order in which they came.
final class LoginGate: Sendable {
    private struct State {
        var free: Int
        var lastTicket = 0
        var waiting: [(ticket: Int, entry: CheckedContinuation<Void, any Error>)] = []
    }

    private let state: Mutex<State>

    init(places: Int) {
        state = Mutex(State(free: max(places, 1)))
    }

    /// - Throws: what `body` throws, or `CancellationError` when the task is cancelled before it is let in.
    nonisolated(nonsending) func withPlace<Value>(
        _ body: nonisolated(nonsending) () async throws -> Value
    ) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { entry in
                self.admit(entry, ticket)
            }
        } onCancel: {
            let entry = state.withLock { state in
                state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).entry }
            }
            entry?.resume(throwing: CancellationError())
        }
    }

    /// The cancellation is looked at under the lock: its handler either finds the ticket waiting or came before.
    private func admit(_ entry: CheckedContinuation<Void, any Error>, _ ticket: Int) {
        let outcome: Result<Void, any Error>? = state.withLock { state in
            if Task.isCancelled { return .failure(CancellationError()) }
            if state.free > 0 {
                state.free -= 1
                return .success(())
            }
            state.waiting.append((ticket, entry))
            return nil
        }
        if let outcome { entry.resume(with: outcome) }
    }

    private func leave() {
        let next = state.withLock { state in
            if !state.waiting.isEmpty { return Optional(state.waiting.removeFirst().entry) }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
