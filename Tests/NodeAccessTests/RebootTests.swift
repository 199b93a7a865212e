// Reboots of a machine whose boot id is a file.
import ClusterModel
import Playbooks
import Rollout
import SSH
import Testing

@testable import NodeAccess

@Suite struct RebootTests {
    private struct JournalFull: Error {}

    /// Leaves a trace of each run and verify.
    private func step(on host: NodeHost, check: String? = nil, verify: String? = nil, retries: Int = 0) -> PlaybookStep
    {
        PlaybookStep(
            name: "reboot",
            check: check,
            run: "echo run >>'\(host.path("trace"))'",
            verify: verify ?? "echo verify >>'\(host.path("trace"))'",
            reboot: true,
            retries: retries
        )
    }

    private func reboot(_ host: NodeHost) -> String {
        "echo told >>'\(host.path("trace"))'; echo new >'\(host.path("boot"))'"
    }

    @Test func `a machine is announced, told to reboot, and verified with its new boot id`() async throws {
        try await NodeHost.run { host in
            try host.write("old\n", to: "boot")
            let record = Record<String>()
            let report = try await host.perform(step(on: host), host.options(reboot: reboot(host))) { bootID in
                record.add("\(bootID) after \(try host.read("trace"))")
            }
            #expect(report == StepReport(name: "reboot", outcome: .done))
            #expect(record.values == ["old after run\n"])
            #expect(try host.read("trace") == "run\ntold\nverify\n")
        }
    }

    @Test func `the machine is asked every three seconds until its boot id is another`() async throws {
        try await NodeHost.run { host in
            try host.write("old", to: "boot")
            let time = SkippingTime { count in
                if count == 3 { try host.write("new", to: "boot") }
            }
            let report = try await host.perform(step(on: host), host.options(reboot: "true"), time: time)
            #expect(report.outcome == .done)
            #expect(time.pauses == [.seconds(3), .seconds(3), .seconds(3)])
        }
    }

    @Test func `a machine that keeps its boot id has not come back in time`() async throws {
        try await NodeHost.run { host in
            try host.write("old", to: "boot")
            let time = SkippingTime()
            let report = try await host.perform(
                step(on: host),
                host.options(reboot: "true"),
                time: time,
                rebootTimeout: .seconds(61)
            )
            #expect(report.failure == "did not come back within 1m1s")
            #expect(time.now == Instant(milliseconds: 61_000))
            #expect(try host.read("trace") == "run\n")
        }
    }

    @Test func `broken connections and refused logins are part of a reboot`() async throws {
        try await NodeHost.run { host in
            try host.write("old", to: "boot")
            let keys = try host.read("user.pub")
            let goDown = "rm '\(host.path("boot"))'; echo >'\(host.path("user.pub"))'\n\(NodeHost.cutsItsConnection)"
            let time = SkippingTime { count in
                if count == 2 { try host.write(keys, to: "user.pub") }
                if count == 4 { try host.write("new", to: "boot") }
            }
            let report = try await host.perform(step(on: host), host.options(reboot: goDown), time: time)
            #expect(report == StepReport(name: "reboot", outcome: .done))
            #expect(time.pauses.count == 4)
        }
    }

    /// Takes up a reboot that was announced from the boot id `old`.
    private func resume(on host: NodeHost) async throws -> (StepReport, Record<String>) {
        let calls = Record<String>()
        let report = try await host.perform(
            step(on: host, check: "true"),
            host.options(reboot: reboot(host)),
            rebootedFrom: "old",
            rebooting: { calls.add($0) }
        )
        return (report, calls)
    }

    @Test func `a machine that rebooted while nobody looked is only verified`() async throws {
        try await NodeHost.run { host in
            try host.write("new", to: "boot")
            let (report, calls) = try await resume(on: host)
            #expect(report == StepReport(name: "reboot", outcome: .done))
            #expect(calls.values.isEmpty)
            #expect(try host.read("trace") == "verify\n")
        }
    }

