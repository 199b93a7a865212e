import Foundation
import Testing

/// What `evenkeel plan` prints for a small snapshot, in both forms.
struct PlanOutputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var golden: String
        var arguments: [String]

        var testDescription: String { golden }
    }

    private static let playbook = """
        name: patch
        steps:
          - name: install
            run: "true"

        """

    static let cases = [
        Case(golden: "plan-service.txt", arguments: ["service"]),
        Case(golden: "plan-service-two-out.txt", arguments: ["service", "--max-out", "2", "--default-budget", "none"]),
        Case(golden: "plan-upgrade.txt", arguments: ["upgrade", "--to", "1.36.2"]),
        Case(
            golden: "plan-upgrade.json",
            arguments: ["upgrade", "--to", "1.36.2", "--playbook", "patch.yaml", "--output", "json"]
        ),
        Case(golden: "plan-nothing.json", arguments: ["service", "--selector", "pool=gone", "--output", "json"]),
    ]

    @Test(arguments: cases)
    func `a plan is printed as recorded`(entry: Case) async throws {
        try await Scratch.with { scratch in
            try scratch.write(Snapshot.smallShop(), to: "shop.json")
            try scratch.write(Self.playbook, to: "patch.yaml")
            let tool = Tool(folder: scratch.folder)
            let result = try await tool.run(["plan"] + entry.arguments + ["--cluster", "shop.json"])
            #expect(result.errors.isEmpty, "\(result.errors)")
            try Golden.expect(Self.steady(result.output), is: entry.golden)
        }
    }

    /// Without the moment at which the plan was made.
    private static func steady(_ text: String) -> String {
        text.replacing(#/"createdAt" : \d+/#) { _ in "\"createdAt\" : 0" }
    }

    @Test func `the same cluster gives the same plan as a file, as a folder and on standard input`() async throws {
        try await Scratch.with { scratch in
            let snapshot = try Snapshot.smallShop()
            try scratch.write(snapshot, to: "shop.json")
            try FileManager.default.createDirectory(atPath: scratch.path("shop"), withIntermediateDirectories: true)
            try scratch.write(snapshot, to: "shop/all.json")
            let tool = Tool(folder: scratch.folder)
            let plan = ["plan", "service", "--cluster"]
            let fromFile = try await tool.run(plan + ["shop.json"])
            #expect(!fromFile.output.isEmpty)
            #expect(try await tool.run(plan + ["shop"]).output == fromFile.output)
            #expect(try await tool.run(plan + ["-"], input: snapshot).output == fromFile.output)
        }
    }

    @Test func `obstacles in the way of every node are exit code 3`() async throws {
        try await Scratch.with { scratch in
            try scratch.write(Snapshot.smallShop(), to: "shop.json")
            let tool = Tool(folder: scratch.folder)
            let only = ["--selector", "kubernetes.io/hostname=worker-3"]
            let result = try await tool.run(["plan", "service", "--cluster", "shop.json"] + only)
            #expect(result.status == .exited(3))
            #expect(result.output.contains("license-server"))
            #expect(result.errors.isEmpty)
        }
    }
}

enum Snapshot {
    /// One control-plane node and three workers in two zones, with a budget that can never allow an eviction.
    static func smallShop() throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots/small-shop.json")
        return try String(contentsOf: file, encoding: .utf8)
    }
}
