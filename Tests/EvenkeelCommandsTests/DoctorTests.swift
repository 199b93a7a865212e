import Foundation
import Practice
import Testing

extension Processes {
    /// `evenkeel doctor` as a process against the practice API.
    @Suite(.serialized) struct DoctorTests {
        @Test func `a cluster that is well gets a clean bill`() async throws {
            try await PracticeSite.with { site in
                let result = try await site.run("doctor", "--output", "json")
                #expect(result.status == .exited(0), "\(result.errors)\(result.output)")
                let json = try JSONValue(parsing: Array(result.output.utf8))
                #expect(json["nodes"]?.integer == 5)
                #expect((json["checksPassed"]?.integer ?? 0) > 0)
                let broken = json["findings"]?.array?.filter { $0["severity"] == "broken" } ?? []
                #expect(broken.isEmpty)
                #expect(await site.writes().isEmpty)
            }
        }

        @Test func `what is broken is named with a fix, and the exit code says so`() async throws {
            try await PracticeSite.with { site in
                await site.send(
                    "PATCH",
                    "/apis/policy/v1/namespaces/data/poddisruptionbudgets/postgres",
                    ["spec": ["maxUnavailable": 0]]
                )
                await site.server.withCluster { $0.setReady(node: "worker-5", false) }
                let result = try await site.run("doctor")
                #expect(result.status == .exited(1))
                for clue in ["data/postgres", "impossible-budget", "worker-5", "node-not-ready", "fix:", "broken"] {
                    #expect(result.output.contains(clue), "\(clue): \(result.output)")
                }
            }
        }
    }
}
