// The user's ssh configuration.
import Foundation
import TestSupport
import Testing

@testable import SSH

@Suite struct SSHConfigTests {
    private func config(_ text: String, files: [String: String] = [:], _ variables: [String: String] = [:]) -> SSHConfig
    {
        SSHConfig(
            text: text,
            file: "config",
            SSHConfigSurroundings(
                home: "/home/ops",
                localUser: "ops",
                variable: { variables[$0] },
                contents: { files[$0] },
                matches: { pattern in
                    let glob = KnownHosts.Pattern(pattern[...])
                    return files.keys.filter { glob.matches($0) }.sorted()
                }
            )
        )
    }

    private func host(_ text: String, _ name: String, user: String? = nil) -> SSHConfigHost {
        config(text).host(name, user: user)
    }

    @Test func `without a configuration a server is what it is called`() {
        #expect(host("", "cp-1") == SSHConfigHost(host: "cp-1"))
    }

    @Test func `the first value counts, and key files add up`() {
        let text = """
            Host cp-*
              User core
              IdentityFile ~/.ssh/cp
            # a comment
            Host *
              User ops
              Port 2222
              IdentityFile /keys/all
            """
        var expected = SSHConfigHost(host: "cp-1", port: 2222, user: "core")
        expected.identityFiles = ["/home/ops/.ssh/cp", "/keys/all"]
        #expect(host(text, "cp-1") == expected)
        #expect(host(text, "worker-1").user == "ops")
    }

    @Test(arguments: [
        ("Host a b", "b", true), ("Host a b", "c", false), ("Host *.lan !db.lan", "web.lan", true),
        ("Host *.lan !db.lan", "db.lan", false), ("Host !db.lan", "web.lan", false),
        ("Host 10.0.?.1", "10.0.7.1", true),
        ("Host 10.0.?.1", "10.0.77.1", false), ("HOST A", "a", true), ("Host=a", "a", true), ("Host = a", "a", true),
        ("Host \"a b\" c", "c", true), ("Match all", "x", true), ("Match host a,b", "b", true),
        ("Match host a user root", "a", false), ("Match originalhost a", "a", true), ("Match localuser ops", "x", true),
        ("Match exec \"true\"", "a", false), ("Match !host a", "b", false),
    ])
    func `a block counts where its patterns hold`(line: String, name: String, counts: Bool) {
        #expect(host("\(line)\nPort 99", name).port == (counts ? 99 : nil))
    }

    @Test func `tokens and variables are replaced`() {
        let text = """
            HostName %h.example.com
            User core
            Port 23
            IdentityFile ~/.ssh/%r@%h-%p-%n-%u-100%%
            IdentityFile ${KEYS}/id
            UserKnownHostsFile %d/known ${NONE}/x
            ProxyJump %r@bastion-%n
            """
        let host = SSHConfig(
            text: text,
            SSHConfigSurroundings(home: "/home/ops", localUser: "me", variable: { ["KEYS": "/k"][$0] })
        ).host("cp-1")
        #expect(host.host == "cp-1.example.com")
        #expect(host.identityFiles == ["/home/ops/.ssh/core@cp-1.example.com-23-cp-1-me-100%", "/k/id"])
        #expect(host.knownHostsFiles == ["/home/ops/known", "/x"])
        #expect(host.jumps == [SSHJumpHost("core@bastion-cp-1")])
    }

    @Test(arguments: [
        ("~/agent.sock", SSHConfigHost.Agent.socket("/home/ops/agent.sock")), ("none", .none),
        ("SSH_AUTH_SOCK", .environment), ("$OTHER", .socket("/other")), ("$UNSET", .none),
        ("${OTHER}.2", .socket("/other.2")),
    ])
    func `an agent is named in several ways`(value: String, agent: SSHConfigHost.Agent) {
        #expect(config("IdentityAgent \(value)", ["OTHER": "/other"]).host("a").agent == agent)
    }

    private func config(_ text: String, _ variables: [String: String]) -> SSHConfig {
        config(text, files: [:], variables)
    }

    @Test(
        arguments: [
            ("bastion", "bastion", nil, nil), ("ops@b:22", "b", 22, "ops"), ("[fd00::1]:2222", "fd00::1", 2222, nil),
            ("fd00::1", "fd00::1", nil, nil), ("ssh://u@h:1", "h", 1, "u"), ("a@b@c", "c", nil, "a@b"),
        ] as [(String, String, Int?, String?)]
    )
    func `a jump host is written in several ways`(text: String, host: String, port: Int?, user: String?) throws {
        let jump = try #require(SSHJumpHost(text))
        #expect(jump.host == host && jump.port == port && jump.user == user)
    }

