import ArgumentParser
import ClusterModel
import Foundation
import Practice
import UnixSignals

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Upgrades a simulated cluster of 12 nodes in 3 zones, with real SSH, and leaves nothing behind.",
        discussion: """
            Starts a practice cluster and an SSH server, both on loopback addresses only, then plans the upgrade, runs it \
            and reports. Takes a minute or two.

              evenkeel demo
            """
    )

    @Option(help: "Another number gives another cluster life.")
    var seed: UInt64 = 1

    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let folder = try DemoFolder()
            defer { folder.remove() }
            let sshd = try await DemoSSHServer.prepare(in: folder, addresses: (1...12).map { "127.0.77.\($0)" })
            let server = PracticeServer(
                cluster: .demo(seed: seed, startingAt: SystemTime().now),
                speed: 2
            )
            let tour = DemoTour(folder: folder, verbosity: verbosity.level)
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { try await server.run() }
                group.addTask { try await sshd.run() }
                group.addTask { try await DemoMachines(server: server, folder: folder).live() }
                group.addTask { try await Self.interruption() }
                try folder.write(try await server.kubeconfig(), to: "kubeconfig")
                try folder.writeSettings(port: sshd.port)
                group.addTask { try await tour.walk() }
                // The tour, unless something that it needs ends before.
                try await group.next()
            }
        }
    }

    /// Ends the demo as a failure would, so that nothing is left behind.
    private static func interruption() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup) {
            throw CommandFailure("interrupted: the demo leaves nothing behind", code: .interrupted)
        }
    }
}

/// What the playbook does to the machines shows in the practice cluster: a kubelet of another version reports itself.
struct DemoMachines {
    let server: PracticeServer
    let folder: DemoFolder

    func live() async throws {
        var shown: [String: String] = [:]
        while true {
            try await ContinuousClock().sleep(for: .milliseconds(200))
            for (node, version) in folder.installedVersions() where shown[node] != version {
                shown[node] = version
                await server.withCluster { $0.setKubeletVersion(node: node, version: version) }
            }
        }
    }
}

/// The three commands that a person would type, and what they answer.
struct DemoTour: Sendable {
    let folder: DemoFolder
    let verbosity: Verbosity

    func walk() async throws {
        Console.note("A practice cluster of 12 nodes in 3 zones is up. This is what you would type:\n")
        let site = ["--kubeconfig", folder.path("kubeconfig"), "--config", folder.path("evenkeel.yaml")]
        let planning = [
            "plan", "upgrade", "--to", "1.36.2", "--playbook", folder.path("upgrade.yaml"), "--max-out", "3",
        ]
        try await step(planning + site, shown: "plan upgrade --to 1.36.2 --playbook upgrade.yaml --max-out 3")
        try await step(planning + site + ["--output", "json"], into: "plan.json")
        let state = ["--state", folder.path("state")]
        let volume = verbosity == .quiet ? ["--quiet"] : verbosity == .verbose ? ["--verbose"] : []
        try await step(["run", folder.path("plan.json")] + site + state + volume, shown: "run plan.json")
        try await step(["report", "--output", "json"] + state, into: "report.json")
        try folder.judge()
    }

    private func step(_ arguments: [String], shown: String? = nil, into file: String? = nil) async throws {
        if let shown { Console.note("$ evenkeel \(shown)") }
        let succeeded = try await Subprogram.evenkeel(arguments, output: file.map(folder.path))
        if !succeeded { throw CommandFailure("the demo ended early: evenkeel \(arguments[0]) failed") }
    }
}
