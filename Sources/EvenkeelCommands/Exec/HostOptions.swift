import ArgumentParser
import ClusterModel
import Foundation
import Kubernetes
import NIOPosix
import NodeAccess
import Playbooks
import Ports
import SSH

/// On which machines, and how they are reached.
struct HostOptions: ParsableArguments {
    @Option(help: "A file with one address a line, in place of the cluster's nodes; - for standard input.")
    var hostsFile: String?

    @Option(help: "Only the cluster's nodes with these labels, as for kubectl.")
    var selector: String?

    @OptionGroup var reach: ReachOptions

    @Option(help: "How many machines at once.")
    var parallel = 64

    @Option(help: "How long it may take on each machine, as 90s or 5m.")
    var timeout = "5m"

    @OptionGroup var site: SiteOptions

    /// Who is asked, and with what.
    struct Fleet {
        var targets: [NodeTarget]
        var options: SSHNodeShell.Options
        var timeout: Duration
    }

    func fleet() async throws -> Fleet {
        guard (1...10_000).contains(parallel) else {
            throw CommandFailure("--parallel \(parallel): is out of range: 1 to 10000", code: .usage)
        }
        guard let limit = DurationText.parse(timeout), limit > .zero else {
            throw CommandFailure("--timeout \(timeout): is no duration: write it as 90s or 5m", code: .usage)
        }
        let settings = try site.settings()
        var access = try SSHAccess(settings, reach)
        let targets = try await nodes(settings, &access)
        guard !targets.isEmpty else { throw CommandFailure("no machine is selected: nothing to do") }
        var options = try await access.options()
        options.loginsAtOnce = parallel
        return Fleet(targets: targets, options: options, timeout: limit)
    }

    // MARK: Machines

    private func nodes(_ settings: SiteSettings, _ access: inout SSHAccess) async throws -> [NodeTarget] {
        if let hostsFile { return try listed(hostsFile).map { access.target($0) } }
        var wanted = LabelSelector()
        if let selector {
            guard let parsed = LabelSelector(text: selector) else {
                let fix = "is no label selector: write it as pool=gpu,!spot"
                throw CommandFailure("--selector \(selector): \(fix)", code: .usage)
            }
            wanted = parsed
        }
        let client = try await site.client(settings, access: access)
        do {
            let cluster = try await client.snapshot()
            try await client.shutdown()
            return cluster.nodes.filter { wanted.matches($0.labels) }.map { node in
                access.target(node.name, labels: node.labels, address: node.address)
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func listed(_ path: String) throws -> [String] {
        let data =
            path == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
        guard let data else { throw CommandFailure("\(path): cannot be read: give a file with one address a line") }
        var seen: Set<String> = []
        let lines = String(decoding: data, as: UTF8.self)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        var names: [String] = []
        for (index, line) in lines.enumerated() {
            let name = line.trimmingCharacters(in: .whitespaces)
            if name.isEmpty || name.hasPrefix("#") { continue }
            if name.contains(where: { $0.isWhitespace || $0 == "@" || $0 == "/" || $0 == "\0" }) {
                throw CommandFailure(
                    "\(path):\(index + 1): `\(name)` is no host name or address: give one a line; "
                        + "user and port are options, or stand in the ssh configuration"
                )
            }
            if seen.insert(name).inserted { names.append(name) }
        }
        return names
    }
}

extension HostOptions.Fleet {
    /// Does something on every machine, so many at a time, and hands over what came of each, in the machines' order.
    func each<Value: Sendable>(
        _ work: @escaping @Sendable (SSHNodeShell, NodeTarget) async throws -> Value
    ) async throws -> [(target: NodeTarget, outcome: Result<Value, any Error>)] {
        let shell = SSHNodeShell(options, time: SystemTime(), on: MultiThreadedEventLoopGroup.singleton)
        let outcomes = await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            var waiting = targets.indices[...]
            func add() {
                guard let index = waiting.popFirst() else { return }
                let target = targets[index]
                group.addTask {
                    do { return (index, .success(try await work(shell, target))) } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for _ in 0..<options.loginsAtOnce { add() }
            var outcomes: [Int: Result<Value, any Error>] = [:]
            for await (index, outcome) in group {
                outcomes[index] = outcome
                add()
            }
            return outcomes
        }
        await shell.close()
        try Task.checkCancellation()
        return targets.indices.compactMap { index in outcomes[index].map { (targets[index], $0) } }
    }
}
