import Foundation
import Testing

extension Conformance {
    /// What cannot work is said in one line, and leaves the cluster as it was.
    struct BadInputTests {
        enum Kubeconfig: String, CaseIterable, Sendable {
            case missing
            case withoutCurrentContext
            case refusedConnection
            case wrongAuthority
            case expiredCertificate
            case unknownToken
            case powerlessUser

            /// Writes it under a name that gives no hint of what is wrong with it.
            func write(for lab: Lab, in scratch: Scratch) throws -> String {
                switch self {
                case .missing: scratch.path("no-such-file")
                case .withoutCurrentContext: try edited(lab, scratch, "current-context: lab\n", "")
                case .refusedConnection: try edited(lab, scratch, lab.server, "https://127.0.0.1:1")
                case .wrongAuthority: try copied(lab, scratch, "wrong-ca")
                case .expiredCertificate: try copied(lab, scratch, "expired")
                case .unknownToken: try copied(lab, scratch, "bad-token")
                case .powerlessUser: try copied(lab, scratch, "powerless")
                }
            }

            /// Of these, the line must hold one: what the operator would look for.
            var clues: [String] {
                switch self {
                case .missing: ["no-such-file"]
                case .withoutCurrentContext: ["context"]
                case .refusedConnection: ["127.0.0.1:1"]
                case .wrongAuthority: ["certificate", "authority"]
                case .expiredCertificate: ["certificate", "401", "unauthorized", "credentials"]
                case .unknownToken: ["token", "401", "unauthorized", "credentials"]
                case .powerlessUser: ["403", "forbidden", "allow", "permission"]
                }
            }

            private func edited(_ lab: Lab, _ scratch: Scratch, _ old: String, _ new: String) throws -> String {
                let text = try String(contentsOfFile: lab.kubeconfig("admin"), encoding: .utf8)
                try #require(text.contains(old))
                return try scratch.write("cluster.conf", text.replacing(old, with: new))
            }

            private func copied(_ lab: Lab, _ scratch: Scratch, _ name: String) throws -> String {
                try scratch.write("cluster.conf", String(contentsOfFile: lab.kubeconfig(name), encoding: .utf8))
            }
        }

        @Test(arguments: Kubeconfig.allCases)
        func `planning says in one line why it cannot reach the cluster`(kubeconfig: Kubeconfig) async throws {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                let playbook = try lab.writePlaybook(in: scratch, marks: scratch.folder.path)
                let file = try kubeconfig.write(for: lab, in: scratch)
                let before = try await lab.fingerprint()
                let result = try await Evenkeel().run(
                    "plan",
                    "service",
                    "--playbook",
                    playbook,
                    "--kubeconfig",
                    file,
                    "--output",
                    "json"
                )
                expectOneLine(result, kubeconfig)
                #expect(try await lab.fingerprint() == before)
            }
        }

        @Test(arguments: Kubeconfig.allCases)
        func `a run that cannot reach the cluster changes nothing`(kubeconfig: Kubeconfig) async throws {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                let playbook = try lab.writePlaybook(in: scratch, marks: scratch.folder.path)
                let settings = try lab.writeSettings(in: scratch)
                let plan = try await Evenkeel().run(
                    "plan",
                    "service",
                    "--playbook",
                    playbook,
                    "--kubeconfig",
                    lab.kubeconfig("admin"),
                    "--output",
                    "json"
                )
                try #require(plan.status == 0, "plan: \(plan.errors)")
                let file = try scratch.write("plan.json", plan.output)
                let kubeconfigFile = try kubeconfig.write(for: lab, in: scratch)
                let before = try await lab.fingerprint()
                let result = try await Evenkeel().run(
                    "run",
                    file,
                    "--kubeconfig",
                    kubeconfigFile,
                    "--config",
                    settings,
                    "--state",
                    scratch.path("state")
                )
                expectOneLine(result, kubeconfig)
                #expect(try await lab.fingerprint() == before)
            }
        }

        private func expectOneLine(_ result: Command.Result, _ kubeconfig: Kubeconfig) {
            #expect(result.status != 0)
            let lines = result.errors.split(separator: "\n")
            #expect(lines.count == 1, "\(result.errors)")
            let line = result.errors.lowercased()
            #expect(kubeconfig.clues.contains { line.contains($0) }, "\(result.errors)")
            // Names of Swift's types are for developers.
            #expect(!line.contains("error("), "\(result.errors)")
        }
    }
}
