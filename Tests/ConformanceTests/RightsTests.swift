import Foundation
import Testing

extension Conformance {
    /// `docs/rbac.yaml` is enough for a campaign, and what is missing of it is named.
    @Suite(.wholeLab) struct RightsTests {
        private static let group = "/apis/rbac.authorization.k8s.io/v1"
        private static let places = [
            "ClusterRole": "clusterroles", "ClusterRoleBinding": "clusterrolebindings",
            "Role": "namespaces/kube-system/roles", "RoleBinding": "namespaces/kube-system/rolebindings",
        ]

        /// Gives the lab's powerless user the rights of the file, changed as `edit` says, and takes them away again.
        private func withRights(
            on lab: Lab,
            _ edit: (String) -> String = { $0 },
            _ body: () async throws -> Void
        ) async throws {
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../docs/rbac.yaml")
            let text = edit(try String(contentsOf: file, encoding: .utf8))
                .replacing("kind: User\n  name: evenkeel", with: "kind: User\n  name: lab-powerless")
            let documents = text.components(separatedBy: "\n---\n")
            try #require(documents.count == 4)
            for document in documents {
                let kind = try #require(
                    Self.places.keys.first {
                        document.contains("\nkind: \($0)\n") || document.hasPrefix("kind: \($0)\n")
                    }
                )
                let curl = lab.curl(
                    "POST",
                    "\(Self.group)/\(Self.places[kind] ?? "")",
                    body: document,
                    type: "application/yaml"
                )
                let result = try await Command("curl", curl + ["--fail"]).run()
                try #require(result.status == 0, "\(kind): \(result.errors)")
            }
            let outcome: Result<Void, any Error>
            do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
            for place in Self.places.values {
                try await lab.remove("\(Self.group)/\(place)/evenkeel")
            }
            try outcome.get()
        }

        @Test func `the documented role is enough for a campaign, and for a drain`() async throws {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                try await withRights(on: lab) {
                    let evenkeel = try Evenkeel()
                    let marks = scratch.path("marks")
                    try FileManager.default.createDirectory(atPath: marks, withIntermediateDirectories: true)
                    let playbook = try lab.writePlaybook(in: scratch, marks: marks)
                    let settings = try lab.writeSettings(in: scratch)
                    let kubeconfig = lab.kubeconfig("powerless")
                    let plan = try await evenkeel.run(
                        "plan",
                        "service",
                        "--playbook",
                        playbook,
                        "--kubeconfig",
                        kubeconfig,
                        "--selector",
                        "kubernetes.io/hostname in (node-2, node-3)",
                        "--output",
                        "json"
                    )
                    try #require(plan.status == 0, "\(plan.errors)")
                    #expect(!plan.output.contains("missing-kind"), "nothing is left out for lack of rights")
                    let file = try scratch.write("plan.json", plan.output)
                    let run = try await evenkeel.run(
                        "run",
                        file,
                        "--kubeconfig",
                        kubeconfig,
                        "--config",
                        settings,
                        "--state",
                        scratch.path("state")
                    )
                    #expect(run.status == 0, "\(run.errors)")
                    let drain = try await evenkeel.run(
                        "drain",
                        "node-5",
                        "--kubeconfig",
                        kubeconfig,
                        "--state",
                        scratch.path("state")
                    )
                    #expect(drain.status == 0, "\(drain.errors)")
                    let open = try await evenkeel.run("uncordon", "node-5", "--kubeconfig", kubeconfig)
                    #expect(open.status == 0, "\(open.errors)")
                }
            }
        }

        static let missing = [
            ("verbs: [patch]", "verbs: [get]", "patch nodes"),
            ("resources: [pods/eviction]", "resources: [pods/log]", "create pods/eviction"),
            ("resources: [poddisruptionbudgets]", "resources: [podsecuritypolicies]", "list poddisruptionbudgets"),
            ("resourceNames: [evenkeel]", "resourceNames: [other]", "get leases in namespace kube-system"),
        ]

        @Test(arguments: missing)
        func `a rule that is missing is named`(rule: String, other: String, clue: String) async throws {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                try await withRights(on: lab, { $0.replacing(rule, with: other) }) {
                    let drain = try await Evenkeel().run(
                        "drain",
                        "node-6",
                        "--kubeconfig",
                        lab.kubeconfig("powerless"),
                        "--state",
                        scratch.path("state")
                    )
                    #expect(drain.status == 1)
                    let last = drain.errors.split(separator: "\n").last ?? ""
                    #expect(last.contains("403") && last.contains(clue), "\(drain.errors)")
                    // What the drain was not allowed to undo.
                    let admin = lab.kubeconfig("admin")
                    _ = try await Evenkeel().run("uncordon", "node-6", "--kubeconfig", admin)
                }
            }
        }
    }
}
