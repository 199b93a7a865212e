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
/// the client's; that of the servers, where they are this program's own, has a column of its own. The peers that are
/// installed do the same for so many targets. Compare figures with those of other clients of the same run only.
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
        print(
            "what                          targets  failed  CPU s  CPU s per unit            wall s  peak RSS  servers' CPU s"
        )
        for count in options.targets {
            try await first(Array(site.hosts.prefix(count)))
            if options.commands > 0 { try await reused(Array(site.hosts.prefix(count))) }
        }
        if options.push > 0 { try await push(Array(site.hosts.prefix(options.push))) }
        if options.peers.isEmpty { return }
        let peers = try SSHPeerBench(site: site, options: options)
        for count in options.peers {
            try peers.run(count) { what, count, failed, cost, units, unit in
                Self.show(what, count, failed, cost, per: units, unit, peak: nil)
            }
        }
    }

    // MARK: Sections

    private func first(_ hosts: [String]) async throws {
        let start = SSHUsage.own(site)
        let failed = await each(hosts) { host in
            let connection = try await connect(host)
            let result = try await connection.execute(options.command)
            await connection.close()
            return result.succeeded
        }
        report("first connection, 1 command", hosts.count, failed, start, per: Double(hosts.count) / 1_000, "1,000")
    }

    private func reused(_ hosts: [String]) async throws {
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
        report(
            "\(options.commands) commands, reused",
            hosts.count,
            max(opening, failed),
            start,
            per: thousands,
            "1,000"
        )
        for connection in open.values { await connection.close() }
    }

    private func push(_ hosts: [String]) async throws {
        let path = site.folder + "/benchmark-push"
        var generator = SystemRandomNumberGenerator()
        let block = (0..<131_072).map { _ in generator.next() as UInt64 }.withUnsafeBytes { Data($0) }
        var data = Data()
        for _ in 0..<options.megabytes { data.append(block) }
        try data.write(to: URL(filePath: path))
        data = Data()
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
        report("\(options.megabytes) MB upload", hosts.count, failed, start, per: gigabytes, "GB")
        try FileManager.default.removeItem(atPath: path)
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
            timeouts: SSHTimeouts(handshake: .seconds(120), authenticate: .seconds(120)),
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

    private func report(
        _ what: String,
        _ count: Int,
        _ failed: Int,
        _ start: SSHUsage,
        per units: Double,
        _ unit: String
    ) {
        let now = SSHUsage.own(site)
        Self.show(what, count, failed, now - start, per: units, unit, peak: now.peakMebibytes)
    }

    private static func show(
        _ what: String,
        _ count: Int,
        _ failed: Int,
        _ cost: SSHUsage.Cost,
        per units: Double,
        _ unit: String,
        peak: Double?
    ) {
        let line = [
            what.padding(toLength: 29, withPad: " ", startingAt: 0), String(format: "%7d", count),
            String(format: "%7d", failed), String(format: "%6.2f", cost.cpu),
            String(format: "%6.2f", cost.cpu / units)
                + " per \(unit)".padding(toLength: 18, withPad: " ", startingAt: 0),
            String(format: "%6.2f", cost.wall), peak.map { String(format: "%5.1f MiB", $0) } ?? "        -",
            cost.servers.map { String(format: "%6.2f", $0) } ?? "     -",
        ]
        print(line.joined(separator: " "))
        // A reader at the other end of a pipe sees each line as it comes.
        fflush(nil)
    }
}

/// What a client and its servers have used so far.
struct SSHUsage {
    /// What lies between two of these.
    struct Cost {
        var cpu: Double
        var wall: Double
        /// nil where the servers are somebody else's. The kernel counts it in hundredths of a second.
        var servers: Double?

        static func - (left: Cost, right: Cost) -> Cost {
            Cost(cpu: left.cpu - right.cpu, wall: left.wall - right.wall, servers: zip(left.servers, right.servers))
        }

        private static func zip(_ left: Double?, _ right: Double?) -> Double? {
            guard let left, let right else { return nil }
            return left - right
        }
    }

    private let cost: Cost
    let peakMebibytes: Double

    /// This process's own.
    static func own(_ site: SSHBenchmarkSite) -> SSHUsage { SSHUsage(RUSAGE_SELF.rawValue, site) }

    /// That of the programs it ran to their ends.
    static func children(_ site: SSHBenchmarkSite) -> SSHUsage { SSHUsage(RUSAGE_CHILDREN.rawValue, site) }

    private init(_ who: Int32, _ site: SSHBenchmarkSite) {
        var usage = rusage()
        getrusage(__rusage_who_t(who), &usage)
        let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        cost = Cost(
            cpu: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            wall: ProcessInfo.processInfo.systemUptime,
            servers: site.serverID.flatMap(Self.processAndItsEnded)
        )
        peakMebibytes = Double(usage.ru_maxrss) / 1_024
    }

    /// Of a process and the children it has seen the end of: fields 14 to 17 of proc_pid_stat(5).
    private static func processAndItsEnded(_ id: Int32) -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[end...].split(separator: " ").dropFirst().compactMap { Double($0) }
        // The state, field 3, is no number.
        guard fields.count > 13 else { return nil }
        return fields[10..<14].reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    static func - (left: SSHUsage, right: SSHUsage) -> Cost { left.cost - right.cost }
}
