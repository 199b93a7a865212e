import Foundation
import Testing

extension Conformance {
    /// What goes wrong in a control plane while a node is drained: no budget breaks, nothing is forgotten, and each ends in
    /// the state that `docs/nodes.md` describes.
    @Suite(.wholeLab) struct FaultTests {
        @Test(arguments: [("etcd", 40), ("kube-controller-manager", 20), ("kube-scheduler", 10)])
        func `a server that stands still for a while delays a drain and breaks nothing`(
            server: String,
            seconds: Int
        )
            async throws
        {
            let lab = try Lab.required()
            let process = try LabProcess.named(server)
            let outcome = try await FaultyDrain(of: "node-2", on: lab).run { _ in
                try await process.whileStopped { try await ContinuousClock().sleep(for: .seconds(seconds)) }
            }
            // While etcd stands still kubelets cannot report, and their pods count as not ready: that is no eviction's doing.
            #expect(outcome.faults.isEmpty)
            // Done, or given up in good order with the node given back.
            let (status, errors) = (outcome.result.status, outcome.result.errors)
            #expect(status == 0 && outcome.isCordoned || status == 4 && !outcome.isCordoned, "\(errors)")
        }

        @Test func `an API server that is killed and comes back delays a drain, which ends well`() async throws {
            let lab = try Lab.required()
            let process = try LabProcess.named("kube-apiserver")
            let outcome = try await FaultyDrain(of: "node-3", on: lab).run { _ in
                process.signal(SIGKILL)
                try await process.startAgain(after: .seconds(5))
            }
            #expect(outcome.result.status == 0, "\(outcome.result.errors)")
            #expect(outcome.isCordoned)
            #expect(outcome.faults.isEmpty)
            #expect(try await lab.podsThatMove(on: "node-3").isEmpty)
        }

        @Test func `a drain whose lease is taken stops at once and says by whom`() async throws {
            let lab = try Lab.required()
            let outcome = try await FaultyDrain(of: "node-5", on: lab).run { _ in
                try await lab.patch(Lab.lease, #"{"spec":{"holderIdentity":"run-thief"}}"#)
            }
            // A drain that had nothing more to write may have ended before it knew.
            #expect(outcome.result.status == 1 || outcome.result.status == 0)
            if outcome.result.status == 1 {
                #expect(outcome.result.errors.contains("run-thief"), "\(outcome.result.errors)")
            }
            #expect(outcome.faults.isEmpty)
        }

        @Test func `budgets that become tight for a while hold a drain up, and no longer`() async throws {
            let lab = try Lab.required()
            let budgets = try await lab.request("GET", "/apis/policy/v1beta1/poddisruptionbudgets").objects("items")
            let places = budgets.map { budget in
                let metadata = budget.object("metadata")
                let spec = ["minAvailable", "maxUnavailable"].map { Self.field($0, of: budget.object("spec")) }
                let path =
                    "/apis/policy/v1beta1/namespaces/\(metadata.string("namespace") ?? "")/poddisruptionbudgets/"
                    + (metadata.string("name") ?? "")
                return (path: path, spec: spec.joined(separator: ","))
            }
            let outcome = try await FaultyDrain(of: "node-6", on: lab).run { _ in
                for place in places {
                    try await lab.patch(place.path, #"{"spec":{"minAvailable":null,"maxUnavailable":0}}"#)
                }
                try? await ContinuousClock().sleep(for: .seconds(8))
                for place in places { try await lab.patch(place.path, "{\"spec\":{\(place.spec)}}") }
            }
            #expect(outcome.result.status == 0, "\(outcome.result.errors)")
            #expect(outcome.isCordoned)
            #expect(outcome.faults.isEmpty)
        }

        /// One field of a budget as JSON.
        private static func field(_ name: String, of spec: JSONObject) -> String {
            if let count = spec.integer(name) { return "\"\(name)\":\(count)" }
            return "\"\(name)\":" + (spec.string(name).map { "\"\($0)\"" } ?? "null")
        }

        @Test func `workloads that grow while a node is drained are drained all the same`() async throws {
            let lab = try Lab.required()
            let scales = try await lab.request("GET", "/apis/apps/v1/deployments").objects("items").map { deployment in
                let metadata = deployment.object("metadata")
                let namespace = metadata.string("namespace") ?? ""
                let path = "/apis/apps/v1/namespaces/\(namespace)/deployments/\(metadata.string("name") ?? "")/scale"
                return (path: path, replicas: deployment.object("spec").integer("replicas") ?? 1)
            }
            func scale(by extra: Int) async throws {
                for scale in scales.prefix(3) {
                    try await lab.patch(scale.path, "{\"spec\":{\"replicas\":\(scale.replicas + extra)}}")
                }
            }
            let outcome = try await FaultyDrain(of: "node-7", on: lab).run { _ in try await scale(by: 1) }
            try await scale(by: 0)
            #expect(outcome.result.status == 0, "\(outcome.result.errors)")
            #expect(outcome.faults.isEmpty)
        }

        @Test func `connections that are cut again and again do not keep a drain from its end`() async throws {
            let lab = try Lab.required()
            let outcome = try await FaultyDrain(of: "node-3", on: lab).run { relay in
                for _ in 0..<6 {
                    relay.cut()
                    try await ContinuousClock().sleep(for: .milliseconds(700))
                }
            }
            #expect(outcome.result.status == 0, "\(outcome.result.errors)")
            #expect(outcome.isCordoned)
            #expect(outcome.faults.isEmpty)
            #expect(try await lab.podsThatMove(on: "node-3").isEmpty)
        }

        /// The run's picture of the cluster stays as it was, while others move pods and workloads.
        @Test func `a drain that sees an old picture for a while harms nobody and ends well`() async throws {
            let lab = try Lab.required()
            let outcome = try await FaultyDrain(of: "node-6", on: lab).run { relay in
                relay.freeze()
                for pod in try await lab.podsThatMove(on: "node-6").prefix(2) {
                    _ = try await lab.request("DELETE", "/api/v1/namespaces/\(pod.place)")
                }
                try? await ContinuousClock().sleep(for: .seconds(6))
                relay.cut()
            }
            #expect(outcome.result.status == 0, "\(outcome.result.errors)")
            #expect(outcome.isCordoned)
            #expect(outcome.faults.isEmpty)
        }

        @Test func `a node whose heartbeat stops is given back, and its pods are named`() async throws {
            let lab = try Lab.required()
            let kubelet = try LabProcess.kubelet(of: "node-7")
            defer { kubelet.signal(SIGCONT) }
            let outcome = try await FaultyDrain(of: "node-7", on: lab, timeout: "20s").run(whole: false) { _ in
                kubelet.signal(SIGSTOP)
                try await lab.patchReady("node-7", "Unknown")
            }
            kubelet.signal(SIGCONT)
            #expect(outcome.result.status == 4, "\(outcome.result.errors)")
            #expect(outcome.result.errors.contains("kubelet does not report"), "\(outcome.result.errors)")
            #expect(!outcome.isCordoned)
            #expect(outcome.faults.isEmpty)
        }
    }
}

/// A drain of one node through a relay, with harm done once the node is cordoned.
struct FaultyDrain {
    struct Outcome {
        let result: Command.Result
        /// Evictions that a budget did not allow, and deletions beside them.
        let faults: [String]
        let isCordoned: Bool
    }

