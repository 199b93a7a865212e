import Foundation
import Testing

extension Conformance {
    /// The planner's word against the real scheduler and the real Eviction API, wave by wave and without the runner.
    @Suite(.wholeLab) struct WitnessTests {
        @Test func `what the ledger allows is never refused, and what the witness places never stays Pending`()
            async throws
        {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                _ = try await Observer.watching(lab) { observer in
                    var remaining = Set(lab.nodes)
                    while !remaining.isEmpty {
                        let wave = try await firstWave(for: remaining, lab, scratch)
                        try #require(!wave.nodes.isEmpty && wave.nodes.isSubset(of: remaining))
                        try await carryOut(wave, lab, observer)
                        remaining.subtract(wave.nodes)
                    }
                }
            }
        }

        /// Plans anew for what is left: the scheduler need not have followed the last witness.
        private func firstWave(for nodes: Set<String>, _ lab: Lab, _ scratch: Scratch) async throws -> PlannedWave {
            let selector = "kubernetes.io/hostname in (\(nodes.sorted().joined(separator: ",")))"
            let plan = try await Evenkeel().run(
                "plan",
                "service",
                "--kubeconfig",
                lab.kubeconfig("admin"),
                "--selector",
                selector,
                "--max-out",
                "3",
                "--output",
                "json"
            )
            try #require(plan.status == 0, "plan: \(plan.errors)\(plan.output)")
            let document = try #require(JSONObject(text: plan.output), "plan printed no JSON")
            #expect(document.object("totals").integer("nodes") == nodes.count, "\(document.objects("findings"))")
            return try PlannedWave(#require(document.objects("waves").first, "the plan has no wave"))
        }

        private func carryOut(_ wave: PlannedWave, _ lab: Lab, _ observer: Observer) async throws {
            for node in wave.nodes.sorted() { try await lab.setUnschedulable(true, node) }
            var waiting = wave.moves
            for _ in 0..<wave.rounds {
                try await lab.waitUntilBudgetsAreWhole()
                let (leaving, later) = wave.round(of: waiting)
                for pod in leaving {
                    let answer = try await lab.evict(pod)
                    #expect(answer == "201", "\(pod) under wave \(wave.nodes)")
                }
                let gone = Set(leaving)
                try await observer.wait("\(leaving) run elsewhere") { seen in
                    let pods = seen.lastPods.values
                    return !pods.contains { gone.contains($0.id) && $0.node.map(wave.nodes.contains) == true }
                        && pods.allSatisfy { $0.node != nil }
                        && seen.replicas.allSatisfy { workload, replicas in
                            pods.count { $0.workload == workload && $0.ready && !$0.terminating } == replicas
                        }
                }
                waiting = later
            }
            #expect(waiting.isEmpty, "more rounds than the \(wave.rounds) of the plan would be needed")
            for node in wave.nodes.sorted() { try await lab.setUnschedulable(false, node) }
        }
    }
}

/// A wave as the plan file says it.
private struct PlannedWave {
    let nodes: Set<String>
    let rounds: Int
    /// `NAMESPACE/NAME` of each pod that is evicted.
    let moves: [String]
    /// What each budget allows at once, by the `NAMESPACE/APP` of its pods.
    private let allowed: [String: Int]

    init(_ wave: JSONObject) throws {
        nodes = Set(wave.list("nodes"))
        rounds = try #require(wave.integer("rounds"))
        moves = wave.objects("moves").compactMap { $0.string("pod") }
        let budgets = wave.objects("budgets").map { budget in
            (budget.string("budget")?.split(separator: " ").last.map(String.init) ?? "", budget.integer("allowed") ?? 0)
        }
        allowed = Dictionary(budgets) { first, _ in first }
    }

    /// As many of the pods as the budgets let go at once, and the others.
    func round(of pods: [String]) -> (leaving: [String], later: [String]) {
        var spent: [String: Int] = [:]
        var leaving: [String] = []
        var later: [String] = []
        for pod in pods {
            // Every budget of the lab has the name of the one workload whose pods it selects.
            let budget = allowed.keys.first { pod.hasPrefix($0 + "-") }
            if let budget, spent[budget, default: 0] >= allowed[budget, default: 0] {
                later.append(pod)
            } else {
                if let budget { spent[budget, default: 0] += 1 }
                leaving.append(pod)
            }
        }
        return (leaving, later)
    }
}

extension Lab {
    func setUnschedulable(_ value: Bool, _ node: String) async throws {
        let body = #"{"spec":{"unschedulable":\#(value ? "true" : "null")}}"#
        let answer = try await status("PATCH", "/api/v1/nodes/\(node)", body, type: "application/merge-patch+json")
        try #require(answer == "200", "cordoning \(node)")
    }

    /// The status code of the answer.
    fileprivate func evict(_ pod: String) async throws -> String {
        let parts = pod.split(separator: "/")
        let (namespace, name) = (parts[0], parts[1])
        let body = """
            {"apiVersion":"policy/v1beta1","kind":"Eviction","metadata":{"name":"\(name)","namespace":"\(namespace)"}}
            """
        return try await status("POST", "/api/v1/namespaces/\(namespace)/pods/\(name)/eviction", body)
    }

    private func status(
        _ method: String,
        _ resource: String,
        _ body: String,
        type: String = "application/json"
    ) async throws -> String {
        let options = ["--output", "/dev/null", "--write-out", "%{http_code}"]
        return try await Command("curl", options + curl(method, resource, body: body, type: type)).run().output
    }

    /// The controller counts a little later than the pods become ready.
    fileprivate func waitUntilBudgetsAreWhole() async throws {
        try await until("the budgets' pods are all healthy") { lab in
            let budgets = try await lab.request("GET", "/apis/policy/v1beta1/poddisruptionbudgets").objects("items")
            return budgets.compactMap { budget in
                let status = budget.object("status")
                let isWhole = status.integer("currentHealthy") == status.integer("expectedPods")
                return isWhole ? nil : budget.object("metadata").string("name")
            }
        }
    }
}
