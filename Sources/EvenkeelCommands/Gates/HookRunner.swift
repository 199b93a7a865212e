import AsyncHTTPClient
import ClusterModel
import Execution
import Foundation
import NIOCore
import NIOHTTP1
import Playbooks
import Ports
import Rollout

/// Tells others what a run does. It never holds the run up: what cannot be told in time is dropped, and said to be.
actor HookRunner {
    struct Message: Encodable, Sendable {
        var event: String
        var run: String
        var cluster: String
        var at: String
        var text: String
        var wave: Int?
        var node: String?
        var reason: String?
    }

    private static let mostWaiting = 1000
    private let hooks: [HookSettings]
    private let run: RunRecord
    private let time: any Timepiece
    private let note: @Sendable (String) -> Void
    private let messages = AsyncStream<(HookSettings.Moment, Message)>.makeStream(
        bufferingPolicy: .bufferingOldest(HookRunner.mostWaiting)
    )

    init(_ hooks: [HookSettings], run: RunRecord, time: any Timepiece, note: @escaping @Sendable (String) -> Void) {
        self.hooks = hooks
        self.run = run
        self.time = time
        self.note = note
    }

    /// Takes news from anywhere and returns at once.
    nonisolated func tell(_ news: RunNews) {
        guard !hooks.isEmpty, case .event(let event, let instant) = news, let moment = event.moment else { return }
        var message = Message(
            event: moment.rawValue,
            run: run.id,
            cluster: run.cluster,
            at: "\(instant)",
            text: RunLines().texts(for: event).first ?? moment.rawValue
        )
        message.node = event.subject
        switch event {
        case .waveAdmitted(let wave, _), .waveFinished(let wave): message.wave = wave
        case .halted(let reason), .nodeFailed(_, _, let reason): message.reason = reason
        default: break
        }
        messages.continuation.yield((moment, message))
    }

    /// Delivers while `body` runs, and for some seconds afterwards what is still to be told.
    nonisolated func during<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.deliver() }
            let outcome: Result<Value, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            messages.continuation.finish()
            group.addTask { [time] in try? await time.sleep(until: time.now + .seconds(15)) }
            await group.next()
            group.cancelAll()
            return outcome
        }.get()
    }

    private func deliver() async {
        for await (moment, message) in messages.stream {
            for hook in hooks where hook.moments.contains(moment) { await deliver(message, to: hook) }
        }
    }

    private func deliver(_ message: Message, to hook: HookSettings) async {
        guard let json = try? Console.json(message) else { return }
        var trouble = ""
        for attempt in 0...hook.retries {
            if attempt > 0, (try? await time.sleep(until: time.now + .seconds(1 << min(attempt - 1, 4)))) == nil {
                return
            }
            guard let failure = await failure(of: hook, json) else { return }
            trouble = failure
        }
        note("evenkeel: a hook could not be told of \(message.event): \(trouble)")
    }

    private func failure(of hook: HookSettings, _ json: String) async -> String? {
        do {
            switch hook.target {
            case .command(let script):
                return try await LocalCommand.failure(of: script, variables: [:], input: json, timeout: hook.timeout)
            case .webhook(let url):
                var request = HTTPClientRequest(url: url)
                request.method = .POST
                request.headers.add(name: "Content-Type", value: "application/json")
                request.body = .bytes(ByteBuffer(string: json))
                let limit = TimeAmount.milliseconds(hook.timeout.milliseconds)
                let answer = try await HTTPClient.shared.execute(request, timeout: limit)
                return answer.status.code < 300 ? nil : "\(url) answers \(answer.status.code)"
            }
        } catch {
            return "\(error)"
        }
    }
}

extension Event {
    /// What a hook may ask to be told of.
    fileprivate var moment: HookSettings.Moment? {
        switch self {
        case .takenUp: .started
        case .waveAdmitted: .waveStarted
        case .waveFinished: .waveFinished
        case .cordoned: .nodeStarted
        case .uncordoned, .retired: .nodeFinished
        case .nodeFailed: .nodeFailed
        case .halted: .halted
        case .aborted: .aborted
        case .finished: .finished
        default: nil
        }
    }
}