    private let node: String
    private let lab: Lab
    private let timeout: String

    init(of node: String, on lab: Lab, timeout: String = "4m") {
        (self.node, self.lab, self.timeout) = (node, lab, timeout)
    }

    /// - Parameter whole: whether all workloads must be whole again in the end.
    func run(whole: Bool = true, _ harm: (Relay) async throws -> Void) async throws -> Outcome {
        try await Scratch.with { scratch in
            try await Relay.with(to: lab.port) { relay in
                let evenkeel = try Evenkeel()
                let kubeconfig = try lab.kubeconfig("admin-token", through: relay, in: scratch)
                let state = scratch.path("state")
                let audit = AuditLog(lab)
                var result: Command.Result?
                let seen = try await Observer.watching(lab) { observer in
                    async let drained = evenkeel.run(
                        "drain",
                        node,
                        "--kubeconfig",
                        kubeconfig,
                        "--timeout",
                        timeout,
                        "--state",
                        state
                    )
                    try await observer.wait("\(node) is cordoned") { $0.cordons(of: node).contains(true) }
                    try await harm(relay)
                    result = try await drained
                    if whole { try await observer.waitUntilWhole() }
                }
                let object = try await lab.request("GET", "/api/v1/nodes/\(node)")
                return Outcome(
                    result: try #require(result),
                    faults: try audit.faults(of: .token, in: seen),
                    isCordoned: object.object("spec").flag("unschedulable")
                )
            }
        }
    }
}

extension Lab {
    /// Pods of the node that a drain moves, with their places as `shop/pods/web-1`.
    func podsThatMove(on node: String) async throws -> [(name: String, place: String)] {
        let pods = try await request("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3D\(node)").objects("items")
        return pods.filter { pod in
            pod.object("metadata").objects("ownerReferences").first?.string("kind") != "DaemonSet"
                && pod.object("status").string("phase") != "Succeeded"
        }
        .map { pod in
            let metadata = pod.object("metadata")
            let name = metadata.string("name") ?? ""
            return (name, "\(metadata.string("namespace") ?? "")/pods/\(name)")
        }
    }

    /// Writes a node's Ready condition, as the node controller does for a kubelet that is silent.
    func patchReady(_ node: String, _ status: String) async throws {
        let body = """
            {"status":{"conditions":[{"type":"Ready","status":"\(status)","reason":"NodeStatusUnknown",\
            "message":"Kubelet stopped posting node status."}]}}
            """
        let arguments = curl(
            "PATCH",
            "/api/v1/nodes/\(node)/status",
            body: body,
            type: "application/strategic-merge-patch+json"
        )
        let result = try await Command("curl", arguments + ["--fail"]).run()
        try #require(result.status == 0, "\(node): \(result.errors)")
    }
}
