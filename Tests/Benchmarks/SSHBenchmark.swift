// What the SSH client costs: CPU and memory for many servers at once.
import Foundation
import NIOCore
import NIOPosix
import SSH

/// Measures first connections, commands on open ones, and uploads.
///
///     ssh [--targets 50,200,1000] [--commands 10] [--parallel 64] [--push 10] [--megabytes 50]
///         [--peers 50 | --peers none] [--hosts FILE --port N --user U --identity FILE --known-hosts FILE]
///
/// Without `--hosts`, starts an sshd of its own whose targets are addresses of the loopback, 127.0.1.1 and on. CPU is
/// the client's; that of the servers, where they are this program's own, has a column of its own. A bare client in C and
/// the command `evenkeel exec` do the same for as many targets, the peers that are installed for `--peers`. Compare
/// figures with those of other clients of the same run only.
func benchmarkSSH(arguments: [String]) async throws {
    let options = try SSHBenchmarkOptions(arguments)
    let server = options.hosts == nil ? try await SSHBenchmarkServer.start() : nil
    do {
        let site = try server?.site ?? options.site()
        let bench = try await SSHBenchmark(site: site, options: options)
        try await bench.run()
    } catch {
        await server?.stop()
        throw error
    }
    await server?.stop()
}

struct SSHBenchmarkOptions {
    var targets = [50, 200, 1_000]
    var commands = 10
    var parallel = 64
    var push = 10
    var megabytes = 50
    var command = "uname -r"
    var hosts: String?
    /// With how many targets the peers are measured.
    var peers = [50]
    var port = 22
    var user = NSUserName()
    var identity = ""
    var knownHosts = ""

    struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    init(_ arguments: [String]) throws {
        var rest = arguments[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw Wrong(description: "\(name) needs a value") }
            switch name {
            case "--targets": targets = value.split(separator: ",").compactMap { Int($0) }
            case "--commands": commands = Int(value) ?? commands
            case "--parallel": parallel = Int(value) ?? parallel
            case "--push": push = Int(value) ?? push
            case "--megabytes": megabytes = Int(value) ?? megabytes
            case "--command": command = value
            case "--hosts": hosts = value
            case "--peers": peers = value.split(separator: ",").compactMap { Int($0) }
            case "--port": port = Int(value) ?? port
            case "--user": user = value
            case "--identity": identity = value
            case "--known-hosts": knownHosts = value
            default: throw Wrong(description: "unknown option \(name)")
            }
        }
    }

    /// Makes what is uploaded: random bytes, so that nothing compresses them.
    func file(in folder: String) throws -> String {
        let path = folder + "/benchmark-push"
        var generator = SystemRandomNumberGenerator()
        let block = (0..<131_072).map { _ in generator.next() as UInt64 }.withUnsafeBytes { Data($0) }
        try Data().write(to: URL(filePath: path))
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        for _ in 0..<megabytes { try file.write(contentsOf: block) }
        try file.close()
        return path
    }

    func site() throws -> SSHBenchmarkSite {
        let names = try String(contentsOfFile: hosts ?? "", encoding: .utf8).split(separator: "\n").map(String.init)
        let known = try String(contentsOfFile: knownHosts, encoding: .utf8)
        return SSHBenchmarkSite(
            hosts: names,
            port: port,
            user: user,
            identity: identity,
            knownHosts: KnownHosts(text: known),
            knownHostsFile: knownHosts,
            folder: FileManager.default.temporaryDirectory.path
        )
    }
}

/// Where the servers are, and how to log in.
struct SSHBenchmarkSite: Sendable {
    var hosts: [String]
    var port: Int
    var user: String
    var identity: String
    var knownHosts: KnownHosts
    var knownHostsFile: String
    /// The listener, where it is this program's own.
    var serverID: Int32?
    /// For files that are pushed; the servers must be able to write there.
    var folder: String
}

struct SSHBenchmark {
    let site: SSHBenchmarkSite
    let options: SSHBenchmarkOptions
    private let group = MultiThreadedEventLoopGroup.singleton
    private let key: SSHPrivateKey

    init(site: SSHBenchmarkSite, options: SSHBenchmarkOptions) async throws {
        self.site = site
        self.options = options
        key = try await SSHPrivateKey.load(site.identity) { _ in nil }
    }

