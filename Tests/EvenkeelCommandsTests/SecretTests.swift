import Foundation
import Testing

extension Processes {
    /// Where a secret could show: everything that a run writes, and the arguments of every process meanwhile.
    @Suite(.serialized) struct SecretTests {
        /// Quotes and spaces, so that no escaped form of it hides from the search either.
        private static let secret = #"hunter2 "of" wolves"#

        /// Says the secret on both streams, and lists the arguments of all processes and their environments' names.
        private static func script(end: String) -> String {
            """
            echo "token: $TOKEN"
            echo "token: $TOKEN" >&2
            for process in /proc/[0-9]*; do tr '\\0' ' ' <"$process/cmdline" 2>/dev/null || :; echo; done >>"$SERVICED.ps"
            \(end)
            """
        }

        private static func with(end: String, _ body: (Site) async throws -> Void) async throws {
            try await Site.with(script: script(end: end)) { site in
                let playbook = try site.scratch.text("count.yaml")
                    .replacing("inputs:\n", with: "inputs:\n  TOKEN: {secret: true, required: true}\n")
                try site.scratch.write(playbook, to: "count.yaml")
                let file = try site.scratch.write("TOKEN=\(secret)\n", to: "secrets")
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
                try await site.plan()
                try await body(site)
            }
        }

        /// The files of the folder that hold the secret, but for the operator's own.
        private static func leaks(_ site: Site) throws -> [String] {
            let needles = [Self.secret, "hunter2"].map { Data($0.utf8) }
            return try site.scratch.contents().filter { name, bytes in
                name != "secrets" && needles.contains { bytes.range(of: $0) != nil }
            }.keys.sorted()
        }

        @Test(arguments: [
            (#"echo "$NODE" >>"$SERVICED""#, Int32(0)), ("exit 3", 4),
            (#"echo "the server refused $TOKEN" >&2; exit 1"#, 4),
        ])
        func `a secret is in no journal, output, error, report or process list`(
            end: String,
            status: Int32
        )
            async throws
        {
            try await Self.with(end: end) { site in
                let options = ["--input-file", "secrets", "--verbose", "--output", "json"]
                let run = try await site.tool.run(["run", "plan.json"] + options)
                #expect(run.status == .exited(status), "\(run.errors)")
                let report = try await site.tool.run(["report", "--output", "json"])
                for text in [run.output, run.errors, report.output, report.errors] {
                    #expect(!text.contains("hunter2"), "\(text)")
                }
                // The step did see it, and its output is kept, without it.
                #expect(run.errors.contains("token: •••"), "\(run.errors)")
                #expect(!site.scratch.lines("serviced.ps").isEmpty)
                #expect(try Self.leaks(site) == [])
            }
        }
    }
}
