import Foundation
import Testing

extension Conformance {
    /// The API behind a jump host and a control-plane node, seen from a machine that reaches nothing but the jump host.
    @Suite(.wholeLab) struct ThroughSSHTests {
        /// The operator's machine.
        private struct Operator {
            let lab: Lab
            let scratch: Scratch
            private let executable: String
            private let machine: String
            private let jump: String

            init(_ lab: Lab, _ scratch: Scratch) throws {
                func text(_ name: String) throws -> String {
                    try String(contentsOfFile: lab.path(name), encoding: .utf8).trimmingCharacters(in: .newlines)
                }
                self.lab = lab
                self.scratch = scratch
                executable = try Evenkeel().executable
                machine = try text("operator_pid")
                jump = try text("jump_address")
                let settings = try String(contentsOfFile: try lab.writeSettings(in: scratch), encoding: .utf8)
                let way = "jump: [\"\(lab.sshUser)@\(jump):\(lab.sshPort)\"]"
                try scratch.write(
                    "evenkeel.yaml",
                    settings.replacing("ssh:\n  user", with: "ssh:\n  \(way)\n  user")
                        + "kubernetes: {via: node-1, kubeconfig: \(lab.kubeconfig("admin"))}\n"
                )
            }

            func run(_ program: String, _ arguments: [String]) async throws -> Command.Result {
                let words = ["--net=/proc/\(machine)/ns/net", program] + arguments
                let environment = ["KUBECONFIG": "/nonexistent", "HOME": "/nonexistent", "NO_COLOR": "1"]
                return try await Command("nsenter", words, environment: environment).run()
            }

            func evenkeel(_ arguments: String...) async throws -> Command.Result {
                try await run(executable, arguments + ["--config", scratch.path("evenkeel.yaml")])
            }

            /// The files here that hold any line of the administrator's credentials.
            func copiesOfCredentials() throws -> [String] {
                let kubeconfig = try String(contentsOfFile: lab.kubeconfig("admin"), encoding: .utf8)
                let secrets = kubeconfig.split(separator: "\n").filter { $0.contains("client-key-data") }
                    .compactMap { $0.split(separator: " ").last.map { Data($0.utf8) } }
                try #require(!secrets.isEmpty)
                return try FileManager.default.subpathsOfDirectory(atPath: scratch.folder.path).filter { name in
                    let bytes = FileManager.default.contents(atPath: scratch.path(name)) ?? Data()
                    return secrets.contains { bytes.range(of: $0) != nil }
                }
            }
        }

        @Test func `a campaign runs where the API is reached only through a jump host and a control-plane node`()
            async throws
        {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                let there = try Operator(lab, scratch)
                let direct = try await there.run("curl", ["--insecure", "--max-time", "5", "\(lab.server)/readyz"])
                try #require(direct.status != 0, "the API can be reached from the operator's machine")
                let marks = scratch.path("marks")
                try FileManager.default.createDirectory(atPath: marks, withIntermediateDirectories: true)
                let playbook = try lab.writePlaybook(in: scratch, marks: marks)
                let plan = try await there.evenkeel(
                    "plan",
                    "service",
                    "--playbook",
                    playbook,
                    "--selector",
                    "topology.kubernetes.io/zone=a",
                    "--max-out",
                    "3",
                    "--output",
                    "json"
                )
                try #require(plan.status == 0, "plan: \(plan.errors)\(plan.output)")
                let planned = try #require(JSONObject(text: plan.output)).objects("waves")
                    .flatMap { $0.list("nodes") }
                try #require(planned.contains("node-1") && planned.count > 1, "\(planned)")
                let file = try scratch.write("plan.json", plan.output)

                let run = try await there.evenkeel("run", file, "--state", scratch.path("state"))
                try #require(run.status == 0, "run: \(run.errors)\(run.output)")
                let marked = try FileManager.default.contentsOfDirectory(atPath: marks)
                #expect(marked.sorted() == planned.sorted())
                for node in marked {
                    let lines = try String(contentsOfFile: "\(marks)/\(node)", encoding: .utf8).split(separator: "\n")
                    #expect(lines.count == 1, "\(node)")
                }
                let lock = try await there.evenkeel("lock", "show")
                #expect(lock.output == "nobody has the cluster\n", "\(lock.errors)")
                #expect(try there.copiesOfCredentials() == [])
            }
        }

        @Test func `what stands in the way is told in one line`() async throws {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                let there = try Operator(lab, scratch)
                let settings = try scratch.text("evenkeel.yaml")
                let cases = [
                    (lab.kubeconfig("admin"), lab.path("nothing"), "node-1: there is no \(lab.path("nothing"))"),
                    (
                        lab.kubeconfig("admin"), lab.kubeconfig("wrong-ca"),
                        "through node-1: its certificate is not signed by"
                    ),
                    (lab.kubeconfig("admin"), lab.kubeconfig("bad-token"), "through node-1: 401"),
                ]
                for (right, wrong, line) in cases {
                    try scratch.write("evenkeel.yaml", settings.replacing(right, with: wrong))
                    let result = try await there.evenkeel("lock", "show")
                    #expect(result.status == 1)
                    #expect(result.errors.contains(line), "\(result.errors)")
                    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
                }
            }
        }
    }
}
