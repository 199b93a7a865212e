import Foundation
import Synchronization
import Testing

extension Conformance {
    /// What goes wrong in a control plane while a node is drained: no budget breaks, nothing is forgotten, and each ends in
    /// the state that `docs/nodes.md` describes.
    struct FaultTests {
        private static let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/evenkeel"

        /// Drains a node, and does harm once its first pod is on its way.
        private func drain(
            _ node: String,
            on lab: Lab,
            timeout: String = "4m",
            _ harm: @escaping @Sendable () async throws -> Void
        ) async throws -> (result: Command.Result, seen: Observation, isCordoned: Bool) {
            try await Scratch.with { scratch in
                let evenkeel = try Evenkeel()
                let state = scratch.path("state")
                var result: Command.Result?
                let seen = try await Observer.watching(lab) { observer in
                    async let drained = evenkeel.run(
                        "drain",
                        node,
                        "--kubeconfig",
                        lab.kubeconfig("admin"),
                        "--timeout",
                        timeout,
                        "--state",
                        state
                    )
                    try await observer.wait("the node is cordoned") { $0.cordons(of: node).last == true }
                    try await harm()
                    result = try await drained
                    try await observer.wait("the workloads are whole again") { seen in
                        seen.replicas.allSatisfy { workload, replicas in
                            seen.lastPods.values.count { $0.workload == workload && $0.ready && !$0.terminating }
                                >= replicas
                        }
                    }
                }
                let isCordoned = try await lab.request("GET", "/api/v1/nodes/\(node)").object("spec")
                    .flag("unschedulable")
                _ = try await evenkeel.run("uncordon", node, "--kubeconfig", lab.kubeconfig("admin"))
                return (try #require(result), seen, isCordoned)
            }
        }

        @Test(arguments: [("etcd", 40), ("kube-controller-manager", 20), ("kube-scheduler", 10)])
        func `a server that stands still for a while delays a drain and breaks nothing`(
            server: String,
            seconds: Int
        )
            async throws
        {
            let lab = try Lab.required()
            let process = try LabProcess.named(server)
            let outcome = try await drain("node-2", on: lab) {
                process.signal(SIGSTOP)
                try await ContinuousClock().sleep(for: .seconds(seconds))
                process.signal(SIGCONT)
            }
            // While etcd stands still kubelets cannot report, and their pods count as not ready: that is no eviction's doing.
            if server != "etcd" { #expect(outcome.seen.violations.isEmpty) }
            // Done, or given up in good order with the node given back.
            #expect(
                outcome.result.status == 0 && outcome.isCordoned || outcome.result.status == 4 && !outcome.isCordoned,
                "\(outcome.result.errors)"
            )
        }

        /// The observer's own watches would not outlive the server, so that only the end is looked at.
        @Test func `an API server that is killed and comes back delays a drain, which ends well`() async throws {
            let lab = try Lab.required()
            let process = try LabProcess.named("kube-apiserver")
            try await Scratch.with { scratch in
                let evenkeel = try Evenkeel()
                let state = scratch.path("state")
                async let drained = evenkeel.run(
                    "drain",
                    "node-3",
                    "--kubeconfig",
                    lab.kubeconfig("admin"),
                    "--timeout",
                    "4m",
                    "--state",
                    state
                )
                while try await !isCordoned("node-3", lab) {}
                process.signal(SIGKILL)
                try await process.startAgain(after: .seconds(5))
                let result = try await drained
                #expect(result.status == 0, "\(result.errors)")
                #expect(try await isCordoned("node-3", lab))
                let pods = try await lab.request("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-3")
                let left = pods.objects("items").filter { pod in
                    let phase = pod.object("status").string("phase")
                    return pod.object("metadata").objects("ownerReferences").first?.string("kind") != "DaemonSet"
                        && phase != "Succeeded"
                }
                #expect(left.isEmpty)
                _ = try await evenkeel.run("uncordon", "node-3", "--kubeconfig", lab.kubeconfig("admin"))
            }
        }

        private func isCordoned(_ node: String, _ lab: Lab) async throws -> Bool {
            try await lab.request("GET", "/api/v1/nodes/\(node)").object("spec").flag("unschedulable")
        }

        @Test func `a drain whose lease is taken stops at once and says by whom`() async throws {
            let lab = try Lab.required()
            let outcome = try await drain("node-5", on: lab) {
                let patch = #"{"spec":{"holderIdentity":"run-thief"}}"#
                let curl = lab.curl("PATCH", Self.lease, body: patch, type: "application/merge-patch+json")
                let result = try await Command("curl", curl + ["--fail"]).run()
                #expect(result.status == 0, "\(result.errors)")
            }
            let thief = #"{"spec":{"holderIdentity":""}}"#
            let curl = lab.curl("PATCH", Self.lease, body: thief, type: "application/merge-patch+json")
            _ = try await Command("curl", curl + ["--fail"]).run()
            // A drain that had nothing more to write may have ended before it knew.
            #expect(outcome.result.status == 1 || outcome.result.status == 0)
            if outcome.result.status == 1 {
                #expect(outcome.result.errors.contains("run-thief"), "\(outcome.result.errors)")
            }
            #expect(outcome.seen.violations.isEmpty)
        }

        /// One field of a budget as JSON.
        private static func field(_ name: String, of spec: JSONObject) -> String {
            if let count = spec.integer(name) { return "\"\(name)\":\(count)" }
            return "\"\(name)\":" + (spec.string(name).map { "\"\($0)\"" } ?? "null")
        }

        private static func patch(_ place: String, _ spec: String, _ lab: Lab) async throws {
            let body = "{\"spec\":{\(spec)}}"
            let curl = lab.curl("PATCH", place, body: body, type: "application/merge-patch+json")
            let result = try await Command("curl", curl + ["--fail"]).run()
            #expect(result.status == 0, "\(place): \(result.errors)")
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
            let outcome = try await drain("node-6", on: lab) {
                for place in places {
                    try await Self.patch(place.path, "\"minAvailable\":null,\"maxUnavailable\":0", lab)
                }
                try await ContinuousClock().sleep(for: .seconds(8))
                for place in places { try await Self.patch(place.path, place.spec, lab) }
            }
            #expect(outcome.result.status == 0, "\(outcome.result.errors)")
            #expect(outcome.isCordoned)
            #expect(outcome.seen.violations.isEmpty)
        }

        @Test func `workloads that grow while a node is drained are drained all the same`() async throws {
            let lab = try Lab.required()
            let scales = try await lab.request("GET", "/apis/apps/v1/deployments").objects("items").map { deployment in
                let metadata = deployment.object("metadata")
                let namespace = metadata.string("namespace") ?? ""
                let path = "/apis/apps/v1/namespaces/\(namespace)/deployments/\(metadata.string("name") ?? "")/scale"
                return (path: path, replicas: deployment.object("spec").integer("replicas") ?? 1)
            }
            let outcome = try await drain("node-7", on: lab) {
                for scale in scales.prefix(3) {
                    try await Self.patch(scale.path, "\"replicas\":\(scale.replicas + 1)", lab)
                }
            }
            for scale in scales.prefix(3) { try await Self.patch(scale.path, "\"replicas\":\(scale.replicas)", lab) }
            #expect(outcome.result.status == 0, "\(outcome.result.errors)")
            #expect(outcome.seen.violations.isEmpty)
        }
    }
}

/// A server of the lab, which lives in namespaces of its own: the process ids are the lab's.
struct LabProcess: Sendable {
    let id: pid_t
    let arguments: [String]

    static func named(_ name: String) throws -> LabProcess {
        for entry in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let id = pid_t(entry), let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline") else {
                continue
            }
            let words = data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard let program = words.first, program == name || program.hasSuffix("/\(name)") else { continue }
            return LabProcess(id: id, arguments: words)
        }
        throw LabProcessError.missing(name)
    }

    func signal(_ number: Int32) { kill(id, number) }

    /// A new process with the same arguments; it ends with the lab.
    func startAgain(after pause: Duration) async throws {
        try await ContinuousClock().sleep(for: pause)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try Command.launching.withLock { _ in try process.run() }
    }
}

enum LabProcessError: Error {
    case missing(String)
}
