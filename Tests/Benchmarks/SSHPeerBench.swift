// Runs other clients against the benchmark's servers.
import Foundation

struct SSHPeerBench {
    let site: SSHBenchmarkSite
    let options: SSHBenchmarkOptions
    private let folder: URL
    /// Those that stand beside ours at every number of targets: the bare client, and the command itself.
    let constant: [SSHPeer]
    let others: [SSHPeer]

    init(site: SSHBenchmarkSite, options: SSHBenchmarkOptions) throws {
        self.site = site
        self.options = options
        folder = URL(filePath: site.folder)
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "ssh-floor.c").path
        let floor = folder.appending(path: "ssh-floor").path
        let isBuilt = Self.shell("cc -O2 -o \"$OUT\" \"$SOURCE\" -lssh2", ["OUT": floor, "SOURCE": source]) == 0
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        constant = [.floor(isBuilt ? floor : nil), .command(own.appending(path: "evenkeel").path)]
        others = SSHPeer.others
    }

    /// Measures first connections, and commands on open ones.
    ///
    /// - Returns: the bare client's rows.
    func run(_ count: Int, _ peers: [SSHPeer]) throws -> [SSHWork: SSHRow] {
        let hosts = Array(site.hosts.prefix(count))
        var floor: [SSHWork: SSHRow] = [:]
        for peer in peers where isThere(peer) {
            let environment = try environment(hosts)
            let (cost, failed) = measure(peer.line, environment)
            var rows = [row(peer, .first, count, failed, cost, units: Double(count) / 1_000)]
            if let reusing = peer.reusing, options.commands > 0 {
                rows.append(self.reused(peer, reusing, count, environment))
            }
            for row in rows {
                row.show(besides: [:])
                if peer.isFloor { floor[row.work] = row }
            }
        }
        return floor
    }

    func push(_ count: Int) throws {
        let hosts = Array(site.hosts.prefix(count))
        let file = try options.file(in: site.folder)
        for peer in others where isThere(peer) {
            guard let pushing = peer.pushing else { continue }
            var environment = try environment(hosts)
            environment["FILE"] = file
            environment["TARGET"] = file
            let (cost, failed) = measure(pushing, environment)
            let gigabytes = Double(count * options.megabytes) * 1_048_576 / 1e9
            row(peer, .push, count, failed, cost, units: gigabytes).show(besides: [:])
            for host in hosts { try? FileManager.default.removeItem(atPath: "\(file)-\(host)") }
        }
        try FileManager.default.removeItem(atPath: file)
    }

    /// Connecting is taken off: the same with one command.
    private func reused(_ peer: SSHPeer, _ line: String, _ count: Int, _ environment: [String: String]) -> SSHRow {
        var environment = environment
        environment["COUNT"] = "1"
        let (one, _) = measure(line, environment)
        environment["COUNT"] = "\(options.commands + 1)"
        let (all, failed) = measure(line, environment)
        return row(peer, .reused, count, failed, all - one, units: Double(count * options.commands) / 1_000)
    }

    private func row(
        _ peer: SSHPeer,
        _ work: SSHWork,
        _ count: Int,
        _ failed: Int,
        _ cost: SSHUsage.Cost,
        units: Double
    ) -> SSHRow {
        SSHRow(who: peer.name, work: work, count: count, failed: failed, cost: cost, units: units)
    }

    private func environment(_ hosts: [String]) throws -> [String: String] {
        let file = folder.appending(path: "hosts-\(hosts.count)").path
        try hosts.joined(separator: "\n").appending("\n").write(toFile: file, atomically: true, encoding: .utf8)
        let control = folder.appending(path: "control")
        try FileManager.default.createDirectory(at: control, withIntermediateDirectories: true)
        return [
            "HOSTS": file, "LIST": hosts.joined(separator: ","), "PORT": "\(site.port)", "LOGIN": site.user,
            "KEY": site.identity, "KNOWN": site.knownHostsFile, "PARALLEL": "\(options.parallel)",
            "COMMAND": options.command, "CONTROL": control.path, "ANSIBLE_HOST_KEY_CHECKING": "True",
        ]
    }

    /// Whether a program is on the path; a name with spaces is asked itself.
    private func isThere(_ peer: SSHPeer) -> Bool {
        let question = peer.program.contains(" ") ? peer.program : "command -v '\(peer.program)'"
        if !peer.program.hasPrefix("cc "), Self.shell(question, [:]) == 0 { return true }
        print("\(peer.name): not installed (\(peer.program))")
        return false
    }

    /// - Returns: what it cost, and 1 for a client that says it failed.
    private func measure(_ line: String, _ environment: [String: String]) -> (SSHUsage.Cost, Int) {
        let start = SSHUsage.children(site)
        let status = Self.shell(line, environment)
        return (SSHUsage.children(site) - start, status == 0 ? 0 : 1)
    }

    /// One at a time, and nothing else meanwhile, so that what ended children used is this line's.
    private static func shell(_ line: String, _ environment: [String: String]) -> Int32 {
        for (name, value) in environment { setenv(name, value, 1) }
        return system("{ \(line)\n} </dev/null >/dev/null 2>&1")
    }
}