    @Test(arguments: ["", "@h", "h:", "h:0", "h:x", "h:65536", "[::1", "[::1]x", "a b", "u@"])
    func `a wrong jump host is none`(text: String) { #expect(SSHJumpHost(text) == nil) }

    @Test func `several jump hosts keep their order, and none ends the search`() {
        #expect(host("ProxyJump a,b:2", "x").jumps.map(\.host) == ["a", "b"])
        #expect(host("Host x\nProxyJump none\nHost *\nProxyJump a", "x").jumps.isEmpty)
    }

    @Test func `other files are included where the line stands`() {
        let files = [
            "/home/ops/.ssh/conf.d/1": "User one", "/home/ops/.ssh/conf.d/2": "Host cp-*\nPort 2\nHost *\nUser two",
            "/etc/more": "IdentityFile /more\nInclude /etc/more",
        ]
        let config = config("Host cp-1\nInclude conf.d/* ~/none /etc/more\nHost *\nPort 9\nUser last", files: files)
        let found = config.host("cp-1")
        #expect(found.user == "one" && found.port == 2)
        #expect(found.identityFiles.count == 16)
        #expect(config.notices.map(\.text) == ["include goes too deep"])
        let other = config.host("cp-2")
        #expect(other.user == "last" && other.port == 9 && other.identityFiles.isEmpty)
    }

    @Test func `what has no effect is said once, with its line`() {
        let text = """
            ForwardAgent yes
            ProxyCommand nc %h %p
            Host a
            ProxyCommand nc %h %p
            PKCS11Provider x
            Match exec "x"
            Port 99
            Port
            Port many
            StrictHostKeyChecking no
            IdentityFile "open
            """
        #expect(
            config(text).notices.map(\.description) == [
                "config:2: proxycommand is not supported and has no effect here",
                "config:5: pkcs11provider is not supported and has no effect here",
                "config:6: match exec is not supported: the lines under it have no effect here",
                "config:8: Port has no value",
                "config:9: port takes a number from 1 to 65535",
                "config:10: stricthostkeychecking no is not supported: unknown host keys stay refused",
                "config:11: a quotation mark has no end",
            ]
        )
    }

    @Test(arguments: [("accept-new", true), ("yes", false), ("no", false), ("ask", false)])
    func `only accept-new accepts new host keys`(value: String, accepts: Bool) {
        #expect(host("StrictHostKeyChecking \(value)", "a").acceptsNewHostKeys == accepts)
    }

    @Test func `a wrong value is as if it were not there`() {
        #expect(host("Port 0\nPort 23\nIdentitiesOnly maybe\nIdentitiesOnly yes", "a").port == 23)
        #expect(host("IdentitiesOnly maybe\nIdentitiesOnly yes", "a").identitiesOnly)
    }

    @Test func `the user's own files are read`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "config-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for name in ["b.conf", "a.conf"] {
            try "User \(name)".write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        }
        let surroundings = SSHConfigSurroundings.own(home: "/root", localUser: "root")
        let text = "Include \(folder.path)/*.conf"
        #expect(SSHConfig(text: text, surroundings).host("x").user == "a.conf")
        #expect(surroundings.variable("PATH")?.isEmpty == false)
        try FileManager.default.removeItem(at: folder)
    }

    // MARK: Random input

    private static let words = [
        "Host", "Match", "Include", "User", "Port", "IdentityFile", "ProxyJump", "host", "all", "exec", "*", "!", "?",
        "\"", "=", "#", "%", "${", "}", "$HOME", "%h", "%%", "~/", "a,b", "@", ":", "[", "]", " ", "\t", "\r", "\n",
        "\0",
        "ü", "日本", "22", "none", "yes", "\\", "'", "conf.d/*",
    ]

    @Test(arguments: 0..<200)
    func `no text makes the reader fail or hang`(seed: Int) {
        var generator = SplitMix(seed: UInt64(seed))
        var text = ""
        for _ in 0..<generator.next(upTo: 400) {
            text += Self.words[generator.next(upTo: Self.words.count)]
            if generator.next(upTo: 3) == 0 { text += " " }
        }
        let file = text
        let config = SSHConfig(
            text: text,
            SSHConfigSurroundings(
                home: "/h",
                localUser: "u",
                variable: { $0 },
                contents: { _ in file },
                matches: { _ in ["one", "two"] }
            )
        )
        for name in ["a", "", "*", "ü", text] { _ = config.host(name, user: name) }
    }
}

extension SplitMix {
    mutating func next(upTo bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