    func run() async throws {
        SSHRow.showHeader()
        let peers = try SSHPeerBench(site: site, options: options)
        for count in options.targets { try await ours(count, beside: try peers.run(count, peers.constant)) }
        if options.push > 0 { try await push(Array(site.hosts.prefix(options.push))).show(besides: [:]) }
        for count in options.peers { _ = try peers.run(count, peers.others) }
        if options.push > 0, !options.peers.isEmpty { try peers.push(options.push) }
    }

    /// - Parameter rows: the bare client's, by what they measure.
    private func ours(_ count: Int, beside rows: [SSHWork: SSHRow]) async throws {
        let hosts = Array(site.hosts.prefix(count))
        try await first(hosts).show(besides: rows)
        if options.commands > 0 { try await reused(hosts).show(besides: rows) }
    }

    // MARK: Sections

    private func first(_ hosts: [String]) async throws -> SSHRow {
        let start = SSHUsage.own(site)
        let failed = await each(hosts) { host in
            let connection = try await connect(host)
            let result = try await connection.execute(options.command)
            await connection.close()
            return result.succeeded
        }
        return row(.first, hosts.count, failed, start, units: Double(hosts.count) / 1_000)
    }

    private func reused(_ hosts: [String]) async throws -> SSHRow {
        let pool = Pool()
        let opening = await each(hosts) { host in
            await pool.add(try await connect(host), to: host)
            return true
        }
        let open = await pool.connections
        let start = SSHUsage.own(site)
        let failed = await each(hosts) { host in
            guard let connection = open[host] else { return false }
            for _ in 0..<options.commands {
                guard try await connection.execute(options.command).succeeded else { return false }
            }
            return true
        }
        let thousands = Double(hosts.count * options.commands) / 1_000
        let row = row(.reused, hosts.count, max(opening, failed), start, units: thousands)
        for connection in open.values { await connection.close() }
        return row
    }

    private func push(_ hosts: [String]) async throws -> SSHRow {
        let path = try options.file(in: site.folder)
        let start = SSHUsage.own(site)
        let file = try await SSHLocalFile.open(path)
        let failed = await each(hosts) { host in
            let connection = try await connect(host)
            let target = "\(path)-\(host)"
            let outcome = try await connection.upload(file, to: target)
            await connection.close()
            try FileManager.default.removeItem(atPath: target)
            return outcome != .alreadyThere
        }
        let gigabytes = Double(hosts.count) * Double(file.size) / 1e9
        let row = row(.push, hosts.count, failed, start, units: gigabytes)
        try FileManager.default.removeItem(atPath: path)
        return row
    }

    // MARK: Helpers

    private actor Pool {
        private(set) var connections: [String: SSHConnection] = [:]
        func add(_ connection: SSHConnection, to host: String) { connections[host] = connection }
    }

    private func connect(_ host: String) async throws -> SSHConnection {
        try await SSHConnection.connect(
            to: SSHEndpoint(host: host, port: site.port, user: site.user),
            credentials: [.privateKey(key)],
            hostKeys: .strict(site.knownHosts),
            on: group
        )
    }

    /// Does the work for every host, so many at a time.
    ///
    /// - Returns: for how many it failed.
    private func each(_ hosts: [String], _ work: @escaping @Sendable (String) async throws -> Bool) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            var waiting = hosts[...]
            func add() {
                guard let host = waiting.popFirst() else { return }
                group.addTask {
                    do { return try await work(host) } catch {
                        FileHandle.standardError.write(Data("\(error)\n".utf8))
                        return false
                    }
                }
            }
            for _ in 0..<options.parallel { add() }
            var failed = 0
            for await succeeded in group {
                if !succeeded { failed += 1 }
                add()
            }
            return failed
        }
    }

    private func row(_ work: SSHWork, _ count: Int, _ failed: Int, _ start: SSHUsage, units: Double) -> SSHRow {
        let now = SSHUsage.own(site)
        return SSHRow(
            who: "the SSH room",
            work: work,
            count: count,
            failed: failed,
            cost: now - start,
            units: units,
            peak: now.peakMebibytes
        )
    }
}
