import Foundation
import NIOHTTP1
import NIOPosix
import NodeAccess
import Playbooks
import Ports
import Reliability
import SSH
import Subprocess
import Testing

@testable import EvenkeelCommands

extension Processes {
    /// Probes against servers that really listen, straight and through a real sshd.
    @Suite(.serialized) struct ProbeTests {
        private static func http(_ web: LocalWeb, body: String? = nil, via: String? = nil) -> ProbeSettings {
            ProbeSettings(
                workload: "shop/web",
                name: "http",
                target: .http(url: "http://127.0.0.1:\(web.port)/healthz", statuses: 200...399, body: body),
                timeout: .seconds(20),
                via: via
            )
        }

        private static func isGood(_ prober: SystemProber, _ probe: ProbeSettings) async throws -> Bool {
            if case .good = try await prober.look(probe) { true } else { false }
        }

        @Test func `a web server is judged by its status and its body, and a redirect is not followed`() async throws {
            try await LocalWeb.with { web in
                let prober = SystemProber()
                #expect(try await Self.isGood(prober, Self.http(web)))
                #expect(try await Self.isGood(prober, Self.http(web, body: "well")))
                #expect(try await prober.look(Self.http(web, body: "ill")) == .failed)
                web.set { $0.status = .found }
                #expect(try await Self.isGood(prober, Self.http(web)))
                web.set { $0.status = .serviceUnavailable }
                #expect(try await prober.look(Self.http(web)) == .failed)
                web.set { $0.answers = false }
                var slow = Self.http(web)
                slow.timeout = .milliseconds(100)
                #expect(try await prober.look(slow) == .failed)
                try await prober.shutdown()
            }
        }

        @Test func `a port and a command are good or failed, and what cannot be run is missed`() async throws {
            let prober = SystemProber()
            let port = try await LocalWeb.with { (web) async throws -> Int in
                #expect(try await Self.isGood(prober, Self.tcp(web.port)))
                return web.port
            }
            #expect(try await prober.look(Self.tcp(port)) == .failed)
            #expect(try await Self.isGood(prober, Self.command("exit 0")))
            #expect(try await prober.look(Self.command("exit 3")) == .failed)
            var endless = Self.command("exec sleep 600")
            endless.timeout = .milliseconds(100)
            #expect(try await prober.look(endless) == .failed)
            var lost = Self.command("exit 0")
            lost.via = "nobody"
            #expect(try await prober.look(lost) == .missed)
            try await prober.shutdown()
        }

