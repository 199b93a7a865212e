import Foundation
import Testing

extension Processes {
    /// `evenkeel exec` and `evenkeel facts` as processes against a real sshd, without a cluster.
    @Suite(.serialized) struct ExecTests {
        static let addresses = (1...3).map { "127.0.79.\($0)" }

        /// A folder with a server, its keys and a hosts file.
        private static func with(_ body: (Scratch, Tool, [String]) async throws -> Void) async throws {
            try await Scratch.with { scratch in
                try await SSHServer.with(scratch, addresses: addresses) { sshd in
                    try scratch.write("# the rack\n\n" + addresses.joined(separator: "\n") + "\n", to: "hosts")
                    let options = [
                        "--hosts-file", "hosts", "--port", "\(sshd.port)", "--user", NSUserName(), "--identity",
                        "client_key", "--known-hosts", "known_hosts",
                    ]
                    try await body(scratch, Tool(folder: scratch.folder), options)
                }
            }
        }

        private struct ExecLine: Decodable {
            var node: String
            var exitStatus: Int?
            var standardOutput: String?
            var error: String?
        }

        private static func lines(_ result: Tool.Result) throws -> [ExecLine] {
            try JSONDecoder().decode([ExecLine].self, from: Data(result.output.utf8))
        }

        @Test func `a command runs once on every address of a file, and its output stands behind the address`()
            async throws
        {
            try await Self.with { scratch, tool, options in
                let command = ["--", "echo", "out; echo err >&2; echo x >>'\(scratch.path("count"))'"]
                let result = try await tool.run(["exec"] + options + command)
                #expect(result.status == .exited(0), "\(result.errors)")
                #expect(result.output == Self.addresses.map { "\($0): out\n" }.joined())
                #expect(result.errorLines.map(String.init) == Self.addresses.map { "\($0): err" })
                #expect(scratch.lines("count").count == 3)
            }
        }

        @Test func `JSON has every machine, also those that cannot be reached, and the exit code says so`() async throws
        {
            try await Self.with { scratch, tool, options in
                try scratch.write(Self.addresses[0] + "\n127.0.79.99\n", to: "hosts")
                let result = try await tool.run(["exec"] + options + ["--output", "json", "--", "exit 3"])
                #expect(result.status == .exited(1))
                let lines = try Self.lines(result)
                #expect(lines.map(\.node) == [Self.addresses[0], "127.0.79.99"])
                #expect(lines.map(\.exitStatus) == [3, nil])
                #expect(lines[1].error?.contains("127.0.79.99") == true)
                #expect(result.errorLines.last == "evenkeel: 2 of 2 failed")
            }
        }

        struct Misuse: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var hosts: String? = "127.0.79.1\n"
            var arguments: [String] = ["--", "true"]
            var status: Int32
            var clue: String
        }

        static let misuses = [
            Misuse(testDescription: "no hosts file", hosts: nil, status: 1, clue: "hosts: cannot be read"),
            Misuse(testDescription: "an empty one", hosts: "# none\n\n", status: 1, clue: "no machine is selected"),
            Misuse(
                testDescription: "a login in it",
                hosts: "a\nops@b\n",
                status: 1,
                clue: "hosts:2: `ops@b` is no host"
            ),
            Misuse(testDescription: "two on a line", hosts: "a b\n", status: 1, clue: "hosts:1: `a b` is no host"),
            Misuse(testDescription: "no command", arguments: [], status: 64, clue: "command"),
            Misuse(
                testDescription: "none at once",
                arguments: ["--parallel", "0", "--", "true"],
                status: 64,
                clue: "--parallel 0: is out of range"
            ),
            Misuse(
                testDescription: "a time without unit",
                arguments: ["--timeout", "5", "--", "true"],
                status: 64,
                clue: "--timeout 5: is no duration"
            ),
            Misuse(
                testDescription: "a port that is none",
                arguments: ["--port", "0", "--", "true"],
                status: 64,
                clue: "--port 0: is out of range"
            ),
            Misuse(
                testDescription: "a jump host that is none",
                arguments: ["--jump", "a b", "--known-hosts", "hosts", "--", "true"],
                status: 64,
                clue: "--jump a b: is no server"
            ),
            Misuse(
                testDescription: "no known hosts",
                arguments: ["--known-hosts", "nowhere", "--", "true"],
                status: 1,
                clue: "nowhere: there is no such known_hosts file"
            ),
        ]

        @Test(arguments: misuses)
        func `what cannot be done is one line, and nothing is dialled`(misuse: Misuse) async throws {
            try await Scratch.with { scratch in
                if let hosts = misuse.hosts { try scratch.write(hosts, to: "hosts") }
                let tool = Tool(folder: scratch.folder)
                let result = try await tool.run(["exec", "--hosts-file", "hosts"] + misuse.arguments)
                #expect(result.status == .exited(misuse.status), "\(result.errors)")
                #expect(result.errors.contains(misuse.clue), "\(result.errors)")
                #expect(result.errorLines.count == 1, "\(result.errors)")
                #expect(result.output.isEmpty)
            }
        }

        @Test func `addresses come from standard input too, each once`() async throws {
            try await Self.with { _, tool, options in
                let others = options.map { $0 == "hosts" ? "-" : $0 }
                let input = "\(Self.addresses[1])\n\(Self.addresses[1])\n"
                let result = try await tool.run(["exec"] + others + ["--", "echo hi"], input: input)
                #expect(result.output == "\(Self.addresses[1]): hi\n", "\(result.errors)")
            }
        }

