import ClusterModel
import Foundation
import Practice
import Testing

extension Processes {
    /// A node whose machine is dead, drained by `evenkeel drain --confirm-off` and `--off-check`.
    @Suite(.serialized) struct DeadNodeTests {
        /// A practice site whose `worker-1` has been cut off for long.
        private func withDeadNode(_ version: Version? = nil, _ body: (PracticeSite) async throws -> Void) async throws {
            var cluster = Site.cluster()
            if let version { cluster.options.serverVersion = version }
            cluster.setReachable(node: "worker-1", false)
            cluster.advance(to: cluster.now + .seconds(60))
            try await PracticeSite.with(cluster: cluster) { site in
                #expect(await site.pods(on: "worker-1").isEmpty == false)
                try await body(site)
            }
        }

        private func taints(_ site: PracticeSite) async -> [String] {
            await site.field("/api/v1/nodes/worker-1", "spec", "taints")?.array?.compactMap { $0["key"]?.string } ?? []
        }

        private static let taint = "node.kubernetes.io/out-of-service"

        @Test func `a machine that is off by the operator's word is emptied without it, and the taint is taken away`()
            async throws
        {
            try await withDeadNode { site in
                let pods = await site.pods(on: "worker-1")
                let result = try await site.run("drain", "worker-1", "--confirm-off", "worker-1", "--output", "json")
                #expect(result.status == .exited(0), "\(result.errors)")
                let json = try JSONValue(parsing: Array(result.output.utf8))
                #expect(json["podsRemoved"]?.array?.count == pods.count)
                #expect(json["proof"]?.string?.hasPrefix("by the word of ops@") == true)
                #expect(await site.pods(on: "worker-1").isEmpty)
                #expect(await taints(site).contains(Self.taint) == false)
                #expect(await site.isCordoned("worker-1"))
                let node = await site.field("/api/v1/nodes/worker-1", "metadata", "annotations")
                #expect(node?["evenkeel.io/out-of-service-by"] == nil)
                let marks = await site.writes().filter { $0.hasPrefix("PATCH /api/v1/nodes/worker-1") }
                #expect(marks.count == 3, "a cordon, the taint, and its end")
            }
        }

        @Test func `a node that does not come back is deleted in the end`() async throws {
            try await withDeadNode { site in
                let result = try await site.run("drain", "worker-1", "--confirm-off", "worker-1", "--delete-node")
                #expect(result.status == .exited(0), "\(result.errors)")
                #expect(result.output.contains("its Node object is deleted"))
                #expect(await site.field("/api/v1/nodes/worker-1", "code")?.integer == 404)
            }
        }

        @Test func `a cluster that does not know the taint says so, and has the deletion`() async throws {
            try await withDeadNode(Version(major: 1, minor: 20)) { site in
                let refused = try await site.run("drain", "worker-1", "--confirm-off", "worker-1")
                #expect(refused.status == .exited(1))
                #expect(refused.errors.contains("--delete-node"), "\(refused.errors)")
                #expect(await site.writes().isEmpty)
                let result = try await site.run("drain", "worker-1", "--confirm-off", "worker-1", "--delete-node")
                #expect(result.status == .exited(0), "\(result.errors)")
                #expect(await site.pods(on: "worker-1").isEmpty)
            }
        }

        @Test func `a dry run says which pods would be removed, and changes nothing`() async throws {
            try await withDeadNode { site in
                let result = try await site.run("drain", "worker-1", "--confirm-off", "worker-1", "--dry-run")
                #expect(result.status == .exited(0), "\(result.errors)")
                for pod in await site.pods(on: "worker-1") { #expect(result.output.contains(pod)) }
                #expect(await site.writes().isEmpty)
            }
        }

        @Test(arguments: [
            (["--confirm-off", "worker-2"], "is not the node to drain"),
            (["--off-check", "echo on; false"], "is not proven off by `echo on; false`"),
            (["--delete-node"], "add --confirm-off or --off-check"),
        ])
        func `a machine that is not proven off is left alone`(options: [String], clue: String) async throws {
            try await withDeadNode { site in
                let result = try await site.tool.run(["drain", "worker-1", "--kubeconfig", "kubeconfig"] + options)
                #expect(result.status != .exited(0))
                #expect(result.errors.contains(clue), "\(result.errors)")
                #expect(result.errorLines.count == 1, "\(result.errors)")
                #expect(await site.writes().isEmpty)
            }
        }

        @Test func `a node that is Ready is not taken for off`() async throws {
            try await PracticeSite.with { site in
                let result = try await site.run("drain", "worker-1", "--confirm-off", "worker-1")
                #expect(result.status == .exited(1))
                #expect(result.errors.contains("is Ready"), "\(result.errors)")
                #expect(await site.writes().isEmpty)
            }
        }

        /// Nothing listens on port 9 of 127.0.78.1, and a refusal comes from a machine that runs; no way leads to the address of
        /// everybody.
        @Test(arguments: [("127.0.78.1", false), ("255.255.255.255", true), ("no-such-host.invalid", false)])
        func `only a machine that is silent is off, whatever its BMC says`(host: String, isOff: Bool) async throws {
            try await withDeadNode { site in
                try site.scratch.write("", to: "known_hosts")
                let key = try await site.tool.shell("ssh-keygen -q -t ed25519 -N '' -f id")
                try #require(key.status == .exited(0), "\(key.errors)")
                let node = "nodes:\n- match: {name: worker-1}\n  ssh: {host: \(host)}\n"
                try site.scratch.write(
                    "ssh: {knownHosts: known_hosts, identity: id, user: ops, port: 9}\n\(node)",
                    to: "evenkeel.yaml"
                )
                let result = try await site.run("drain", "worker-1", "--off-check", #"test "$NODE" = worker-1"#)
                #expect(result.status == .exited(isOff ? 0 : 1), "\(result.errors)")
                if !isOff {
                    #expect(result.errors.contains("is not proven off"), "\(result.errors)")
                    #expect(await site.writes().isEmpty)
                }
            }
        }

        @Test func `what cannot be emptied in time keeps no taint`() async throws {
            try await withDeadNode { site in
                let pod = try #require(await site.pods(on: "worker-1").first)
                let namespace = pod.hasPrefix("postgres") ? "data" : "shop"
                await site.send(
                    "PATCH",
                    "/api/v1/namespaces/\(namespace)/pods/\(pod)",
                    ["metadata": ["finalizers": ["example.com/hold"]]]
                )
                let options = ["--confirm-off", "worker-1", "--timeout", "2s", "--kubeconfig", "kubeconfig"]
                let result = try await site.tool.run(["drain", "worker-1"] + options)
                #expect(result.status == .exited(4), "\(result.errors)")
                #expect(result.errors.contains(pod), "\(result.errors)")
                #expect(await taints(site).contains(Self.taint) == false)
                #expect(await site.isCordoned("worker-1"))
            }
        }
    }
}
