import ClusterModel
import Foundation
import Practice
import Subprocess
import SystemPackage
import Testing

extension Processes {
    /// A node with 100 pods under 20 budgets, drained by `evenkeel drain` and by `kubectl drain`; with `make soak` only,
    /// where kubectl is installed.
    @Suite(.enabled(if: Peer.isWanted, "set EVENKEEL_SOAK, and install kubectl")) struct DrainComparisonTests {
        private static let node = "full"

        /// Five pods of each of 20 apps, all on one node, and a budget that lets one of each go at a time.
        private static func cluster() -> PracticeCluster {
            var options = PracticeOptions()
            options.startDelay = .milliseconds(200) ... .milliseconds(600)
            options.readyDelay = .milliseconds(200) ... .milliseconds(600)
            options.stopDelay = .milliseconds(500) ... .milliseconds(1500)
            var cluster = PracticeCluster(seed: 5, startingAt: Site.now, options: options)
            cluster.create(.node(name: node, zone: "a"))
            for app in 0..<20 {
                let name = "app\(app)"
                cluster.create(.deployment("shop", name, replicas: 5, pod: PracticePod(cpu: "10m", memory: "16Mi")))
                cluster.create(.budget("shop", name, maxUnavailable: 1))
            }
            cluster.settle()
            for number in 1...4 { cluster.create(.node(name: "spare-\(number)", zone: "b")) }
            cluster.settle()
            return cluster
        }

        private func drain(_ body: (PracticeSite) async throws -> Void) async throws -> (time: Duration, requests: Int)
        {
            var figures = (time: Duration.zero, requests: 0)
            try await PracticeSite.with(cluster: Self.cluster()) { site in
                #expect(await site.pods(on: Self.node).count == 100)
                let before = await site.server.withCluster { $0.requestCount }
                let start = ContinuousClock.now
                try await body(site)
                let after = await site.server.withCluster { $0.requestCount }
                figures = (start.duration(to: .now), after - before)
                #expect(await site.pods(on: Self.node).isEmpty)
            }
            return figures
        }

        @Test func `it takes no longer than kubectl, and asks the API server less`() async throws {
            let ours = try await drain { site in
                let result = try await site.run("drain", Self.node)
                #expect(result.status == .exited(0), "\(result.errors)")
            }
            let theirs = try await drain { site in
                let options = ["--kubeconfig", "kubeconfig", "--ignore-daemonsets", "--delete-emptydir-data"]
                let result = try await Subprocess.run(
                    .name("kubectl"),
                    arguments: Arguments(["drain", Self.node] + options),
                    environment: .inherit.updating(["HOME": site.scratch.folder]),
                    workingDirectory: FilePath(site.scratch.folder),
                    output: .string(limit: 1 << 22),
                    error: .string(limit: 1 << 22)
                )
                #expect(result.terminationStatus.isSuccess, "\(result.standardError)")
            }
            print(
                "evenkeel: \(ours.time), \(ours.requests) requests; kubectl: \(theirs.time), \(theirs.requests) requests"
            )
            #expect(ours.time <= theirs.time)
            #expect(ours.requests < theirs.requests)
        }
    }
}

private enum Peer {
    static var isWanted: Bool {
        let soaks = Int(ProcessInfo.processInfo.environment["EVENKEEL_SOAK"] ?? "") ?? 0
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return soaks > 0
            && path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/kubectl") }
    }
}