    @Test func `a machine that is down when a run resumes is waited for`() async throws {
        try await NodeHost.run { host in
            let keys = try host.read("user.pub")
            try host.write("new", to: "boot")
            try host.write("", to: "user.pub")
            let time = SkippingTime { count in
                if count == 2 { try host.write(keys, to: "user.pub") }
            }
            let report = try await host.perform(step(on: host), host.options(), time: time, rebootedFrom: "old")
            #expect(report.outcome == .done)
            #expect(try host.read("trace") == "verify\n")
        }
    }

    @Test func `a reboot that was announced and never happened is done, and the script not run again`() async throws {
        try await NodeHost.run { host in
            try host.write("old", to: "boot")
            let (report, calls) = try await resume(on: host)
            #expect(report.outcome == .done)
            #expect(calls.values == ["old"])
            #expect(try host.read("trace") == "told\nverify\n")
        }
    }

    @Test func `a step that is already done reboots nothing`() async throws {
        try await NodeHost.run { host in
            try host.write("old", to: "boot")
            let options = try host.options(reboot: reboot(host))
            let report = try await host.perform(step(on: host, check: "true"), options)
            #expect(report.outcome == .alreadyDone)
            #expect(!host.exists("trace"))
        }
    }

    @Test func `a boot id from before means nothing to a step without a reboot`() async throws {
        try await NodeHost.run { host in
            let step = PlaybookStep(name: "s", run: "echo ran")
            let report = try await host.perform(step, host.options(), rebootedFrom: "old")
            #expect(report.output == "ran\n")
        }
    }

    @Test func `a failed verify after a reboot is tried again without another reboot`() async throws {
        try await NodeHost.run { host in
            try host.write("old", to: "boot")
            let trace = host.path("trace")
            let verify = "echo verify >>'\(trace)'; test $(grep -c verify '\(trace)') -ge 2"
            let options = try host.options(reboot: reboot(host))
            let report = try await host.perform(step(on: host, verify: verify, retries: 3), options)
            #expect(report == StepReport(name: "reboot", outcome: .done, attempts: 2))
            #expect(try host.read("trace") == "run\ntold\nverify\nverify\n")
        }
    }

    @Test func `a reboot command that fails is not waited for`() async throws {
        try await NodeHost.run { host in
            try host.write("old", to: "boot")
            let time = SkippingTime()
            let options = try host.options(reboot: "echo a password is required >&2; exit 1")
            let report = try await host.perform(step(on: host), options, time: time)
            #expect(report.failure == "reboot: exit status 1")
            #expect(report.output == "a password is required\n")
            #expect(time.pauses.isEmpty)
        }
    }

    @Test func `a machine without a boot id is not rebooted`() async throws {
        try await NodeHost.run { host in
            let report = try await host.perform(step(on: host), host.options(reboot: reboot(host)))
            #expect(report.failure == "reboot: no boot id in \(host.path("boot"))")
            #expect(try host.read("trace") == "run\n")
        }
    }

    @Test func `a reboot that cannot be written down does not happen`() async throws {
        try await NodeHost.run { host in
            try host.write("old", to: "boot")
            let options = try host.options(reboot: reboot(host))
            await #expect(throws: JournalFull.self) {
                try await host.perform(step(on: host), options) { _ in throw JournalFull() }
            }
            #expect(try host.read("boot") == "old")
        }
    }

    @Test func `a machine with another host key is not waited for`() async throws {
        try await NodeHost.run { host in
            var options = try host.options()
            let other = try host.read("stranger.pub").split(separator: " ").prefix(2).joined(separator: " ")
            options.hostKeys = .strict(KnownHosts(text: "[127.0.0.1]:\(host.port) \(other)"))
            let time = SkippingTime()
            let error = await #expect(throws: SSHError.self) {
                try await host.perform(step(on: host), options, time: time, rebootedFrom: "old")
            }
            guard case .hostKeyMismatch = error else { throw NodeHost.Failure(reason: "\(String(describing: error))") }
            #expect(time.pauses.isEmpty)
        }
    }
}
