// What the SSH client costs: CPU and memory for many servers at once.
import Foundation
import NIOCore
import NIOPosix
import SSH

/// Measures first connections, commands on open ones, and uploads.
///
///     ssh [--targets 50,200,1000] [--commands 10] [--parallel 64] [--push 10] [--megabytes 50]
///         [--hosts FILE --port N --user U --identity FILE --known-hosts FILE]
///
/// Without `--hosts`, starts an sshd of its own whose targets are addresses of the loopback, 127.0.1.1 and on. CPU is
/// this process's own, not the servers'. Compare figures with those of other clients of the same hour only.
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
        print("what                          targets  failed  CPU s  CPU s per unit            wall s  peak RSS")
        for count in options.targets {
            try await first(Array(site.hosts.prefix(count)))
            if options.commands > 0 { try await reused(Array(site.hosts.prefix(count))) }
        }
        if options.push > 0 { try await push(Array(site.hosts.prefix(options.push))) }
    }

    // MARK: Sections

    private func first(_ hosts: [String]) async throws {
        let start = SSHUsage()
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
        let start = SSHUsage()
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
        let start = SSHUsage()
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
        let now = SSHUsage()
        let cpu = now.cpu - start.cpu
        let line = [
            what.padding(toLength: 29, withPad: " ", startingAt: 0), String(format: "%7d", count),
            String(format: "%7d", failed), String(format: "%6.2f", cpu),
            String(format: "%6.2f", cpu / units) + " per \(unit)".padding(toLength: 18, withPad: " ", startingAt: 0),
            String(format: "%6.2f", now.wall - start.wall), String(format: "%5.1f MiB", now.peakMebibytes),
        ]
        print(line.joined(separator: " "))
    }
}

/// What this process has used so far.
private struct SSHUsage {
    let cpu: Double
    let wall: Double
    let peakMebibytes: Double

    init() {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        peakMebibytes = Double(usage.ru_maxrss) / 1_024
        wall = ProcessInfo.processInfo.systemUptime
    }
}