        @Test func `a command that outlives its time is given up, and said so`() async throws {
            try await Self.with { _, tool, options in
                let result = try await tool.run(["exec"] + options + ["--timeout", "1s", "--", "tail -f /dev/null"])
                #expect(result.status == .exited(1))
                #expect(result.errors.contains("evenkeel: 3 of 3 failed"))
            }
        }

        @Test func `new servers are trusted only where that is asked for, and held to their key from then on`()
            async throws
        {
            try await Self.with { scratch, tool, options in
                try scratch.write("", to: "known_hosts")
                let strict = try await tool.run(["exec"] + options + ["--", "true"])
                #expect(strict.status == .exited(1))
                #expect(strict.errors.contains("unknown host key"))
                let accepting = ["exec"] + options + ["--accept-new-host-keys", "--", "true"]
                #expect(try await tool.run(accepting).status == .exited(0))
                #expect(scratch.lines("known_hosts").count == 3)
                #expect(try await tool.run(["exec"] + options + ["--", "true"]).status == .exited(0))
                // Another key under the same names, as after a new installation, or with somebody in between.
                let stranger = try scratch.text("stranger_key.pub").split(separator: " ").prefix(2).joined(
                    separator: " "
                )
                let changed = scratch.lines("known_hosts").map { line in
                    "\(line.split(separator: " ").first ?? "") \(stranger)\n"
                }
                try scratch.write(changed.joined(), to: "known_hosts")
                let refused = try await tool.run(accepting)
                #expect(refused.status == .exited(1))
                #expect(refused.errors.components(separatedBy: "SHA256:").count > 2, "\(refused.errors)")
                #expect(scratch.lines("known_hosts").count == 3)
            }
        }

        @Test func `a server on the way is given on the command line`() async throws {
            try await Self.with { _, tool, options in
                let port = options[3]
                let way = ["--jump", "\(NSUserName())@\(Self.addresses[0]):\(port)"]
                let result = try await tool.run(["exec"] + options + way + ["--", "echo ${SSH_CONNECTION%% *}"])
                #expect(result.status == .exited(0), "\(result.errors)")
                #expect(result.output.split(separator: "\n").count == 3)
            }
        }

        @Test func `the ssh configuration gives what nobody else does`() async throws {
            try await Self.with { scratch, tool, options in
                try scratch.write("m1\nm2\n", to: "hosts")
                try scratch.write(
                    """
                    Host m2
                      HostName \(Self.addresses[1])
                      ProxyJump \(NSUserName())@\(Self.addresses[0]):\(options[3])
                    Host m1
                      HostName \(Self.addresses[0])
                    Host *
                      User nobody-at-all
                      Port \(options[3])
                      IdentityFile \(scratch.path("client_key"))
                      UserKnownHostsFile \(scratch.path("known_hosts"))
                      ProxyCommand nc %h %p
                    """,
                    to: "ssh_config"
                )
                try scratch.write("ssh: {config: ssh_config, user: \(NSUserName())}\n", to: "evenkeel.yaml")
                let result = try await tool.run(["exec", "--hosts-file", "hosts", "--output", "json", "--", "echo hi"])
                #expect(result.status == .exited(0), "\(result.errors)")
                #expect(try Self.lines(result).map(\.node) == ["m1", "m2"])
                #expect(result.errors.lowercased().contains("proxycommand"))
            }
        }

        @Test func `an encrypted key that nobody can be asked about is one clear line`() async throws {
            try await Self.with { scratch, tool, options in
                let locked = try await tool.lock(scratch.path("client_key"))
                try #require(locked)
                let result = try await tool.run(["exec"] + options + ["--", "true"])
                #expect(result.status == .exited(1))
                #expect(result.errors.contains("passphrase"), "\(result.errors)")
            }
        }

        // MARK: Facts

        private struct FactsLine: Decodable {
            struct Facts: Decodable {
                var kernel: String
                var bootID: String
                var disks: [Disk]
            }
            struct Disk: Decodable { var path: String }
            var node: String
            var facts: Facts?
            var error: String?
        }

        @Test func `facts are a table, and JSON with every machine`() async throws {
            try await Self.with { scratch, tool, options in
                let table = try await tool.run(["facts"] + options)
                #expect(table.status == .exited(0), "\(table.errors)")
                let rows = table.output.split(separator: "\n")
                #expect(rows.first?.hasPrefix("NODE") == true)
                #expect(rows.dropFirst().map { $0.split(separator: " ").first.map(String.init) } == Self.addresses)
                try scratch.write(Self.addresses[0] + "\n127.0.79.99\n", to: "hosts")
                let json = try await tool.run(["facts"] + options + ["--output", "json"])
                #expect(json.status == .exited(1))
                let lines = try JSONDecoder().decode([FactsLine].self, from: Data(json.output.utf8))
                #expect(lines.map(\.node) == [Self.addresses[0], "127.0.79.99"])
                #expect(lines[0].facts?.kernel.isEmpty == false)
                #expect(lines[0].facts?.bootID.count == 36)
                #expect(lines[0].facts?.disks.contains { $0.path == "/" } == true)
                #expect(lines[1].facts == nil)
                #expect(lines[1].error?.isEmpty == false)
                #expect(json.errorLines.last == "evenkeel: 1 of 2 failed")
            }
        }
    }
}

extension Tool {
    /// Puts a passphrase on a private key.
    func lock(_ key: String) async throws -> Bool {
        try await succeeds("ssh-keygen", ["-q", "-p", "-P", "", "-N", "open sesame", "-f", key])
    }
}
