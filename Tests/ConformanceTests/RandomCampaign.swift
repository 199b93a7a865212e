import CampaignScripts
import Foundation
import Testing

/// A random campaign on the real control plane: workloads of its own beside the lab's, two or three nodes, faults, and in
/// every second one a death of the run.
struct RandomCampaign {
    struct Outcome {
        /// What the last command that ran the campaign ended with.
        let result: Command.Result
        /// Evictions that a budget did not allow, and deletions beside them.
        let faults: [String]
        let evictions: Int
        /// How often each node was serviced.
        let services: [String: Int]
        /// Nodes that are not as they were found.
        let leftovers: [String]
        let story: [String]
    }

    /// Nodes that take any pod.
    private static let ordinary = ["node-2", "node-3", "node-5", "node-6", "node-7"]

    let nodes: [String]
    let isKilled: Bool
    private var script: CampaignScript
    private let lab: Lab
    private let namespace: String

    init(seed: UInt64, on lab: Lab) {
        script = CampaignScript(seed: seed)
        self.lab = lab
        namespace = "random-\(seed)"
        var left = Self.ordinary
        var chosen: [String] = []
        while chosen.count < script.nodeCount - 1 { chosen.append(left.remove(at: script.below(left.count))) }
        nodes = chosen.sorted()
        isKilled = script.below(2) == 0
    }

    mutating func run() async throws -> Outcome {
        try await Scratch.with { scratch in
            try await Relay.with(to: lab.port) { relay in
                let outcome: Result<Outcome, any Error>
                do {
                    try await createWorkloads()
                    outcome = .success(try await drive(through: relay, in: scratch))
                } catch {
                    outcome = .failure(error)
                }
                try await lab.remove("/api/v1/namespaces/\(namespace)")
                return try outcome.get()
            }
        }
    }

    private mutating func drive(through relay: Relay, in scratch: Scratch) async throws -> Outcome {
        let nodes = nodes
        let work = try Work(nodes, script.maxOut, lab, relay, scratch)
        let audit = AuditLog(lab)
        let clock = ContinuousClock()
        let start = clock.now
        var story: [String] = []
        func tell(_ what: String) { story.append("\(start.duration(to: clock.now).components.seconds) s \(what)") }
        var result: Command.Result?
        let seen = try await Observer.watching(lab) { observer in
            try await work.plan()
            // A run that a kill ends answers with nothing, and is taken up again.
            let running = Task { [work] in try await work.run() }
            try await observer.wait("the first node is cordoned") { seen in
                nodes.contains { seen.cordons(of: $0).contains(true) }
            }
            for _ in 0..<2 {
                let fault = script.fault()
                tell("\(fault)")
                try await happen(fault, relay)
            }
            if isKilled {
                tell("killed")
                running.cancel()
            }
            result = try await running.value
            for _ in 0..<4 where result?.status != 0 {
                tell("resumed after \(result?.status ?? -1)")
                result = try await work.resume()
            }
        }
        tell("done")
        let requests = try audit.requests(of: .token).filter { $0.resource == "pods/eviction" && $0.code == 201 }
        return Outcome(
            result: try #require(result),
            faults: try audit.faults(of: .token, in: seen),
            evictions: requests.count,
            services: try work.services(),
            leftovers: try await leftovers(),
            story: story
        )
    }

    private func leftovers() async throws -> [String] {
        try await lab.request("GET", "/api/v1/nodes").objects("items").compactMap(NodeFact.init)
            .filter { node in node.cordoned || node.annotations.contains { $0.hasPrefix("evenkeel.io/") } }
            .map(\.name)
    }

    // MARK: Faults

