// The same work by other clients, as far as they are installed.
import Foundation

/// A client that logs in to many servers: how it is called for one command on each.
struct SSHPeer: Sendable {
    var name: String
    /// The program that has to be there.
    var program: String
    /// A shell line; `$HOSTS`, `$LIST` (the hosts with commas), `$PORT`, `$LOGIN`, `$KEY`, `$KNOWN`, `$PARALLEL` and
    /// `$COMMAND` stand for what the environment says.
    var line: String
    /// For several commands on each connection; nil where the client keeps none.
    var reusing: String?

    static let options =
        #"-F none -p "$PORT" -i "$KEY" -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile="$KNOWN" "#
        + "-o GlobalKnownHostsFile=/dev/null"

    /// - Parameter floor: the compiled bare client; nil where it cannot be had.
    static func all(floor: String?) -> [SSHPeer] {
        let ssh = "ssh \(options)"
        let xargs = #"xargs -a "$HOSTS" -P "$PARALLEL" -I HOST"#
        let master = """
            printf '%s\\n' 'h=$1; m="-o ControlPath=$CONTROL/$h"' \
              '\(ssh) $m -o ControlMaster=yes -o ControlPersist=60 "$LOGIN@$h" true' \
              'i=0; while [ $i -lt $COUNT ]; do \(ssh) $m "$LOGIN@$h" "$COMMAND" || exit 255; i=$((i+1)); done' \
              '\(ssh) $m -O exit "$LOGIN@$h"' >"$CONTROL/each"
            \(xargs) sh "$CONTROL/each" HOST
            """
        let bare = floor.map {
            let call = #"'\#($0)' "$HOSTS" "$PORT" "$LOGIN" "$KEY" "$PARALLEL""#
            return SSHPeer(
                name: "bare C on libssh2",
                program: $0,
                line: call + #" 1 "$COMMAND""#,
                reusing: call + #" "$COUNT" "$COMMAND""#
            )
        }
        return [
            bare ?? SSHPeer(name: "bare C on libssh2", program: "cc with libssh2", line: ""),
            SSHPeer(
                name: "OpenSSH, xargs",
                program: "ssh",
                line: xargs + " \(ssh) \"$LOGIN@HOST\" \"$COMMAND\"",
                reusing: master
            ),
            SSHPeer(
                name: "OpenSSH, curve25519",
                program: "ssh",
                line: xargs + " \(ssh) -o KexAlgorithms=curve25519-sha256 \"$LOGIN@HOST\" \"$COMMAND\""
            ),
            SSHPeer(
                name: "pdsh",
                program: "pdsh",
                line:
                    #"PDSH_SSH_ARGS="\#(options.replacing("\"", with: "")) %h" pdsh -R ssh -f "$PARALLEL" -l "$LOGIN" -w "$LIST" "$COMMAND""#
            ),
            SSHPeer(
                name: "ClusterShell",
                program: "clush",
                line:
                    #"clush -f "$PARALLEL" -l "$LOGIN" -o "\#(options.replacing("\"", with: ""))" -w "$LIST" "$COMMAND""#
            ),
            SSHPeer(
                name: "parallel-ssh",
                program: "python3 -c 'import pssh'",
                line: """
                    python3 -c 'import os
                    from pssh.clients import ParallelSSHClient
                    e = os.environ
                    hosts = open(e["HOSTS"]).read().split()
                    client = ParallelSSHClient(hosts, user=e["LOGIN"], port=int(e["PORT"]), pkey=e["KEY"], pool_size=int(e["PARALLEL"]))
                    for output in client.run_command(e["COMMAND"]): list(output.stdout)'
                    """
            ),
            SSHPeer(
                name: "AsyncSSH",
                program: "python3 -c 'import asyncssh'",
                line: """
                    python3 -c 'import asyncio, os, asyncssh
                    e = os.environ
                    async def one(gate, host):
                        async with gate, asyncssh.connect(host, int(e["PORT"]), username=e["LOGIN"], client_keys=[e["KEY"]],
                                known_hosts=e["KNOWN"]) as connection:
                            await connection.run(e["COMMAND"], check=True)
                    async def main():
                        gate = asyncio.Semaphore(int(e["PARALLEL"]))
                        await asyncio.gather(*[one(gate, host) for host in open(e["HOSTS"]).read().split()])
                    asyncio.run(main())'
                    """
            ),
            SSHPeer(
                name: "Ansible",
                program: "ansible",
                line:
                    #"ansible all -i "$LIST," -f "$PARALLEL" -u "$LOGIN" --private-key "$KEY" -e ansible_port="$PORT" --ssh-common-args="\#(options.replacing("\"", with: ""))" -m raw -a "$COMMAND""#
            ),
        ]
    }
}

