import Foundation
import Testing

extension Processes {
    /// Files that are on every node before the first one leaves service.
    @Suite(.serialized) struct StageTests {
        /// A site whose playbook brings a file to each node, each to a place of its own, as all share one machine.
        private static func with(_ body: (Site) async throws -> Void) async throws {
            try await Site.with { site in
                try site.scratch.write(
                    """
                    name: bring
                    inputs:
                      PLACE: {default: \(site.scratch.path("nodes"))}
                      SERVICED: {default: \(site.scratch.path("serviced"))}
                    steps:
                      - name: bring
                        upload: {file: "bundle/${NODE}", to: "${PLACE}/${NODE}/tool", mode: "0755"}
                        check: grep -qx "$NODE" "$SERVICED"
                        run: |
                          test -x "$PLACE/$NODE/tool"
                          echo "$NODE" >>"$SERVICED"

                    """,
                    to: "count.yaml"
                )
                try FileManager.default.createDirectory(
                    atPath: site.scratch.path("bundle"),
                    withIntermediateDirectories: true
                )
                // All nodes are this machine here, and its login folder is this user's.
                for node in Site.workers {
                    let tool = UUID().uuidString + String(repeating: "tool ", count: 100_000)
                    try site.scratch.write(tool, to: "bundle/\(node)")
                }
                defer {
                    for node in Site.workers {
                        try? FileManager.default.removeItem(atPath: "\(NSHomeDirectory())/.evenkeel/\(node)")
                    }
                }
                try await site.plan()
                try await body(site)
            }
        }

        private struct Line: Decodable {
            struct File: Decodable {
                var step: String
                var target: String
                var bytes: Int
                var sha256: String
                var outcome: String
            }
            var node: String
            var files: [File]
            var error: String?
        }

        private static func lines(_ result: Tool.Result) throws -> [Line] {
            try JSONDecoder().decode([Line].self, from: Data(result.output.utf8))
        }

        @Test func `every node gets every file, compared by its digest, and nothing is in its place yet`() async throws
        {
            try await Self.with { site in
                let stage = ["stage", "plan.json", "--output", "json", "--parallel", "2", "--rate", "50M"]
                let first = try await site.tool.run(stage)
                #expect(first.status == .exited(0), "\(first.errors)")
                let lines = try Self.lines(first)
                #expect(lines.map(\.node) == Site.workers)
                #expect(lines.map { $0.files.map(\.outcome) } == Array(repeating: ["sent"], count: 4))
                #expect(lines.allSatisfy { $0.files.first?.bytes == 500_036 && $0.files.first?.sha256.count == 64 })
                #expect(first.errors.contains("worker-1: worker-1: 500.0 kB of 500.0 kB"))
                #expect(!FileManager.default.fileExists(atPath: site.scratch.path("nodes")))
                #expect(await site.cordoned().isEmpty)
                let again = try await site.tool.run(["stage", "plan.json", "--quiet"])
                #expect(again.output == Site.workers.map { "\($0): 1 file, all there already\n" }.joined())
                #expect(again.errors.isEmpty)
            }
        }

        @Test func `a run brings the files before the first cordon, and then puts them in their places`() async throws {
            try await Self.with { site in
                var cordoned: [String]?
                let result = try await site.tool.run(["run", "plan.json"]) { line in
                    if cordoned == nil, line.contains("worker-2: worker-2: 500.0 kB") {
                        cordoned = await site.cordoned()
                    }
                    return false
                }
                #expect(result.status == .exited(0), "\(result.errors)")
                #expect(cordoned == [], "\(result.errors)")
                #expect(site.serviced.sorted() == Site.workers)
            }
        }

        @Test func `a file that is missing here stops the run before the first cordon`() async throws {
            try await Self.with { site in
                try FileManager.default.removeItem(atPath: site.scratch.path("bundle/worker-3"))
                for command in [["run", "plan.json", "--quiet"], ["stage", "plan.json", "--quiet"]] {
                    let result = try await site.tool.run(command)
                    #expect(result.status == .exited(1))
                    #expect(result.errors.contains("bundle/worker-3"), "\(result.errors)")
                }
                #expect(await site.cordoned().isEmpty)
                #expect(site.serviced.isEmpty)
            }
        }

        @Test(arguments: [
            (["--rate", "fast"], "--rate fast: is no number of bytes"),
            (["--parallel", "0"], "--parallel 0: is out of"),
        ])
        func `wrong numbers are wrong usage`(options: [String], clue: String) async throws {
            try await Scratch.with { scratch in
                let result = try await Tool(folder: scratch.folder).run(["stage", "plan.json"] + options)
                #expect(result.status == .exited(64))
                #expect(result.errors.contains(clue), "\(result.errors)")
            }
        }
    }
}
