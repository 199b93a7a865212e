import Foundation
import Testing

/// What cannot work: one line on standard error that says what, where and what to do, nothing on standard output, the
/// documented exit code, and nothing changed.
struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var arguments: [String]
        /// Beside what every case finds in its folder.
        var files: [String: String] = [:]
        var status: Int32 = 1
        /// All of these are in the line.
        var clues: [String]

        init(
            _ name: String,
            _ arguments: String,
            files: [String: String] = [:],
            status: Int32 = 1,
            says clues: String...
        ) {
            testDescription = name
            self.arguments = arguments.split(separator: " ").map(String.init)
            (self.files, self.status, self.clues) = (files, status, clues)
        }
    }

    private static func kubeconfig(server: String = "http://127.0.0.1:1", current: Bool = true) -> String {
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: lab, cluster: {server: "\(server)"}}]
        users: [{name: ops, user: {}}]
        contexts: [{name: lab, context: {cluster: lab, user: ops}}]
        \(current ? "current-context: lab" : "")

        """
    }

    private static let playbook = """
        name: patch
        inputs:
          PACKAGE: {required: true, description: what to install}
          TOKEN: {secret: true}
        steps:
          - {name: install, run: "true"}

        """

    static let snapshots = [
        Case("a missing file", "plan service --cluster gone.json", says: "gone.json", "no such file", "kubectl get"),
        Case(
            "an empty file",
            "plan service --cluster e.json",
            files: ["e.json": ""],
            says: "e.json",
            "empty",
            "kubectl"
        ),
        Case(
            "truncated JSON",
            "plan service --cluster t.json",
            files: ["t.json": #"{"kind": "List", "items": [{"kind": "Node", "metadata": {"#],
            says: "t.json",
            "write it anew"
        ),
        Case(
            "no JSON at all",
            "plan service --cluster n.json",
            files: ["n.json": "NAME STATUS\n"],
            says: "n.json",
            "table for people"
        ),
        Case("a folder without JSON", "plan service --cluster empty", says: "empty", "no *.json"),
        Case(
            "a snapshot without nodes",
            "plan service --cluster l.json",
            files: ["l.json": #"{"kind": "List", "items": []}"#],
            says: "l.json",
            "no nodes"
        ),
        Case("nothing on standard input", "plan service --cluster -", says: "standard input", "empty"),
    ]

    static let reaching = [
        Case("no kubeconfig", "plan service --kubeconfig gone.conf", says: "gone.conf", "--kubeconfig"),
        Case("none in the environment", "plan service", says: "/nonexistent/kubeconfig", "--kubeconfig"),
        Case(
            "no current-context",
            "plan service --kubeconfig k.conf",
            files: ["k.conf": kubeconfig(current: false)],
            says: "k.conf",
            "current-context",
            "--context",
            "lab"
        ),
        Case(
            "an unknown context",
            "plan service --kubeconfig k.conf --context gone",
            files: ["k.conf": kubeconfig()],
            says: "k.conf",
            "gone",
            "lab"
        ),
        Case(
            "a kubeconfig that is none",
            "plan service --kubeconfig k.conf",
            files: ["k.conf": "- [\n"],
            says: "k.conf",
            "kubectl accepts"
        ),
        Case(
            "a refused connection",
            "plan service --kubeconfig k.conf",
            files: ["k.conf": kubeconfig()],
            says: "http://127.0.0.1:1",
            "refused",
            "is it up"
        ),
        Case(
            "a refused connection at the run",
            "run whole.json --kubeconfig k.conf --config ssh.yaml --state runs",
            files: ["k.conf": kubeconfig()],
            says: "http://127.0.0.1:1",
            "refused",
            "is it up"
        ),
    ]

    static let plans = [
        Case("a missing plan", "run gone.json", says: "gone.json", "evenkeel plan"),
        Case("an empty plan", "run e.json", files: ["e.json": ""], says: "e.json", "empty"),
        Case(
            "a file of another kind",
            "run o.json",
            files: ["o.json": #"{"apiVersion": "v1", "kind": "Pod"}"#],
            says: "o.json",
            "Pod",
            "not a plan"
        ),
        Case(
            "a truncated plan",
            "run t.json",
            files: ["t.json": #"{"apiVersion": "evenkeel/v1", "kind": "Plan", "waves": ["#],
            says: "t.json",
            "evenkeel plan"
        ),
        Case("a plan without a playbook", "run bare.json", says: "no playbook", "--playbook"),
        Case("no known hosts", "run whole.json --config lost.yaml", says: "known_hosts", "ssh-keyscan"),
        Case("nothing recorded to report", "report --state gone", says: "gone", "--state"),
    ]

    static let settings = [
        Case("missing settings", "plan service --cluster shop.json --config gone.yaml", says: "gone.yaml"),
        Case(
            "a misspelt key",
            "plan service --cluster shop.json --config m.yaml",
            files: ["m.yaml": "polcy: {}\n"],
            says: "m.yaml:1",
            "polcy",
            "policy"
        ),
        Case(
            "an unknown node in the settings",
            "plan service --cluster shop.json",
            files: ["evenkeel.yaml": "nodes:\n  - match: {name: worker-9}\n    ssh: {host: 10.0.0.9}\n"],
            says: "evenkeel.yaml",
            "worker-9",
            "worker-3"
        ),
        Case("an unknown playbook", "plan service --cluster shop.json --playbook gone.yaml", says: "gone.yaml"),
        Case(
            "an unknown node in the playbook",
            "plan service --cluster shop.json --playbook n.yaml",
            files: ["n.yaml": "name: n\nnodes: [worker-33]\nsteps: [{name: a, run: b}]\n"],
            says: "n.yaml:2",
            "worker-33",
            "did you mean"
        ),
        Case(
            "a missing required input",
            "plan service --cluster shop.json --playbook p.yaml",
            files: ["p.yaml": playbook],
            says: "PACKAGE",
            "what to install",
            "PACKAGE=VALUE"
        ),
        Case(
            "a secret in the plan's command",
            "plan service --cluster shop.json --playbook p.yaml --input PACKAGE=a --input TOKEN=x",
            files: ["p.yaml": playbook],
            status: 64,
            says: "TOKEN",
            "--input-file"
        ),
    ]

    static let usage = [
        Case(
            "a bad --max-out",
            "plan service --cluster shop.json --max-out many",
            says: "many",
            "--max-out",
            "2 or 10%"
        ),
        Case("a bad version", "plan upgrade --to soon --cluster shop.json", says: "soon", "1.36.2"),
        Case(
            "a stop without a patch",
            "plan upgrade --to 1.36.2 --via 1.35 --cluster shop.json",
            says: "--via 1.35",
            "1.35.6"
        ),
        Case(
            "a stop beyond",
            "plan upgrade --to 1.36.2 --via 1.37.1 --cluster shop.json",
            says: "--via 1.37.1",
            "before"
        ),
        Case("no version", "plan upgrade --cluster shop.json", says: "--to", "evenkeel plan upgrade --help"),
        Case("a bad selector", "plan service --cluster shop.json --selector (a)", says: "(a)", "pool=gpu"),
        Case("a bad default budget", "plan service --default-budget lots", says: "lots", "--default-budget", "25%"),
        Case("a bad input", "plan service --cluster shop.json --playbook q.yaml --input x", says: "NAME=VALUE"),
        Case("an unknown option", "plan service --maxout 3", says: "--maxout", "--max-out"),
        Case("an unknown command", "plna service", says: "plna", "evenkeel --help"),
        Case("both loud and silent", "run plan.json --quiet --verbose", says: "--quiet", "--verbose"),
    ].map { entry in
        var entry = entry
        entry.status = 64
        return entry
    }

    @Test(arguments: snapshots + reaching + plans + settings + usage)
    func `bad input is one clear line`(entry: Case) async throws {
        try await Scratch.with { scratch in
            try scratch.write(Snapshot.smallShop(), to: "shop.json")
            try scratch.write("name: q\nsteps: [{name: a, run: b}]\n", to: "q.yaml")
            try FileManager.default.createDirectory(atPath: scratch.path("empty"), withIntermediateDirectories: false)
            try scratch.write("ssh: {knownHosts: no/known_hosts}\n", to: "lost.yaml")
            try scratch.write("ssh: {knownHosts: known_hosts}\n", to: "ssh.yaml")
            try scratch.write("", to: "known_hosts")
            let tool = Tool(folder: scratch.folder)
            let plans = [("bare.json", []), ("whole.json", ["--playbook", "q.yaml"])]
            for (name, options) in plans where entry.arguments.contains(name) {
                let json = ["plan", "service", "--cluster", "shop.json", "--output", "json"]
                try scratch.write(try await tool.run(json + options).output, to: name)
            }
            for (name, text) in entry.files { try scratch.write(text, to: name) }
            let before = try scratch.contents()
            let result = try await tool.run(entry.arguments)
            #expect(result.status == .exited(entry.status))
            #expect(result.output.isEmpty, "\(result.output)")
            expectOneLine(result, entry.clues)
            #expect(try scratch.contents() == before)
        }
    }

    private func expectOneLine(_ result: Tool.Result, _ clues: [String]) {
        #expect(result.errorLines.count == 1, "\(result.errors)")
        #expect(result.errors.hasPrefix("evenkeel: "), "\(result.errors)")
        for clue in clues { #expect(result.errors.contains(clue), "\(result.errors)") }
        // Names of Swift's types are for developers.
        for word in ["Error(", "Error Domain", "IOError", "NSError", "Optional("] {
            #expect(!result.errors.contains(word), "\(result.errors)")
        }
    }
}