/// Runs other clients against the benchmark's servers.
struct SSHPeerBench {
    let site: SSHBenchmarkSite
    let options: SSHBenchmarkOptions
    private let folder: URL
    private let peers: [SSHPeer]

    init(site: SSHBenchmarkSite, options: SSHBenchmarkOptions) throws {
        self.site = site
        self.options = options
        folder = URL(filePath: site.folder)
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "ssh-floor.c").path
        let floor = folder.appending(path: "ssh-floor").path
        let isBuilt = Self.shell("cc -O2 -o \"$OUT\" \"$SOURCE\" -lssh2", ["OUT": floor, "SOURCE": source]) == 0
        peers = SSHPeer.all(floor: isBuilt ? floor : nil)
    }

    func run(_ count: Int, _ report: (String, Int, Int, SSHUsage.Cost, Double, String) -> Void) throws {
        let hosts = Array(site.hosts.prefix(count))
        let file = folder.appending(path: "hosts-\(count)").path
        try hosts.joined(separator: "\n").appending("\n").write(toFile: file, atomically: true, encoding: .utf8)
        for peer in peers {
            guard Self.isThere(peer.program) else {
                print("\(peer.name): not installed (\(peer.program))")
                continue
            }
            let environment = try environment(hosts, file)
            let (single, failed) = Self.measure(peer.line, environment, site)
            report("\(peer.name), 1 command", count, failed, single, Double(count) / 1_000, "1,000")
            guard let reusing = peer.reusing, options.commands > 0 else { continue }
            // Connecting is taken off: the same with one command.
            var once = environment
            once["COUNT"] = "1"
            let (one, _) = Self.measure(reusing, once, site)
            var many = environment
            many["COUNT"] = "\(options.commands + 1)"
            let (all, lost) = Self.measure(reusing, many, site)
            let thousands = Double(count * options.commands) / 1_000
            report("\(peer.name), reused", count, lost, all - one, thousands, "1,000")
        }
    }

    private func environment(_ hosts: [String], _ file: String) throws -> [String: String] {
        let control = folder.appending(path: "control")
        try FileManager.default.createDirectory(at: control, withIntermediateDirectories: true)
        return [
            "HOSTS": file, "LIST": hosts.joined(separator: ","), "PORT": "\(site.port)", "LOGIN": site.user,
            "KEY": site.identity, "KNOWN": site.knownHostsFile, "PARALLEL": "\(options.parallel)",
            "COMMAND": options.command, "CONTROL": control.path, "ANSIBLE_HOST_KEY_CHECKING": "True",
        ]
    }

    /// Whether a program is on the path; a name with spaces is asked itself.
    private static func isThere(_ program: String) -> Bool {
        if program.hasPrefix("cc ") { return false }
        let question = program.contains(" ") ? program : "command -v '\(program)'"
        return shell(question, [:]) == 0
    }

    /// - Returns: what it cost, and 1 for a client that says it failed.
    private static func measure(
        _ line: String,
        _ environment: [String: String],
        _ site: SSHBenchmarkSite
    ) -> (SSHUsage.Cost, Int) {
        let start = SSHUsage.children(site)
        let status = shell(line, environment)
        return (SSHUsage.children(site) - start, status == 0 ? 0 : 1)
    }

    /// One at a time, and nothing else meanwhile, so that what ended children used is this line's.
    private static func shell(_ line: String, _ environment: [String: String]) -> Int32 {
        for (name, value) in environment { setenv(name, value, 1) }
        return system("{ \(line)\n} </dev/null >/dev/null 2>&1")
    }
}
