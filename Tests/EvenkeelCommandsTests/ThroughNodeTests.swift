import Foundation
import Subprocess
import SystemPackage
import Testing

extension Processes {
    /// The API reached through a node's SSH, by the command itself.
    @Suite(.serialized) struct ThroughNodeTests {
        /// A site whose settings name no kubeconfig here: it lies on the nodes, which are this machine.
        private static func with(
            via: String,
            script: String = #"echo "$NODE" >> "$SERVICED""#,
            _ body: (Site) async throws -> Void
        ) async throws {
            try await Site.with(script: script) { site in
                let settings = try site.scratch.text("evenkeel.yaml")
                let here = "kubernetes: {kubeconfig: kubeconfig}"
                let there = "kubernetes: {via: \(via), kubeconfig: \(site.scratch.path("on-node"))}"
                try site.scratch.write(settings.replacing(here, with: there), to: "evenkeel.yaml")
                try FileManager.default.moveItem(
                    atPath: site.scratch.path("kubeconfig"),
                    toPath: site.scratch.path("on-node")
                )
                try await body(site)
            }
        }

        @Test func `a campaign is planned and run without a kubeconfig`() async throws {
            try await Self.with(via: "127.0.78.1") { site in
                try await site.plan()
                let run = try await site.tool.run(["run", "plan.json", "--quiet"])
                #expect(run.status == .exited(0), "\(run.errors)")
                #expect(site.serviced.sorted() == Site.workers)
                #expect(await site.cordoned().isEmpty)
                for command in [
                    ["doctor"], ["lock", "show"], ["drain", "worker-5", "--dry-run"],
                    ["facts", "--selector", "role!=bystander"],
                ] {
                    let result = try await site.tool.run(command)
                    #expect(!result.errors.contains("evenkeel:"), "\(command): \(result.errors)")
                }
            }
        }

        @Test func `a kubeconfig that the command line names wins`() async throws {
            try await Self.with(via: "127.0.78.99") { site in
                let result = try await site.tool.run(["lock", "show", "--kubeconfig", "on-node"])
                #expect(result.output == "nobody has the cluster\n", "\(result.errors)")
            }
        }

        @Test func `a node that does not answer is passed over, and that is told`() async throws {
            try await Self.with(via: "[127.0.78.99, 127.0.78.1]") { site in
                let result = try await site.tool.run(["lock", "show"])
                #expect(result.output == "nobody has the cluster\n", "\(result.errors)")
                #expect(result.errors.hasPrefix("note: 127.0.78.99:"), "\(result.errors)")
                #expect(result.errors.hasSuffix("; another way is taken\n"), "\(result.errors)")
            }
        }

        @Test(arguments: [
            ("via: 127.0.78.1, kubeconfig: /nothing", "127.0.78.1: there is no /nothing: is it a control-plane node?"),
            ("via: 127.0.78.1, kubeconfig: /etc", "127.0.78.1: /etc is there, but cannot be read even as root"),
            ("via: 127.0.78.99", "connection refused; check that sshd runs"),
            ("via: no-such-user@127.0.78.1", "login refused"),
            ("via: 127.0.78.1, context: other", "it has no context \u{201C}other\u{201D}"),
        ])
        func `what is wrong with the way is said in one line`(settings: String, clue: String) async throws {
            try await Self.with(via: "127.0.78.1") { site in
                let given = try site.scratch.text("evenkeel.yaml")
                let named = settings.contains("kubeconfig") ? "" : ", kubeconfig: \(site.scratch.path("on-node"))"
                let lines = given.split(separator: "\n").map { line in
                    line.hasPrefix("kubernetes:") ? "kubernetes: {\(settings)\(named)}" : String(line)
                }
                try site.scratch.write(lines.joined(separator: "\n"), to: "evenkeel.yaml")
                let result = try await site.tool.run(["lock", "show"])
                #expect(result.status == .exited(1))
                #expect(result.errors.contains(clue), "\(result.errors)")
                #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
            }
        }

        @Test func `an API server that is not up on the node is named with the node`() async throws {
            try await Self.with(via: "127.0.78.1") { site in
                let text = try site.scratch.text("on-node")
                let port = try #require(text.firstMatch(of: /http:\/\/127.0.0.1:(\d+)/)?.1)
                try site.scratch.write(text.replacing(port, with: "1"), to: "on-node")
                let result = try await site.tool.run(["lock", "show"])
                #expect(result.status == .exited(1))
                #expect(
                    result.errors.contains("http://127.0.0.1:1 through 127.0.78.1: the node makes no connection to"),
                    "\(result.errors)"
                )
            }
        }

        /// Ends the sshd whose process is in `gate.pid` with all of its connections, as a node does that goes down.
        private static let killGate = #"""
            if test "$NODE" = worker-2; then
                gate=$(cat "${SERVICED%/*}/gate.pid")
                for stat in /proc/[0-9]*/stat; do
                    read -r id name state parent rest <"$stat" || continue
                    test "$parent" != "$gate" || kill -9 "$id"
                done
                kill -9 "$gate"
            fi
            echo "$NODE" >> "$SERVICED"
            """#

        @Test func `a run goes on through the next node when the one that it goes through dies`() async throws {
            try await Self.with(via: "GATE", script: Self.killGate) { site in
                let gate = Scratch(folder: site.scratch.path("gate"))
                try FileManager.default.createDirectory(atPath: gate.folder, withIntermediateDirectories: true)
                try await SSHServer.with(gate, addresses: ["127.0.78.9"]) { sshd in
                    try site.scratch.write("\(sshd.process)\n", to: "gate.pid")
                    let known = try site.scratch.text("known_hosts") + gate.text("known_hosts")
                    try site.scratch.write(known, to: "known_hosts")
                    let settings = try site.scratch.text("evenkeel.yaml")
                        .replacing("via: GATE", with: "via: [127.0.78.9, 127.0.78.1]")
                    let nodes =
                        "nodes: [{match: {name: 127.0.78.9}, ssh: {port: \(sshd.port), identity: gate/client_key}}]\n"
                    try site.scratch.write(settings + nodes, to: "evenkeel.yaml")
                    try await site.plan()
                    let run = try await site.tool.run(["run", "plan.json", "--verbose"])
                    #expect(run.status == .exited(0), "\(run.errors)")
                    #expect(site.serviced.sorted() == Site.workers)
                    #expect(await site.cordoned().isEmpty)
                }
            }
        }
    }
}
