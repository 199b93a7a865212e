import Foundation
import Testing

/// A campaign over some of the lab's nodes that can be killed and taken up, with what it leaves on the nodes.
struct KillCampaign {
    let lab: Lab
    let nodes: [String]
    private let scratch: Scratch
    private let evenkeel: Evenkeel
    private let marks: String
    private let plan: String
    private let settings: String

    init(_ lab: Lab, _ nodes: [String], _ scratch: Scratch) async throws {
        self.lab = lab
        self.nodes = nodes
        self.scratch = scratch
        evenkeel = try Evenkeel()
        marks = scratch.path("marks")
        try FileManager.default.createDirectory(atPath: marks, withIntermediateDirectories: true)
        settings = try lab.writeSettings(in: scratch)
        let made = try await evenkeel.run(
            "plan",
            "service",
            "--playbook",
            try Self.writePlaybook(in: scratch, marks: marks),
            "--kubeconfig",
            lab.kubeconfig("admin"),
            "--selector",
            "kubernetes.io/hostname in (\(nodes.joined(separator: ", ")))",
            "--max-out",
            "2",
            "--output",
            "json"
        )
        try #require(made.status == 0, "plan: \(made.errors)\(made.output)")
        plan = try scratch.write("plan.json", made.output)
    }

    /// Two steps that leave a line each time they take effect, the first of which is often caught in its middle.
    private static func writePlaybook(in scratch: Scratch, marks: String) throws -> String {
        try scratch.write(
            "killed.yaml",
            """
            name: lab-killed
            description: Leaves a mark for each time a step takes effect.
            inputs:
              LAB_MARKS:
                description: The folder for the marks.
                default: \(marks)
            steps:
            - name: slow
              check: test -s "$LAB_MARKS/$NODE-slow"
              run: |
                sleep 0.5
                echo "$RUN_ID" >>"$LAB_MARKS/$NODE-slow"
            - name: quick
              check: test -s "$LAB_MARKS/$NODE-quick"
              run: echo "$RUN_ID" >>"$LAB_MARKS/$NODE-quick"

            """
        )
    }

    func begin(
        state: String,
        killing pause: Duration = .zero,
        after moment: @escaping (String) -> Bool
    )
        async throws -> Command.Life
    {
        try await evenkeel.command(["run", plan] + options(state)).run(killing: pause, after: moment)
    }

    func resume(
        _ flags: [String] = [],
        state: String,
        killing pause: Duration = .zero,
        after moment: @escaping (String) -> Bool = { _ in false }
    ) async throws -> Command.Life {
        try await evenkeel.command(["resume"] + flags + options(state)).run(killing: pause, after: moment)
    }

    private func options(_ state: String) -> [String] {
        [
            "--verbose", "--kubeconfig", lab.kubeconfig("admin"), "--config", settings, "--state", scratch.path(state),
        ]
    }

    /// What the journal holds, an entry a line; empty where no run has begun.
    func journal(state: String) async throws -> [String] {
        let status = try await evenkeel.run("status", "--state", scratch.path(state), "--output", "json")
        guard let run = JSONObject(text: status.output)?.string("run") else { return [] }
        let story = try await evenkeel.run("history", "show", run, "--state", scratch.path(state), "--output", "json")
        try #require(story.status == 0, "history: \(story.errors)")
        let chapters = try #require(JSONObject(text: "{\"chapters\":\(story.output)}")).objects("chapters")
        return chapters.flatMap { $0.objects("entries") }.map {
            "\($0.string("at") ?? "") \($0.string("text") ?? "")"
        }
    }

    /// Every node serviced once, each of its steps, and nothing of the campaign left in the cluster.
    func expectDoneOnce(sourceLocation: SourceLocation = #_sourceLocation) async throws {
        for node in nodes {
            for step in ["slow", "quick"] {
                let lines = (try? String(contentsOfFile: "\(marks)/\(node)-\(step)", encoding: .utf8)) ?? ""
                #expect(lines.split(separator: "\n").count == 1, "\(node), \(step)", sourceLocation: sourceLocation)
            }
        }
        for node in try await lab.request("GET", "/api/v1/nodes").objects("items").compactMap(NodeFact.init) {
            #expect(!nodes.contains(node.name) || !node.cordoned, "\(node.name)", sourceLocation: sourceLocation)
            let left = node.annotations.filter { $0.contains("evenkeel") }
            #expect(left.isEmpty, "\(node.name): \(left)", sourceLocation: sourceLocation)
        }
    }

    func copyState(_ from: String, to other: String) throws {
        try FileManager.default.copyItem(atPath: scratch.path(from), toPath: scratch.path(other))
    }

    func loseState(_ name: String) throws { try FileManager.default.removeItem(atPath: scratch.path(name)) }
}

extension Lab {
    /// Somebody else's cordon, or its end.
    func cordon(_ node: String, _ isCordoned: Bool) async throws {
        let curl = curl(
            "PATCH",
            "/api/v1/nodes/\(node)",
            body: "{\"spec\":{\"unschedulable\":\(isCordoned)}}",
            type: "application/merge-patch+json"
        )
        let result = try await Command("curl", curl + ["--fail"]).run()
        try #require(result.status == 0, "\(node): \(result.errors)")
    }
}