    private func happen(_ fault: CampaignScript.Fault, _ relay: Relay) async throws {
        func pass(_ seconds: Double) async throws { try await ContinuousClock().sleep(for: .seconds(seconds)) }
        switch fault {
        case .loss(let number):
            let kubelet = try LabProcess.kubelet(of: nodes[(number - 1) % nodes.count])
            try await kubelet.whileStopped { try await pass(3) }
        case .scale(let replicas):
            let plural = script.apps[0].isOrdered ? "statefulsets" : "deployments"
            let path = "/apis/apps/v1/namespaces/\(namespace)/\(plural)/app0/scale"
            try await lab.patch(path, #"{"spec":{"replicas":\#(replicas)}}"#)
        case .tighten:
            let path = "/apis/policy/v1beta1/namespaces/\(namespace)/poddisruptionbudgets/app0"
            try await lab.patch(path, #"{"spec":{"minAvailable":null,"maxUnavailable":1}}"#)
        case .controllersStop:
            try await LabProcess.named("kube-controller-manager").whileStopped { try await pass(4) }
        case .blind: relay.cut()
        case .late:
            relay.freeze()
            try await pass(3)
            relay.cut()
        }
    }

    // MARK: Workloads

    private func createWorkloads() async throws {
        try await lab.create("/api/v1/namespaces", #"{"metadata":{"name":"\#(namespace)"}}"#)
        for app in script.apps {
            let plural = app.isOrdered ? "statefulsets" : "deployments"
            try await lab.create("/apis/apps/v1/namespaces/\(namespace)/\(plural)", Self.workload(app))
            let rule =
                switch app.rule {
                case .minAvailable(let count): "\"minAvailable\":\(count)"
                case .maxUnavailable(let limit): "\"maxUnavailable\":" + (Int(limit) == nil ? "\"\(limit)\"" : limit)
                }
            try await lab.create(
                "/apis/policy/v1beta1/namespaces/\(namespace)/poddisruptionbudgets",
                """
                {"metadata":{"name":"\(app.name)"},"spec":{\(rule),"selector":{"matchLabels":{"app":"\(app.name)"}}}}
                """
            )
        }
        let apps = script.apps
        try await lab.until("the random workloads run") { lab in
            let budgets = try await lab.request(
                "GET",
                "/apis/policy/v1beta1/namespaces/\(namespace)/poddisruptionbudgets"
            )
            let whole = budgets.objects("items").filter { budget in
                let app = apps.first { $0.name == budget.object("metadata").string("name") }
                return budget.object("status").integer("currentHealthy") == app?.replicas
            }
            return whole.count == apps.count ? [] : ["\(whole.count) of \(apps.count) budgets are whole"]
        }
    }

    private static func workload(_ app: CampaignScript.App) -> String {
        let service = app.isOrdered ? "\"serviceName\":\"\(app.name)\"," : ""
        return """
            {"metadata":{"name":"\(app.name)"},"spec":{\(service)"replicas":\(app.replicas),\
            "selector":{"matchLabels":{"app":"\(app.name)"}},"template":{"metadata":{"labels":{"app":"\(app.name)"}},\
            "spec":{"terminationGracePeriodSeconds":1,"automountServiceAccountToken":false,"containers":[{"name":"main",\
            "image":"lab.invalid/app:1","resources":{"requests":{"cpu":"10m","memory":"16Mi"}}}]}}}}
            """
    }

    /// The commands of one campaign and the files between them.
    private struct Work: Sendable {
        private let evenkeel: Evenkeel
        private let lab: Lab
        private let scratch: Scratch
        private let nodes: [String]
        private let maxOut: Int
        private let kubeconfig: String
        private let settings: String
        private let playbook: String

        init(_ nodes: [String], _ maxOut: Int, _ lab: Lab, _ relay: Relay, _ scratch: Scratch) throws {
            (self.lab, self.scratch, self.nodes, self.maxOut) = (lab, scratch, nodes, maxOut)
            evenkeel = try Evenkeel()
            kubeconfig = try lab.kubeconfig("admin-token", through: relay, in: scratch)
            settings = try lab.writeSettings(in: scratch)
            playbook = try lab.writePlaybook(in: scratch, marks: scratch.folder.path)
        }

        func plan() async throws {
            let plan = try await evenkeel.run(
                "plan",
                "service",
                "--playbook",
                playbook,
                "--kubeconfig",
                kubeconfig,
                "--selector",
                "kubernetes.io/hostname in (\(nodes.joined(separator: ",")))",
                "--max-out",
                "\(maxOut)",
                "--output",
                "json"
            )
            try #require(plan.status == 0, "plan: \(plan.errors)\(plan.output)")
            try scratch.write("plan.json", plan.output)
        }

        func run() async throws -> Command.Result { try await act("run", scratch.path("plan.json")) }

        func resume() async throws -> Command.Result { try await act("resume") }

        private func act(_ words: String...) async throws -> Command.Result {
            let options = ["--kubeconfig", kubeconfig, "--config", settings, "--state", scratch.path("state")]
            return try await evenkeel.run(words + options)
        }

        func services() throws -> [String: Int] {
            var services: [String: Int] = [:]
            for node in nodes {
                services[node] = (try? scratch.text(node))?.split(separator: "\n").count ?? 0
            }
            return services
        }
    }
}