        @Test func `through a node the same is seen, and a node that is away is missed, not down`() async throws {
            try await Scratch.with { scratch in
                try await LocalWeb.with { web in
                    try await SSHServer.with(scratch, addresses: ["127.0.78.1"]) { sshd in
                        let prober = try await Self.through(scratch, sshd.port)
                        #expect(try await Self.isGood(prober, Self.http(web, body: "well", via: "n-1")))
                        #expect(web.seenHosts.last == "127.0.0.1:\(web.port)", "the server is called by its own name")
                        web.set { $0.status = .internalServerError }
                        #expect(try await prober.look(Self.http(web, via: "n-1")) == .failed)
                        #expect(try await Self.isGood(prober, Self.tcp(web.port, via: "n-1")))
                        #expect(try await prober.look(Self.tcp(1, via: "n-1")) == .failed)
                        #expect(try await Self.isGood(prober, Self.command("exit 0", via: "n-1")))
                        #expect(try await prober.look(Self.command("exit 4", via: "n-1")) == .failed)
                        let away = [
                            Self.http(web, via: "n-2"), Self.tcp(1, via: "n-2"), Self.command("exit 4", via: "n-2"),
                        ]
                        for probe in away { #expect(try await prober.look(probe) == .missed) }
                        try await prober.shutdown()
                    }
                }
            }
        }

        @Test func `a watch with probes tells a server's outage from its own sleep`() async throws {
            try await Site.with { site in
                try await LocalWeb.with { web in
                    let settings = try site.scratch.text("evenkeel.yaml")
                    try site.scratch.write(
                        settings + """
                            probes:
                              - {workload: shop/web, name: page, http: "http://127.0.0.1:\(web.port)/", every: 250ms, timeout: 20s}
                              - {workload: shop/cart, name: closed, command: "echo look >> looks; false", every: 250ms, timeout: 20s}

                            """,
                        to: "evenkeel.yaml"
                    )
                    let watch = ["watch", "--config", "evenkeel.yaml", "--state", "state"]
                    let result = try await site.tool.run(watch, with: .terminate) { line in
                        line.contains("watching") ? try await Self.looks(in: site, atLeast: 8) : false
                    }
                    #expect(result.status == .exited(0), "\(result.errors)")
                    let report = try await site.tool.run([
                        "report", "--state", "state", "--last", "1h", "--output", "json",
                    ])
                    let facts = try JSONDecoder().decode(ProbeFacts.self, from: Data(report.output.utf8))
                    #expect(facts.probes.map(\.name) == ["closed", "page"])
                    #expect(facts.probes.map { $0.looks.good > 0 } == [false, true])
                    #expect(facts.probes[0].looks.failed > 0)
                    #expect(facts.probes[0].figures.secondsDown == facts.probes[0].figures.secondsObserved)
                    #expect(facts.probes[1].figures.secondsDown == 0)
                    #expect((facts.probes[1].looks.latency?.secondsP99 ?? 0) > 0)
                    let text = try await site.tool.run(["report", "--state", "state", "--last", "1h"])
                    #expect(text.output.contains("BY READY PODS"), "\(text.output)")
                }
            }
        }

        // MARK: Support

        /// Nobody listens where n-2 should be.
        private static func through(_ scratch: Scratch, _ port: Int) async throws -> SystemProber {
            let options = SSHNodeShell.Options(
                credentials: [.privateKeyFile(path: scratch.path("client_key"), passphrase: nil)],
                hostKeys: .strict(KnownHosts(text: try scratch.text("known_hosts"), source: "known_hosts")),
                retry: SSHRetryPolicy(attempts: 1)
            )
            let shell = SSHNodeShell(options, time: SystemTime(), on: MultiThreadedEventLoopGroup.singleton)
            let nodes = ["n-1", "n-2"].map { name in
                let ssh = NodeSSH(host: "127.0.78.\(name.suffix(1))", port: port, user: NSUserName())
                return (name, NodeTarget(node: name, ssh: ssh))
            }
            return SystemProber(passage: ProbePassage(shell, nodes: Dictionary(uniqueKeysWithValues: nodes)))
        }

        private static func tcp(_ port: Int, via: String? = nil) -> ProbeSettings {
            ProbeSettings(
                workload: "shop/web",
                name: "tcp",
                target: .tcp(host: "127.0.0.1", port: port),
                timeout: .seconds(20),
                via: via
            )
        }

        private static func command(_ script: String, via: String? = nil) -> ProbeSettings {
            ProbeSettings(
                workload: "shop/web",
                name: "command",
                target: .command(script),
                timeout: .seconds(20),
                via: via
            )
        }

        /// Waits until the command has been run so often.
        private static func looks(in site: Site, atLeast count: Int) async throws -> Bool {
            while site.scratch.lines("looks").count < count { await Task.yield() }
            return true
        }
    }
}

private struct ProbeFacts: Decodable {
    struct Probe: Decodable {
        struct Figures: Decodable {
            var secondsDown, secondsObserved: Double
        }

        struct Latency: Decodable {
            var secondsP99: Double
        }

        struct Looks: Decodable {
            var good, failed: Int
            var latency: Latency?
        }

        var name: String
        var figures: Figures
        var looks: Looks
    }

    var probes: [Probe]
}
