// What machines say of themselves, and single commands.
import ClusterModel
import Foundation
import Ports
import Rollout
import SSH
import Testing

@testable import NodeAccess

@Suite struct FactsTests {
    private func facts(_ text: String, asked: Int64 = 10_000, answered: Int64 = 10_100) -> NodeFacts {
        NodeFacts(text, asked: Instant(milliseconds: asked), answered: Instant(milliseconds: answered))
    }

    @Test func `lines become facts, sorted`() {
        let found = facts(
            """
            clock\t13.050000000
            os\tDebian GNU/Linux 12
            kernel\t6.1.0
            architecture\tx86_64
            boot\tabc
            uptime\t86400
            reboot\tyes
            version\tkubelet\tKubernetes v1.36.1
            disk\t1000\t100\t/var
            disk\t1000\t100\t/
            disk\t1000\t100\t/
            certificate\t1800000000\t/b with blank.crt
            certificate\t1700000000\t/a.crt
            """
        )
        #expect(found.os == "Debian GNU/Linux 12" && found.kernel == "6.1.0" && found.architecture == "x86_64")
        #expect(found.bootID == "abc" && found.uptimeSeconds == 86_400 && found.rebootRequired)
        #expect(found.versions == ["kubelet": "Kubernetes v1.36.1"])
        #expect(found.disks.map(\.path) == ["/", "/var"])
        #expect(found.disks.first?.freeBytes == 102_400)
        #expect(found.certificates.map(\.path) == ["/a.crt", "/b with blank.crt"])
        #expect(found.certificates.first?.expires == Instant(milliseconds: 1_700_000_000_000))
        #expect(found.clockSkewMilliseconds == 3_000)
        #expect(found.clockBlurMilliseconds == 50)
    }

    @Test(arguments: ["", "garbage", "disk\tx\ty\tz", "clock\tnoon", "certificate\t1", "uptime\t-", "a\tb\nversion\tx"])
    func `lines that make no sense are left out`(text: String) {
        #expect(facts(text) == facts(""))
    }

    @Test func `a real machine tells its facts`() async throws {
        try await NodeHost.run { host in
            let shell = host.shell(try host.options())
            let facts = try await shell.facts(of: host.target)
            await shell.close()
            let kernel = try String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
            #expect(facts.kernel + "\n" == kernel)
            let boot = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
            #expect(facts.bootID + "\n" == boot)
            #expect(facts.disks.contains { $0.path == "/" && $0.totalBytes > $0.freeBytes })
            #expect(!facts.os.isEmpty && facts.uptimeSeconds > 0)
            let isQuiet = try await host.hasNoSessions()
            #expect(isQuiet)
        }
    }

    @Test func `a command runs once, and its connection is closed`() async throws {
        try await NodeHost.run { host in
            let shell = host.shell(try host.options())
            let result = try await shell.run(
                "cat; echo err >&2; exit 3",
                standardInput: "in",
                on: host.target,
                timeout: .seconds(10)
            )
            #expect(result.exit == .status(3))
            #expect(result.standardOutput.text == "in" && result.standardError.text == "err\n")
            let file = host.path("runs")
            await #expect(throws: SSHError.self) {
                try await shell.run(
                    "echo run >>'\(file)'; \(NodeHost.cutsItsConnection)",
                    on: host.target,
                    timeout: .seconds(10)
                )
            }
            #expect(try host.read("runs") == "run\n")
            let isQuiet = try await host.hasNoSessions()
            #expect(isQuiet)
            await shell.close()
        }
    }
}
