import ClusterModel
import Practice

/// A practice cluster behind its HTTP face, and a kubeconfig for it.
struct PracticeSite: Sendable {
    let scratch: Scratch
    let server: PracticeServer

    var tool: Tool { Tool(folder: scratch.folder) }

    static func with(
        cluster: PracticeCluster = Site.cluster(),
        _ body: (PracticeSite) async throws -> Void
    ) async throws {
        try await Scratch.with { scratch in
            let site = PracticeSite(scratch: scratch, server: PracticeServer(cluster: cluster))
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await site.server.run() }
                try scratch.write(try await site.server.kubeconfig(), to: "kubeconfig")
                try await body(site)
            }
        }
    }

    func run(_ arguments: String...) async throws -> Tool.Result {
        try await tool.run(arguments + ["--kubeconfig", "kubeconfig"])
    }

    @discardableResult
    func send(_ method: String, _ target: String, _ json: JSONValue) async -> PracticeResponse {
        await server.withCluster { cluster in
            let type = method == "PATCH" ? "application/merge-patch+json" : "application/json"
            return cluster.handle(
                PracticeRequest(method: method, target: target, headers: [("Content-Type", type)], json: json),
                now: cluster.now
            )
        }
    }

    /// A field of an object.
    func field(_ target: String, _ path: String...) async -> JSONValue? {
        let json = await server.withCluster { cluster in
            cluster.handle(PracticeRequest(method: "GET", target: target, headers: [], body: []), now: cluster.now).json
        }
        return path.reduce(json) { $0?[$1] }
    }

    func isCordoned(_ node: String) async -> Bool {
        await field("/api/v1/nodes/\(node)", "spec", "unschedulable")?.bool == true
    }

    /// Names of the pods on a node.
    func pods(on node: String) async -> [String] {
        await server.withCluster { cluster in
            cluster.objects(.pod).filter { $0.object["spec"]?["nodeName"]?.string == node }.map(\.key.name).sorted()
        }
    }

    /// Successful writes to anything but the lease.
    func writes() async -> [String] {
        await server.withCluster { cluster in
            cluster.auditLog
                .filter { $0.method != "GET" && $0.status < 300 && !$0.path.contains("/leases") }
                .map { "\($0.method) \($0.path)" }
        }
    }

    func lock(to holder: String, for seconds: Int = 30) async {
        let now = "\(Site.now)".replacing("Z", with: "000Z")
        await send(
            "POST",
            "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
            [
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "evenkeel"],
                "spec": [
                    "holderIdentity": .string(holder), "leaseDurationSeconds": .integer(Int64(seconds)),
                    "renewTime": .string(now),
                ],
            ]
        )
    }
}
