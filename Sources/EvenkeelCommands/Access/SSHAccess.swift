import ClusterModel
import Foundation
import NodeAccess
import Playbooks
import Ports
import SSH
import Synchronization

/// The ways to some machines. For each value the command line comes first, then the site's settings, then the user's
/// ssh configuration, then the default.
struct SSHAccess {
    private let settings: SiteSettings
    private let flags: ReachOptions
    private let config: SSHConfig
    private let agentSocket: String?
    private var hosts: [String: Entry] = [:]
    /// Shared by all copies, so that nobody is asked twice.
    private let passphrases = Passphrases()

    private struct Entry {
        var found: SSHConfigHost
        var way: NodeWay
    }

    init(_ settings: SiteSettings, _ flags: ReachOptions) throws {
        self.settings = settings
        self.flags = flags
        agentSocket = ProcessInfo.processInfo.environment["SSH_AUTH_SOCK"].flatMap { $0.isEmpty ? nil : $0 }
        let surroundings = SSHConfigSurroundings.own(home: NSHomeDirectory(), localUser: NSUserName())
        let path = settings.ssh.config
        config = SSHConfig(text: surroundings.contents(path) ?? "", file: path, surroundings)
        for notice in config.notices { Console.note("note: \(notice)") }
        try checkNamedKnownHosts()
    }

    /// How a node is reached.
    ///
    /// - Parameter address: the one that the cluster knows. The configuration is asked for the node's name, and where it
    ///   says nothing of that, for the address.
    mutating func target(_ node: String, labels: Labels = [:], address: String? = nil) -> NodeTarget {
        let way = settings.way(to: node, labels: labels)
        var found = config.host(node, user: flags.user ?? way.user)
        let host = way.host ?? (found.host == node ? address : found.host) ?? node
        if host != node, host != found.host {
            found = found.completed(by: config.host(host, user: flags.user ?? way.user))
        }
        hosts[node] = Entry(found: found, way: way)
        return NodeTarget(
            node: node,
            ssh: NodeSSH(
                host: host == node ? found.host : host,
                port: flags.port ?? way.port ?? found.port ?? settings.ssh.port,
                user: flags.user ?? way.user ?? found.user ?? settings.ssh.user
            )
        )
    }

    /// A node that others are reached through.
    ///
    /// - Parameter text: `[USER@]NODE[:PORT]`; what it leaves open is as for any node of that name.
    mutating func gateway(_ text: String) throws -> NodeTarget {
        guard let named = SSHJumpHost(text) else {
            throw CommandFailure("kubernetes.via \(text): is no node: write it as [USER@]NODE[:PORT]", code: .usage)
        }
        var target = target(named.host)
        if let port = named.port { target.ssh.port = port }
        if let user = named.user { target.ssh.user = user }
        return target
    }

    /// What a shell needs to reach the targets that were asked for.
    func options() async throws -> SSHNodeShell.Options {
        let ask: KeyRing.Ask = { what in try passphrases.answer(to: what) { try SecretPrompt.ask(what) } }
        var keys = KeyRing(settings.ssh, agentSocket: agentSocket, ask: SecretPrompt.canAsk ? ask : nil)
        var options = SSHNodeShell.Options(
            credentials: [],
            hostKeys: try hostKeys(),
            timeouts: SSHTimeouts(connect: connectTimeout)
        )
        for (node, entry) in hosts.sorted(by: { $0.key < $1.key }) {
            let credentials = try await keys.credentials(entry.found, identity: flags.identity ?? entry.way.identity)
            options.ways[node] = SSHNodeShell.Options.Way(
                credentials: credentials,
                jumps: try jumps(entry.found, entry.way)
            )
            // Servers on the way take the keys of what lies behind them.
            for credential in credentials where !options.credentials.contains(credential) {
                options.credentials.append(credential)
            }
        }
        return options
    }

    private var connectTimeout: Duration {
        if settings.ssh.written.contains("connectTimeout") { return settings.ssh.connectTimeout }
        return hosts.values.compactMap(\.found.connectTimeout).max() ?? settings.ssh.connectTimeout
    }

