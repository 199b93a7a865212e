import Foundation
import Testing

extension Processes {
    /// `kill -9` of the real process at many moments, and what the same plan makes of it afterwards.
    @Suite(.serialized) struct KillTests {
        /// The n-th line of progress that contains a text; the kill comes right after it was written.
        struct Moment: Sendable, CustomTestStringConvertible {
            var text: String
            var count = 1

            var testDescription: String { "\(text) (\(count))" }

            /// Counts lines, and says when the moment has come.
            func watcher() -> (String) -> Bool {
                var seen = 0
                return { line in
                    guard line.contains(text) else { return false }
                    seen += 1
                    return seen == count
                }
            }
        }

        static let moments = [
            Moment(text: "its proof holds"), Moment(text: ": cordoned"),
            Moment(text: " leaves", count: 3), Moment(text: " is gone", count: 2),
            Moment(text: "drained"), Moment(text: "count: done"), Moment(text: ": verified"),
            Moment(text: ": uncordoned"), Moment(text: "wave 1: done"),
            Moment(text: "drained", count: 4), Moment(text: "wave 4: done"),
        ]

        @Test(arguments: moments)
        func `a run that was killed goes on and does nothing twice`(moment: Moment) async throws {
            try await Site.with { site in
                await site.cordon(Site.bystander)
                try await site.plan()
                let killed = try await site.tool.run(["run", "plan.json", "--verbose"], killing: moment.watcher())
                #expect(killed.status == .signaled(9), "\(killed.errors)")
                let again = try await site.tool.run(["run", "plan.json"])
                #expect(again.status == .exited(0), "\(again.errors)")
                await site.expectDoneOnce()
            }
        }

        @Test func `a run that is killed over and over comes to its end`() async throws {
            try await Site.with { site in
                await site.cordon(Site.bystander)
                try await site.plan()
                for text in [
                    ": cordoned", " leaves", "drained", ": done", ": uncordoned", "its proof holds", " leaves",
                ] {
                    let moment = Moment(text: text)
                    let killed = try await site.tool.run(["run", "plan.json", "--verbose"], killing: moment.watcher())
                    #expect(killed.status == .signaled(9), "\(text): \(killed.errors)")
                }
                let last = try await site.tool.run(["run", "plan.json"])
                #expect(last.status == .exited(0), "\(last.errors)")
                await site.expectDoneOnce()
            }
        }

        @Test func `a step that outlives its killed run is not begun beside itself`() async throws {
            let script = #"""
                cd "$(dirname "$SERVICED")"
                echo "$NODE" >> begun
                test -e open || read -r line < gate
                echo "$NODE" >> "$SERVICED"
                """#
            try await Site.with(script: script) { site in
                try await site.plan()
                let gate = try Gate(site.scratch)
                let killed = try await site.tool.run(["run", "plan.json"]) { line in
                    guard line.contains("drained") else { return false }
                    for _ in 0..<3_000 where site.scratch.lines("begun").isEmpty {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    return true
                }
                #expect(killed.status == .signaled(9))
                let first = site.scratch.lines("begun")
                #expect(first.count == 1)
                let again = try await site.tool.run(["run", "plan.json"]) { line in
                    if line.contains("goes on with") {
                        #expect(site.scratch.lines("begun") == first)
                        try gate.open()
                    }
                    return false
                }
                #expect(again.status == .exited(0), "\(again.errors)")
                #expect(site.scratch.lines("begun").sorted() == Site.workers)
                await site.expectDoneOnce()
            }
        }

        @Test func `a run is taken up by one process at a time`() async throws {
            let script = #"""
                cd "$(dirname "$SERVICED")"
                test -e open || read -r line < gate
                echo "$NODE" >> "$SERVICED"
                """#
            try await Site.with(script: script) { site in
                try await site.plan()
                let gate = try Gate(site.scratch)
                var refusal: Tool.Result?
                let first = try await site.tool.run(["run", "plan.json"]) { line in
                    guard refusal == nil, line.contains("drained") else { return false }
                    refusal = try await site.tool.run(["run", "plan.json", "--quiet"])
                    try gate.open()
                    return false
                }
                #expect(first.status == .exited(0), "\(first.errors)")
                #expect(refusal?.status == .exited(1))
                #expect(refusal?.errors.contains("at work already") == true, "\(refusal?.errors ?? "")")
                await site.expectDoneOnce()
            }
        }
    }
}

extension Site {
    /// Every node serviced once, none left cordoned but the bystander, no pod asked to leave twice.
    func expectDoneOnce(sourceLocation: SourceLocation = #_sourceLocation) async {
        #expect(serviced.sorted() == Self.workers, sourceLocation: sourceLocation)
        let cordoned = await cordoned()
        #expect(cordoned.allSatisfy { $0 == Self.bystander }, "\(cordoned)", sourceLocation: sourceLocation)
        let evictions = await evictions()
        #expect(Set(evictions).count == evictions.count, "\(evictions)", sourceLocation: sourceLocation)
    }
}

/// Holds the playbook's step until it is opened.
struct Gate {
    private let scratch: Scratch
    private let pipe: FileHandle

    init(_ scratch: Scratch) throws {
        self.scratch = scratch
        mkfifo(scratch.path("gate"), 0o600)
        // Open at both ends, so that neither side waits for the other.
        pipe = try FileHandle(forUpdating: URL(fileURLWithPath: scratch.path("gate")))
    }

    func open() throws {
        try scratch.write("", to: "open")
        try pipe.write(contentsOf: Data("\n".utf8))
    }
}
