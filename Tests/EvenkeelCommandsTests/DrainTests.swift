import ClusterModel
import Foundation
import Practice
import Testing

extension Processes {
    /// `evenkeel drain`, `cordon`, `uncordon` and `lock` as processes against the practice API.
    @Suite(.serialized) struct DrainTests {
        private static let bare: JSONValue = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "debug", "namespace": "shop"],
            "spec": ["nodeName": "worker-1", "containers": [["name": "c", "image": "i"]]],
        ]

        @Test func `a dry run says of each pod what would happen and changes nothing`() async throws {
            try await PracticeSite.with { site in
                let before = await site.pods(on: "worker-1")
                let result = try await site.run("drain", "worker-1", "--dry-run", "--output", "json")
                #expect(result.status == .exited(0), "\(result.errors)")
                let forecast = try JSONValue(parsing: Array(result.output.utf8))
                let entries = forecast["pods"]?.array ?? []
                let names = entries.compactMap { $0["pod"]?.string?.split(separator: "/").last.map(String.init) }
                #expect(names.sorted() == before)
                #expect(
                    entries.allSatisfy { $0["fate"] == "evicted" && $0["to"]?.string?.hasPrefix("worker-") == true }
                )
                #expect(await site.writes().isEmpty)
                #expect(await site.isCordoned("worker-1") == false)
            }
        }

        @Test func `a drained node is empty, cordoned in the person's name, and its workloads are whole`() async throws
        {
            try await PracticeSite.with { site in
                let pods = await site.pods(on: "worker-1")
                let result = try await site.run("drain", "worker-1", "--output", "json")
                #expect(result.status == .exited(0), "\(result.errors)")
                #expect(await site.pods(on: "worker-1").isEmpty)
                #expect(await site.isCordoned("worker-1"))
                let node = await site.field("/api/v1/nodes/worker-1", "metadata", "annotations")
                #expect(node?["evenkeel.io/cordoned-by"]?.string?.hasPrefix("ops@") == true)
                let file = try JSONValue(parsing: Array(result.output.utf8))
                #expect(file["podsGone"]?.array?.count == pods.count)
                let ready = await site.field("/apis/apps/v1/namespaces/shop/deployments/web", "status", "readyReplicas")
                #expect(ready?.integer == 3)
                #expect(await site.field(Self.lease, "spec", "holderIdentity")?.string?.isEmpty != false)
            }
        }

        private static let lease = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/evenkeel"

        @Test func `an obstacle is named before anything is touched, and a waiver answers for it`() async throws {
            try await PracticeSite.with { site in
                await site.send("POST", "/api/v1/namespaces/shop/pods", Self.bare)
                let refused = try await site.run("drain", "worker-1")
                #expect(refused.status == .exited(3), "\(refused.errors)")
                #expect(refused.output.contains("shop/debug"))
                #expect(refused.output.contains("BLOCKED"))
                #expect(await site.isCordoned("worker-1") == false)
                let waived = try await site.run(
                    "drain",
                    "worker-1",
                    "--waive",
                    "bare-pod shop/debug until 2099-12-24: nobody needs it"
                )
                #expect(waived.status == .exited(0), "\(waived.errors)")
                #expect(await site.pods(on: "worker-1").isEmpty)
            }
        }

        @Test func `a dry run of a pod that can never leave ends at once and says why`() async throws {
            try await PracticeSite.with { site in
                await site.send(
                    "PATCH",
                    "/apis/policy/v1/namespaces/data/poddisruptionbudgets/postgres",
                    ["spec": ["maxUnavailable": 0]]
                )
                let result = try await site.run("drain", "worker-1", "--dry-run")
                #expect(result.status == .exited(3), "\(result.errors)")
                #expect(result.output.contains("data/postgres"))
                #expect(result.output.contains("To do first"))
                #expect(await site.writes().allSatisfy { !$0.contains("eviction") })
            }
        }

        @Test func `a drain that cannot end gives the node back and says which pod holds it, and why`() async throws {
            try await PracticeSite.with { site in
                let pod = try #require(await site.pods(on: "worker-1").first { $0.hasPrefix("cart") })
                await site.send(
                    "PATCH",
                    "/api/v1/namespaces/shop/pods/\(pod)",
                    ["metadata": ["finalizers": ["example.com/hold"]]]
                )
                let result = try await site.run("drain", "worker-1", "--timeout", "3s")
                #expect(result.status == .exited(4), "\(result.errors)")
                #expect(result.errorLines.last?.contains(pod) == true, "\(result.errors)")
                #expect(result.errorLines.last?.contains("example.com/hold") == true, "\(result.errors)")
                #expect(await site.isCordoned("worker-1") == false)
            }
        }

        @Test func `a node found cordoned is drained, and stays as it was found when the drain fails`() async throws {
            try await PracticeSite.with { site in
                await site.send("PATCH", "/api/v1/nodes/worker-1", ["spec": ["unschedulable": true]])
                let result = try await site.run("drain", "worker-1")
                #expect(result.status == .exited(0), "\(result.errors)")
                #expect(await site.pods(on: "worker-1").isEmpty)
                let left = try await site.run("uncordon", "worker-1")
                #expect(left.status == .exited(1))
                #expect(await site.isCordoned("worker-1"))
                let given = try await site.run("uncordon", "worker-1", "--owner", "nobody")
                #expect(given.status == .exited(0), "\(given.errors)")
                #expect(await site.isCordoned("worker-1") == false)
            }
        }

        @Test func `a cordon is made and undone by its owner only`() async throws {
            try await PracticeSite.with { site in
                #expect(try await site.run("cordon", "worker-1", "worker-2", "--dry-run").status == .exited(0))
                #expect(await site.isCordoned("worker-1") == false)
                #expect(try await site.run("cordon", "worker-1", "worker-2").status == .exited(0))
                #expect(await site.isCordoned("worker-2"))
                await site.send(
                    "PATCH",
                    "/api/v1/nodes/worker-2",
                    ["metadata": ["annotations": ["evenkeel.io/cordoned-by": "run-1"]]]
                )
                let result = try await site.run("uncordon", "worker-1", "worker-2", "--output", "json")
                #expect(result.status == .exited(1))
                let nodes = try JSONValue(parsing: Array(result.output.utf8))["nodes"]?.array ?? []
                #expect(nodes.map { $0["changed"]?.bool } == [true, false])
                #expect(result.errors.contains("worker-2"))
                #expect(await site.isCordoned("worker-1") == false)
                #expect(await site.isCordoned("worker-2"))
            }
        }

        @Test(arguments: [["cordon", "worker-9"], ["drain", "worker-9"], ["uncordon", "worker-9"]])
        func `a misspelt node is wrong usage`(arguments: [String]) async throws {
            try await PracticeSite.with { site in
                let result = try await site.tool.run(arguments + ["--kubeconfig", "kubeconfig"])
                #expect(result.status == .exited(64))
                #expect(result.errors.contains("worker-9"))
                #expect(await site.writes().isEmpty)
            }
        }

        @Test func `while another run has the cluster nothing is changed, until its lock is broken`() async throws {
            try await PracticeSite.with { site in
                await site.lock(to: "run-7", for: 3600)
                #expect(try await site.run("lock", "show").output.contains("run-7 has the cluster"))
                for command in ["cordon", "drain"] {
                    let result = try await site.run(command, "worker-1")
                    #expect(result.status == .exited(1))
                    #expect(result.errors.contains("run-7"), "\(result.errors)")
                }
                #expect(await site.isCordoned("worker-1") == false)
                #expect(try await site.run("lock", "break", "--holder", "run-8").status == .exited(1))
                #expect(try await site.run("lock", "break", "--holder", "run-7").status == .exited(0))
                #expect(try await site.run("lock", "show").output.contains("nobody"))
                #expect(try await site.run("cordon", "worker-1").status == .exited(0))
            }
        }

        @Test func `a drain whose lock is broken stops without another eviction`() async throws {
            try await PracticeSite.with { site in
                let pod = try #require(await site.pods(on: "worker-1").first { $0.hasPrefix("cart") })
                await site.send(
                    "PATCH",
                    "/api/v1/namespaces/shop/pods/\(pod)",
                    ["metadata": ["finalizers": ["example.com/hold"]]]
                )
                async let drain = site.run("drain", "worker-1", "--timeout", "60s")
                while await site.isCordoned("worker-1") == false { await Task.yield() }
                let holder = try #require(await site.field(Self.lease, "spec", "holderIdentity")?.string)
                await site.send("PUT", Self.lease, try await taken(from: holder, on: site))
                let result = try await drain
                #expect(result.status == .exited(1), "\(result.errors)")
                #expect(result.errors.contains("run-thief"), "\(result.errors)")
                #expect(await site.isCordoned("worker-1"))
            }
        }

        private func taken(from holder: String, on site: PracticeSite) async throws -> JSONValue {
            var lease = try #require(await site.field(Self.lease))
            lease["spec"]?["holderIdentity"] = "run-thief"
            lease["metadata"]?["resourceVersion"] = nil
            lease["metadata"]?["resourceVersion"] = await site.field(Self.lease, "metadata", "resourceVersion")
            return lease
        }
    }
}
