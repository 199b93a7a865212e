// A script that outlives whoever started it, on a real sshd.
import ClusterModel
import Foundation
import Playbooks
import Rollout
import SSH
import Testing

@testable import NodeAccess

@Suite struct LockTests {
    /// Says that it runs, cuts its connection, and ends once the file `go` is there.
    private static func outlivingStep(_ host: NodeHost, end: String) -> PlaybookStep {
        PlaybookStep(
            name: "s",
            check: "echo asked >>'\(host.path("asked"))'; test -e '\(host.path("done"))'",
            run: """
                echo begun >>'\(host.path("begun"))'
                \(NodeHost.cutsItsConnection)
                until test -e '\(host.path("go"))'; do sleep 0.05; done
                \(end)
                """,
            timeout: .seconds(60)
        )
    }

    /// Leaves the script behind as a process that was killed would: nobody waits for it, and no connection is left.
    private static func leaveBehind(_ step: PlaybookStep, _ host: NodeHost) async throws {
        var alone = step
        alone.check = nil
        let report = try await host.perform(alone, host.options())
        #expect(report.failure == "the connection was lost; the script may have run, or may still run")
        #expect(try host.read("begun") == "begun\n")
    }

    @Test func `a step that still runs on the node is waited for, and its outcome taken`() async throws {
        try await NodeHost.run { host in
            let step = Self.outlivingStep(host, end: "touch '\(host.path("done"))'")
            try await Self.leaveBehind(step, host)
            let time = SkippingTime { count in
                // The second asks in vain at first, then the first is let go.
                if count == 3 { try host.write("", to: "go") }
                if count >= 3 { try await host.wait(for: "done") }
            }
            let report = try await host.perform(step, host.options(), time: time)
            #expect(report == StepReport(name: "s", outcome: .alreadyDone))
            #expect(try host.read("begun") == "begun\n")
            #expect(try host.read("asked") == "asked\n")
            #expect(time.pauses.count >= 3)
        }
    }

    @Test func `a step that never ends is not begun beside itself`() async throws {
        try await NodeHost.run { host in
            let step = Self.outlivingStep(host, end: "")
            try await Self.leaveBehind(step, host)
            let report = try await host.perform(
                PlaybookStep(name: "s", run: "echo begun >>'\(host.path("begun"))'", timeout: .seconds(30)),
                host.options()
            )
            #expect(report.outcome == .failed)
            #expect(report.failure?.contains("still runs on the node") == true)
            #expect(try host.read("begun") == "begun\n")
            try host.write("", to: "go")
        }
    }
}

extension NodeHost {
    /// Waits for a file that a script is about to write.
    func wait(for name: String) async throws {
        for _ in 0..<3_000 where !exists(name) { try await Task.sleep(for: .milliseconds(10)) }
    }
}
