import Foundation
import Testing

extension Conformance {
    /// What probes measure while a node of a real cluster is serviced, judged by the observer alone.
    ///
    /// The pods are pretended, so none has a port; each probe asks the API server for ready pods with `curl`, which is
    /// another way to know it than both the observer's watch and the product's.
    @Suite(.wholeLab) struct ProbeTests {
        private static let interval = 1.0

        @Test func `probes measure the downtime that was within an interval, and none where there was none`()
            async throws
        {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                var text = ""
                let seen = try await Observer.watching(lab) { observer in
                    text = try await Self.service(nodeOf: "shop/solo", lab, scratch, observer)
                }
                let end = ContinuousClock.now
                let report = try #require(JSONObject(text: text), "run printed no JSON")
                #expect(seen.interruptions.isEmpty)
                for workload in ["shop/solo", "shop/web"] {
                    let down = seen.time(workload, below: 1, .untilTerminating, until: end) / .seconds(1)
                    try Self.expect(report, workload, down: down)
                }
                #expect(seen.time("shop/solo", below: 1, .untilTerminating, until: end) > .seconds(1))
                #expect(seen.time("shop/web", below: 1, .untilTerminating, until: end) == .zero)
            }
        }

        private static func expect(_ report: JSONObject, _ workload: String, down: Double) throws {
            let probe = try #require(report.objects("probes").first { $0.string("workload") == workload })
            let figures = probe.object("figures")
            let measured = try #require(figures.number("secondsDown"))
            let most = try #require(probe.number("secondsDownAtMost"))
            let latency = try #require(probe.object("looks").object("latency").number("secondsLongest"))
            // A look says what was at some moment between its begin and its end; and where our process stood still, it
            // says so.
            let slack = interval + latency + (figures.number("secondsUnobserved") ?? 0)
            #expect(abs(measured - down) <= slack, "\(workload): measured \(measured) s, was \(down) s: \(probe.text)")
            #expect(most + latency + (figures.number("secondsUnobserved") ?? 0) >= down)
            if down == 0 { #expect(measured == 0 && figures.integer("outages") == 0, "\(probe.text)") }
        }

        /// Services the node that the workload's only pod is on, and answers the run's report.
        private static func service(
            nodeOf workload: String,
            _ lab: Lab,
            _ scratch: Scratch,
            _ observer: Observer
        ) async throws -> String {
            let pods = await observer.observation.lastPods.values
            let node = try #require(pods.first { $0.workload == workload }?.node)
            let evenkeel = try Evenkeel()
            let settings = try lab.writeSettings(in: scratch)
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: settings))
            try file.seekToEnd()
            try file.write(contentsOf: Data(try probes(lab, scratch).utf8))
            try file.close()
            let marks = scratch.path("marks")
            try FileManager.default.createDirectory(atPath: marks, withIntermediateDirectories: true)
            let playbook = try lab.writePlaybook(in: scratch, marks: marks)
            let plan = try await evenkeel.run(
                "plan",
                "service",
                "--playbook",
                playbook,
                "--kubeconfig",
                lab.kubeconfig("admin"),
                "--selector",
                "kubernetes.io/hostname=\(node)",
                "--output",
                "json"
            )
            try #require(plan.status == 0, "plan: \(plan.errors)\(plan.output)")
            let run = try await evenkeel.run(
                "run",
                try scratch.write("plan.json", plan.output),
                "--kubeconfig",
                lab.kubeconfig("admin"),
                "--config",
                settings,
                "--state",
                scratch.path("state"),
                "--output",
                "json"
            )
            try #require(run.status == 0, "run: \(run.errors)\(run.output)")
            return run.output
        }

        private static func probes(_ lab: Lab, _ scratch: Scratch) throws -> String {
            let script = try scratch.write(
                "ready.sh",
                """
                curl --silent --fail --max-time 10 --cacert \(lab.path("pki/ca.crt")) --cert \(lab.path("pki/admin.crt")) \
                --key \(lab.path("pki/admin.key")) "\(lab.server)/api/v1/namespaces/shop/pods?labelSelector=app=$1" |
                jq --exit-status '[.items[] | select(.metadata.deletionTimestamp == null)
                  | .status.conditions[]? | select(.type == "Ready" and .status == "True")] | length > 0' >/dev/null

                """
            )
            let entries = ["solo", "web"].map { name in
                "- {workload: shop/\(name), name: api, command: \"sh \(script) \(name)\", every: 1s, timeout: 30s}\n"
            }
            return "probes:\n" + entries.joined()
        }
    }
}
