import Foundation
import Testing

extension Processes {
    /// A run seen and steered from a second terminal, and taken up again.
    @Suite(.serialized) struct SteerRunTests {
        /// A step that waits until the gate opens, so that a second terminal finds the run at work.
        private static let waiting = #"""
            cd "$(dirname "$SERVICED")"
            test -e open || read -r line < gate
            echo "$NODE" >> "$SERVICED"
            """#

        struct Status: Decodable {
            struct Node: Decodable {
                var node: String
                var phase: String
                var cordoned: Bool
                var explanation: String
            }

            var run: String
            var state: String
            var process: Int?
            var plan: String
            var startedBy: String
            var nodes: [Node]
            var next: String?
        }

        private static func status(_ site: Site) async throws -> (Status, Tool.End) {
            let result = try await site.tool.run(["status", "--output", "json"])
            return (try JSONDecoder().decode(Status.self, from: Data(result.output.utf8)), result.status)
        }

        @Test func `another terminal sees a run at work, pauses it, and resume goes on`() async throws {
            try await Site.with(script: Self.waiting) { site in
                try await site.plan()
                let gate = try Gate(site.scratch)
                var seen: Status?
                var paused: Tool.Result?
                let first = try await site.tool.run(["run", "plan.json"]) { line in
                    if seen == nil, line.contains("drained") {
                        seen = try await Self.status(site).0
                        paused = try await site.tool.run(["pause"])
                        try gate.open()
                    }
                    return false
                }
                #expect(first.status == .exited(130), "\(first.errors)")
                #expect(first.errors.contains("evenkeel resume"))
                #expect(paused?.status == .exited(0))
                #expect(seen?.state == "running")
                #expect(seen?.startedBy.hasPrefix("ops@") == true)
                #expect(seen?.plan.count == 64)
                #expect(seen?.nodes.count == 4)
                #expect(seen?.nodes.contains { $0.phase == "servicing" && $0.cordoned } == true)
                #expect(seen?.nodes.allSatisfy { !$0.explanation.isEmpty } == true)
                let (after, code) = try await Self.status(site)
                #expect(after.state == "paused")
                #expect(after.process == nil)
                #expect(after.next == "evenkeel resume")
                #expect(code == .exited(4))
                let resumed = try await site.tool.run(["resume"])
                #expect(resumed.status == .exited(0), "\(resumed.errors)")
                await site.expectDoneOnce()
                #expect(try await Self.status(site).0.state == "finished")
            }
        }

        @Test func `another plan is refused while a run has not ended, and abort makes room for it`() async throws {
            try await Site.with(script: "exit 3") { site in
                try await site.plan()
                #expect(try await site.tool.run(["run", "plan.json", "--quiet"]).status == .exited(4))
                try await site.plan("--max-out", "2")
                let refused = try await site.tool.run(["run", "plan.json"])
                #expect(refused.status == .exited(1))
                #expect(refused.errors.contains("evenkeel resume"), "\(refused.errors)")
                let aborted = try await site.tool.run(["abort"])
                #expect(aborted.status == .exited(4), "\(aborted.errors)")
                let left = await site.cordoned()
                #expect(left.count == 1)
                #expect(aborted.output.contains("\(left.first ?? "?") stays cordoned"), "\(aborted.output)")
                #expect(aborted.output.contains("has no undo"), "\(aborted.output)")
                let again = try await site.tool.run(["abort"])
                #expect(again.status == .exited(1))
                #expect(again.errors.contains("was aborted"))
            }
        }

        @Test func `an abort gives back what was drained but not begun`() async throws {
            try await Site.with { site in
                await site.cordon(Site.bystander)
                try await site.plan()
                let killed = try await site.tool.run(["run", "plan.json", "--verbose"]) { $0.contains(" leaves") }
                #expect(killed.status == .signaled(9))
                #expect(try await Self.status(site).0.state == "brokenOff")
                let aborted = try await site.tool.run(["abort", "--output", "json"])
                #expect(aborted.status == .exited(0), "\(aborted.errors)")
                #expect(await site.cordoned() == [Site.bystander])
                #expect(site.serviced.isEmpty)
                #expect(try await Self.status(site).0.state == "aborted")
            }
        }

        @Test func `history lists the runs and tells a node's story`() async throws {
            try await Site.with { site in
                try await site.plan()
                #expect(try await site.tool.run(["run", "plan.json", "--quiet"]).status == .exited(0))
                let list = try await site.tool.run(["history"])
                #expect(list.status == .exited(0), "\(list.errors)")
                #expect(list.output.contains("finished") && list.output.contains("4/4"), "\(list.output)")
                let story = try await site.tool.run(["history", "show", "worker-1"])
                for text in ["taken up by ops@", "worker-1: cordoned", "worker-1: uncordoned", "now: done", "plan "] {
                    #expect(story.output.contains(text), "\(story.output)")
                }
                #expect(!story.output.contains("worker-2:"), "\(story.output)")
                let run = try await Self.status(site).0.run
                let whole = try await site.tool.run(["history", "show", run, "--output", "json"])
                #expect(whole.output.contains("worker-2: cordoned"), "\(whole.output)")
                let stranger = try await site.tool.run(["history", "show", "nobody"])
                #expect(stranger.status == .exited(1))
                #expect(stranger.errorLines.count == 1)
            }
        }

        @Test func `what needs a run says so where there is none`() async throws {
            try await Site.with { site in
                for command in [["resume"], ["abort"], ["pause"], ["status"], ["history"]] {
                    let result = try await site.tool.run(command)
                    #expect(result.status == .exited(1), "\(command)")
                    #expect(result.errorLines.count == 1, "\(result.errors)")
                    #expect(result.errors.contains("no run"), "\(result.errors)")
                }
            }
        }
    }
}