    // MARK: Keys of servers

    private static let machinesOwn = "/etc/ssh/ssh_known_hosts"

    private func hostKeys() throws -> HostKeyPolicy {
        var files = [flags.knownHosts ?? settings.ssh.knownHosts]
        if flags.knownHosts == nil, !settings.ssh.written.contains("knownHosts") {
            let named = hosts.sorted { $0.key < $1.key }.flatMap { $0.value.found.knownHostsFiles ?? [] }
            files = (named.isEmpty ? files : []) + named + [Self.machinesOwn]
            files = files.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
        let first = files[0]
        if flags.acceptNewHostKeys || settings.ssh.acceptNewHostKeys {
            return .acceptNew(try KnownHostsFile(first, others: Array(files.dropFirst())))
        }
        let present = files.filter { FileManager.default.fileExists(atPath: $0) }
        guard !present.isEmpty else { throw Self.noKnownHosts(first) }
        var known = KnownHosts(text: "", source: first)
        for file in present {
            // A device such as /dev/null is a file that lists nobody.
            guard let data = try? FileHandle(forReadingFrom: URL(fileURLWithPath: file)).readToEnd() ?? Data() else {
                throw CommandFailure("\(file): cannot be read: is it a file, and is it yours?")
            }
            known.append(String(decoding: data, as: UTF8.self), source: file)
        }
        return .strict(known)
    }

    /// What the operator named has to be there, and is missed before anything else is begun.
    private func checkNamedKnownHosts() throws {
        let isNamed = flags.knownHosts != nil || settings.ssh.written.contains("knownHosts")
        let accepts = flags.acceptNewHostKeys || settings.ssh.acceptNewHostKeys
        let file = flags.knownHosts ?? settings.ssh.knownHosts
        if isNamed, !accepts, !FileManager.default.fileExists(atPath: file) { throw Self.noKnownHosts(file) }
    }

    private static func noKnownHosts(_ file: String) -> CommandFailure {
        CommandFailure("\(file): there is no such known_hosts file: make one with ssh-keyscan, and compare the keys")
    }

    // MARK: Servers on the way

    private func jumps(_ found: SSHConfigHost, _ way: NodeWay) throws -> [SSHEndpoint] {
        let written = flags.jumps.isEmpty ? way.jump : flags.jumps
        let place = flags.jumps.isEmpty ? "ssh.jump" : "--jump"
        let servers = try written?.map { text in
            guard let jump = SSHJumpHost(text) else {
                throw CommandFailure("\(place) \(text): is no server: write it as [USER@]HOST[:PORT]", code: .usage)
            }
            return jump
        }
        return (servers ?? found.jumps).map { jump in
            let known = config.host(jump.host, user: jump.user)
            let user = jump.user ?? known.user ?? flags.user ?? settings.ssh.user
            return SSHEndpoint(host: known.host, port: jump.port ?? known.port ?? 22, user: user)
        }
    }
}

extension SSHConfigHost {
    /// What this says, and where it says nothing, what the other says.
    fileprivate func completed(by other: SSHConfigHost) -> SSHConfigHost {
        var host = self
        host.port = port ?? other.port
        host.user = user ?? other.user
        if agent == .environment { host.agent = other.agent }
        host.identitiesOnly = identitiesOnly || other.identitiesOnly
        host.identityFiles += other.identityFiles.filter { !identityFiles.contains($0) }
        if jumps.isEmpty { host.jumps = other.jumps }
        host.knownHostsFiles = knownHostsFiles ?? other.knownHostsFiles
        host.connectTimeout = connectTimeout ?? other.connectTimeout
        return host
    }
}

/// What was answered to each question, kept in memory as long as the command runs.
private final class Passphrases: Sendable {
    private let known = Mutex<[String: String]>([:])

    func answer(to question: String, _ ask: () throws -> String) throws -> String {
        if let known = known.withLock({ $0[question] }) { return known }
        let answer = try ask()
        known.withLock { $0[question] = answer }
        return answer
    }
}
