import ClusterModel
import Foundation
import Practice
import Testing

/// A practice cluster behind its HTTP face, a real sshd for its machines, and the files an operator would have.
///
/// The playbook adds a line with the node's name to the file `serviced`, so that everybody can count.
struct Site: Sendable {
    let scratch: Scratch
    let server: PracticeServer

    var tool: Tool { Tool(folder: scratch.folder) }

    static let workers = (1...4).map { "worker-\($0)" }
    /// A node that no plan here is for.
    static let bystander = "worker-5"

    /// Runs `body` beside it all.
    ///
    /// - Parameters:
    ///   - script: what the playbook's only step does; `$SERVICED` is the file to count in.
    ///   - machine: shell lines that change the machine which sshd sees, and no other one.
    static func with(
        script: String = #"echo "$NODE" >> "$SERVICED""#,
        timeout: String = "30s",
        cluster: PracticeCluster = Site.cluster(),
        machine: ((Scratch) -> String)? = nil,
        _ body: (Site) async throws -> Void
    ) async throws {
        try await Scratch.with { scratch in
            let addresses = (1...workers.count).map { "127.0.78.\($0)" }
            try await SSHServer.with(scratch, addresses: addresses, machine: machine?(scratch)) { sshd in
                let site = Site(scratch: scratch, server: PracticeServer(cluster: cluster))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    defer { group.cancelAll() }
                    group.addTask { try await site.server.run() }
                    try await site.writeFiles(port: sshd.port, script: script, timeout: timeout)
                    try await body(site)
                }
            }
        }
    }

    /// Five workers with nine pods, no two of a workload on one node, that stop and start within a tenth of a second.
    static func cluster(seed: UInt64 = 7, now: Instant = Site.now) -> PracticeCluster {
        var options = PracticeOptions()
        // A budget's controller that sees a StatefulSet's pod only after its successor of the same name takes that one
        // for the evicted one, and holds the budget spent for two minutes.
        options.budgetDelay = .milliseconds(1) ... .milliseconds(3)
        options.controllerDelay = .milliseconds(10) ... .milliseconds(30)
        options.startDelay = .milliseconds(20) ... .milliseconds(60)
        options.readyDelay = .milliseconds(20) ... .milliseconds(60)
        options.stopDelay = .milliseconds(20) ... .milliseconds(80)
        var cluster = PracticeCluster(seed: seed, startingAt: now, options: options)
        for (index, name) in workers.enumerated() {
            cluster.create(.node(name: name, zone: index < 2 ? "a" : "b", address: "127.0.78.\(index + 1)"))
        }
        cluster.create(.node(name: bystander, zone: "b", labels: ["role": "bystander"]))
        cluster.create([
            .deployment("shop", "web", replicas: 3, pod: PracticePod(spec: PracticePod.apart(app: "web"))),
            .deployment("shop", "cart", replicas: 3, pod: PracticePod(spec: PracticePod.apart(app: "cart"))),
            .statefulSet("data", "postgres", replicas: 3, pod: PracticePod(spec: PracticePod.apart(app: "postgres"))),
            .budget("shop", "web", maxUnavailable: 1),
            .budget("data", "postgres", maxUnavailable: 1),
        ])
        cluster.settle()
        return cluster
    }

    static var now: Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }

    private func writeFiles(port: Int, script: String, timeout: String) async throws {
        try scratch.write(try await server.kubeconfig(), to: "kubeconfig")
        try scratch.write(
            """
            cluster: practice
            kubernetes: {kubeconfig: kubeconfig}
            ssh: {user: \(NSUserName()), port: \(port), identity: client_key, knownHosts: known_hosts, become: none}

            """,
            to: "evenkeel.yaml"
        )
        let lines = script.split(separator: "\n").map { "      \($0)" }.joined(separator: "\n")
        try scratch.write(
            """
            name: count
            inputs:
              SERVICED: {default: \(scratch.path("serviced"))}
            steps:
              - name: count
                check: grep -qx "$NODE" "$SERVICED"
                timeout: \(timeout)
                run: |
            \(lines)

            """,
            to: "count.yaml"
        )
    }

    /// Plans the service of every node into `plan.json`.
    func plan(_ options: String...) async throws {
        let result = try await tool.run(
            ["plan", "service", "--playbook", "count.yaml", "--selector", "role!=bystander", "--output", "json"]
                + options
        )
        try #require(result.status == .exited(0), "\(result.errors)")
        try scratch.write(result.output, to: "plan.json")
    }

    // MARK: What came of it

    /// The nodes that were serviced, one entry for each time.
    var serviced: [String] { scratch.lines("serviced") }

    /// Nodes that the scheduler may not use at present.
    func cordoned() async -> [String] {
        await server.withCluster { cluster in
            cluster.objects(.node).filter { $0.object["spec"]?["unschedulable"]?.bool == true }.map(\.key.name).sorted()
        }
    }

    /// The Deployments' pods that the API agreed to evict, one entry for each time. Their names are never used again, so
    /// that each stands for one UID.
    func evictions() async -> [String] {
        await server.withCluster { cluster in
            cluster.auditLog
                .filter {
                    $0.method == "POST" && $0.path.contains("/namespaces/shop/") && $0.path.contains("/eviction")
                        && $0.status == 201
                }
                .map(\.path)
        }
    }

    func cordon(_ node: String) async {
        await server.withCluster { cluster in
            _ = cluster.handle(
                PracticeRequest(
                    method: "PATCH",
                    target: "/api/v1/nodes/\(node)",
                    headers: [("Content-Type", "application/merge-patch+json")],
                    json: ["spec": ["unschedulable": true]]
                ),
                now: cluster.now
            )
        }
    }
}
