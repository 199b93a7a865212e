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

    @Option(help: "The port of sshd.")
    var port: Int?

    @Option(help: "The login name.")
    var user: String?

    @Option(help: "The private key's file; by default an agent's keys, then those of the ssh configuration.")
    var identity: String?

    @Option(help: "The file that lists the servers' keys.")
    var knownHosts: String?

    @Flag(help: "Trust servers that are not listed, and write their keys to that file.")
    var acceptNewHostKeys = false

    @Option(
        name: .customLong("jump"),
        help: "Reach them through this server, as [USER@]HOST[:PORT]; may be given several times."
    )
    var jumps: [String] = []

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
        let config = Self.userConfiguration()
        var hosts: [String: SSHConfigHost] = [:]
        let targets = try await nodes(settings).map { node in
            // A name that the cluster or the list gives is looked up as the user would write it.
            let found = config.host(node.ssh.host, user: user)
            hosts[node.node] = found
            return NodeTarget(
                node: node.node,
                ssh: NodeSSH(
                    host: found.host,
                    port: port ?? found.port ?? node.ssh.port,
                    user: user ?? found.user ?? node.ssh.user
                )
            )
        }
        guard !targets.isEmpty else { throw CommandFailure("no machine is selected: nothing to do") }
        let found = targets.compactMap { hosts[$0.node] }
        var options = SSHNodeShell.Options(
            credentials: credentials(settings, found),
            hostKeys: try hostKeys(settings, found),
            timeouts: SSHTimeouts(connect: settings.ssh.connectTimeout),
            loginsAtOnce: parallel
        )
        options.jumps = try jumpHosts(found, config, settings)
        return Fleet(targets: targets, options: options, timeout: limit)
    }

    /// The user's ssh configuration; what it says without effect here is said once.
    private static func userConfiguration() -> SSHConfig {
        let home = NSHomeDirectory()
        let surroundings = SSHConfigSurroundings.own(home: home, localUser: NSUserName())
        let path = home + "/.ssh/config"
        let config = SSHConfig(text: surroundings.contents(path) ?? "", file: path, surroundings)
        for notice in config.notices { Console.note("note: \(notice)") }
        return config
    }

    // MARK: Machines

    private func nodes(_ settings: SiteSettings) async throws -> [NodeTarget] {
        if let hostsFile { return try listed(hostsFile, settings) }
        var wanted = LabelSelector()
        if let selector {
            guard let parsed = LabelSelector(text: selector) else {
                let fix = "is no label selector: write it as pool=gpu,!spot"
                throw CommandFailure("--selector \(selector): \(fix)", code: .usage)
            }
            wanted = parsed
        }
        let client = try await site.client(settings)
        do {
            let cluster = try await client.snapshot()
            try await client.shutdown()
            return cluster.nodes.filter { wanted.matches($0.labels) }.map { node in
                let ssh = settings.ssh(for: node.name, labels: node.labels, internalAddress: node.address)
                return NodeTarget(node: node.name, ssh: ssh)
            }
        } catch {
            try? await client.shutdown()
            throw error
        }
    }

    private func listed(_ path: String, _ settings: SiteSettings) throws -> [NodeTarget] {
        let data =
            path == "-" ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
        guard let data else { throw CommandFailure("\(path): cannot be read: give a file with one address a line") }
        var seen: Set<String> = []
        let lines = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") && seen.insert($0).inserted }
            .map { name in
                let ssh = settings.ssh(for: name, labels: Labels(), internalAddress: nil)
                return NodeTarget(node: name, ssh: NodeSSH(host: name, port: ssh.port, user: ssh.user))
            }
    }

    // MARK: Ways in

    /// An agent first, then key files.
    private func credentials(_ settings: SiteSettings, _ hosts: [SSHConfigHost]) -> [SSHCredential] {
        if let identity { return [.privateKeyFile(path: identity, passphrase: nil)] }
        var credentials: [SSHCredential] = []
        var seen: Set<String> = []
        for host in hosts {
            let socket: String? =
                switch host.agent {
                case .environment: ProcessInfo.processInfo.environment["SSH_AUTH_SOCK"]
                case .socket(let path): path
                case .none: nil
                }
            if let socket, seen.insert(socket).inserted { credentials.append(.agent(socket: socket)) }
        }
        let files = hosts.flatMap(\.identityFiles) + [settings.ssh.identity]
        for file in files where FileManager.default.isReadableFile(atPath: file) && seen.insert(file).inserted {
            credentials.append(.privateKeyFile(path: file, passphrase: nil))
        }
        return credentials
    }

    private func hostKeys(_ settings: SiteSettings, _ hosts: [SSHConfigHost]) throws -> HostKeyPolicy {
        let files = knownHosts.map { [$0] } ?? hosts.compactMap(\.knownHostsFiles).first ?? [settings.ssh.knownHosts]
        let first = files.first ?? settings.ssh.knownHosts
        if acceptNewHostKeys { return .acceptNew(try KnownHostsFile(first, others: Array(files.dropFirst()))) }
        guard let data = FileManager.default.contents(atPath: first) else {
            throw CommandFailure(
                "\(first): there is no such known_hosts file: make one with ssh-keyscan, and compare the keys"
            )
        }
        var known = KnownHosts(text: String(decoding: data, as: UTF8.self), source: first)
        for other in files.dropFirst() {
            guard let data = FileManager.default.contents(atPath: other) else { continue }
            known.append(String(decoding: data, as: UTF8.self), source: other)
        }
        return .strict(known)
    }

    private func jumpHosts(
        _ hosts: [SSHConfigHost],
        _ config: SSHConfig,
        _ settings: SiteSettings
    ) throws -> [SSHEndpoint] {
        var way = hosts.first?.jumps ?? []
        if !jumps.isEmpty {
            way = try jumps.map { text in
                guard let jump = SSHJumpHost(text) else {
                    throw CommandFailure("--jump \(text): is no server: write it as [USER@]HOST[:PORT]", code: .usage)
                }
                return jump
            }
        } else if let other = hosts.first(where: { $0.jumps != way }) {
            throw CommandFailure(
                "\(other.host) is reached through other servers than \(hosts.first?.host ?? ""): do them apart, or give --jump"
            )
        }
        return way.map { jump in
            let found = config.host(jump.host, user: jump.user)
            let name = jump.user ?? found.user ?? user ?? settings.ssh.user
            return SSHEndpoint(host: found.host, port: jump.port ?? found.port ?? 22, user: name)
        }
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
