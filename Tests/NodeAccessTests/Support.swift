import ClusterModel
import NIOPosix
import Playbooks
import Ports
import Rollout
import Synchronization

@testable import NodeAccess

/// A clock whose sleepers wake at once, as if the time had passed.
final class SkippingTime: Timepiece {
    private let state = Mutex((now: Instant(milliseconds: 0), pauses: [Duration]()))
    private let onSleep: @Sendable (_ count: Int) async throws -> Void

    /// - Parameter onSleep: what happens in the world during each sleep; the first is number 1.
    init(onSleep: @escaping @Sendable (_ count: Int) async throws -> Void = { _ in }) {
        self.onSleep = onSleep
    }

    var now: Instant { state.withLock { $0.now } }
    var pauses: [Duration] { state.withLock { $0.pauses } }

    func sleep(until instant: Instant) async throws {
        let count = state.withLock { state in
            state.pauses.append(instant.since(state.now))
            state.now = instant
            return state.pauses.count
        }
        try await onSleep(count)
    }
}

/// Collects what a callback is called with.
final class Record<Value: Sendable>: Sendable {
    private let state = Mutex([Value]())

    var values: [Value] { state.withLock { $0 } }

    func add(_ value: Value) { state.withLock { $0.append(value) } }
}

extension NodeHost {
    func shell(_ options: SSHNodeShell.Options, time: any Timepiece = SkippingTime()) -> SSHNodeShell {
        SSHNodeShell(options, time: time, on: MultiThreadedEventLoopGroup.singleton)
    }

    /// Performs one step with a shell of its own.
    func perform(
        _ step: PlaybookStep,
        _ options: SSHNodeShell.Options,
        variables: [String: String] = [:],
        time: any Timepiece = SkippingTime(),
        rebootTimeout: Duration = .seconds(600),
        rebootedFrom: String? = nil,
        rebooting: @Sendable (String) async throws -> Void = { _ in }
    ) async throws -> StepReport {
        let shell = shell(options, time: time)
        do {
            let report = try await shell.perform(
                step,
                on: target,
                variables: variables,
                rebootTimeout: rebootTimeout,
                rebootedFrom: rebootedFrom,
                rebooting: rebooting
            )
            await shell.close()
            return report
        } catch {
            await shell.close()
            throw error
        }
    }

    /// Performs a step as if the login user were not root: the settings say so, as the login itself has no other user.
    func performAsOther(
        _ step: PlaybookStep,
        _ options: SSHNodeShell.Options,
        variables: [String: String] = [:]
    ) async throws -> StepReport {
        var options = options
        options.rootName = "nobody-is-root"
        return try await perform(step, options, variables: variables)
    }

    /// A shell line that kills the server's end of the connection it runs on, as a broken link would.
    static let cutsItsConnection = """
        pid=$$
        while :; do
            case "$(cat /proc/$pid/comm)" in sshd*) break ;; esac
            pid=$(awk '/^PPid:/ { print $2 }' /proc/$pid/status)
        done
        kill -9 "$pid"
        """
}
