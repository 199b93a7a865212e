// Logins, their refusals, and connections that break.
import ClusterModel
import Foundation
import Playbooks
import Ports
import Rollout
import SSH
import Testing

@testable import NodeAccess

@Suite struct ConnectionTests {
    private func logins(_ host: NodeHost) throws -> Int {
        try host.read("log").ranges(of: "Accepted publickey").count
    }

    private func refusal(_ host: NodeHost, _ options: SSHNodeShell.Options, _ target: NodeTarget) async -> SSHError? {
        let shell = host.shell(options)
        let error = await #expect(throws: SSHError.self) { try await shell.reach(target) }
        await shell.close()
        return error
    }

    // MARK: Reaching

    @Test func `one login serves all steps of a node`() async throws {
        try await NodeHost.run { host in
            let shell = try host.shell(host.options())
            try await shell.reach(host.target)
            let step = PlaybookStep(name: "s", check: "false", run: "echo hello", verify: "true")
            for _ in 0..<3 {
                let report = try await shell.perform(
                    step,
                    on: host.target,
                    variables: [:],
                    rebootTimeout: .seconds(1),
                    rebootedFrom: nil,
                    rebooting: { _ in }
                )
                #expect(report.output == "hello\n")
            }
            await shell.close()
            #expect(try logins(host) == 1)
        }
    }

    @Test func `more nodes than places are all reached`() async throws {
        try await NodeHost.run { host in
            var options = try host.options()
            options.loginsAtOnce = 2
            let shell = host.shell(options)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...9 {
                    let target = NodeTarget(node: "node-\(number)", ssh: host.target.ssh)
                    group.addTask { try await shell.reach(target) }
                }
                try await group.waitForAll()
            }
            await shell.close()
            #expect(try logins(host) == 9)
        }
    }

    @Test func `an unknown host key is refused and names the host`() async throws {
        try await NodeHost.run { host in
            var options = try host.options()
            options.hostKeys = .strict(KnownHosts(text: "", source: "site/known_hosts"))
            let error = await refusal(host, options, host.target)
            guard case .hostKeyUnknown(let endpoint, _, _, _, source: "site/known_hosts") = error else {
                throw NodeHost.Failure(reason: "\(String(describing: error))")
            }
            #expect(endpoint == host.target.endpoint)
        }
    }

    @Test func `a key that the host does not know is refused`() async throws {
        try await NodeHost.run { host in
            var options = try host.options()
            options.credentials = [.privateKeyFile(path: host.path("stranger"), passphrase: nil)]
            let error = await refusal(host, options, host.target)
            guard case .authenticationRefused(let endpoint, _, _, _) = error else {
                throw NodeHost.Failure(reason: "\(String(describing: error))")
            }
            #expect(endpoint == host.target.endpoint)
        }
    }

    @Test func `a port where nothing listens is refused, for a step too`() async throws {
        try await NodeHost.run { host in
            var target = host.target
            target.ssh.port = try await NodeHost.freePort()
            let options = try host.options()
            #expect(await refusal(host, options, target) == .connectionRefused(target.endpoint))
            let shell = try host.shell(host.options())
            await #expect(throws: SSHError.connectionRefused(target.endpoint)) {
                try await shell.perform(
                    PlaybookStep(name: "s", run: "true", retries: 3),
                    on: target,
                    variables: [:],
                    rebootTimeout: .seconds(1),
                    rebootedFrom: nil,
                    rebooting: { _ in }
                )
            }
        }
    }

    @Test func `an account that may run nothing is refused`() async throws {
        try await NodeHost.run(["ForceCommand false"]) { host in
            let options = try host.options()
            #expect(await refusal(host, options, host.target) == .commandRefused(host.target.endpoint))
        }
    }

    @Test func `a closed shell stays closed`() async throws {
        try await NodeHost.run { host in
            let shell = try host.shell(host.options())
            try await shell.reach(host.target)
            await shell.close()
            await #expect(throws: SSHError.connectionClosed(host.target.endpoint)) {
                try await shell.reach(host.target)
            }
        }
    }

    // MARK: Breaking

    @Test func `a script without a check that loses its connection may have run`() async throws {
        try await NodeHost.run { host in
            let step = PlaybookStep(name: "s", run: "echo begun; \(NodeHost.cutsItsConnection)")
            let report = try await host.perform(step, host.options())
            #expect(report.outcome == .failed)
            #expect(report.failure == "the connection was lost; the script may have run, or may still run")
        }
    }

    @Test func `the check tells whether a script did its work before the connection broke`() async throws {
        try await NodeHost.run { host in
            let mark = host.path("mark")
            let step = PlaybookStep(
                name: "s",
                check: "test -e '\(mark)'",
                run: "touch '\(mark)'; \(NodeHost.cutsItsConnection)",
                verify: "echo verified"
            )
            let report = try await host.perform(step, host.options())
            #expect(report.outcome == .done)
            #expect(report.attempts == 1)
            #expect(report.output.hasSuffix("verified\n"))
            #expect(try logins(host) == 2)
        }
    }

    @Test func `a script that its check does not find done is run again where the step says so`() async throws {
        try await NodeHost.run { host in
            let options = try host.options()
            let mark = host.path("mark")
            let script = "test -e '\(mark)' && exit 0; touch '\(mark)'; \(NodeHost.cutsItsConnection)"
            let once = PlaybookStep(name: "s", check: "false", run: script)
            let line =
                "the connection was lost; the script may have run, or may still run; the step's check says that it is not done"
            #expect(try await host.perform(once, options).failure == line)
            try FileManager.default.removeItem(atPath: mark)
            let twice = PlaybookStep(name: "s", check: "false", run: script, retries: 1)
            let report = try await host.perform(twice, options)
            #expect(report.outcome == .done)
            #expect(report.attempts == 2)
        }
    }

    @Test func `a check and a verify that lose their connection are asked again`() async throws {
        try await NodeHost.run { host in
            let options = try host.options()
            let cutOnce = { (name: String) in
                "test -e '\(host.path(name))' && exit 0; touch '\(host.path(name))'; \(NodeHost.cutsItsConnection)"
            }
            let checked = PlaybookStep(name: "s", check: cutOnce("check"), run: "exit 1")
            #expect(try await host.perform(checked, options).outcome == .alreadyDone)
            let verified = PlaybookStep(name: "s", verify: cutOnce("verify"))
            #expect(try await host.perform(verified, options).outcome == .done)
        }
    }

    @Test func `a host whose key changes between two steps is refused, naming both keys`() async throws {
        try await NodeHost.run { host in
            let shell = host.shell(try host.options())
            func step() async throws -> StepReport {
                try await shell.perform(
                    PlaybookStep(name: "s", run: "echo x >>'\(host.path("ran"))'"),
                    on: host.target,
                    variables: [:],
                    rebootTimeout: .zero,
                    rebootedFrom: nil,
                    rebooting: { _ in }
                )
            }
            #expect(try await step().failure == nil)
            try await host.changeKey()
            var refusal: (any Error)?
            // A connection that the server has not cut yet is still good; the next one is not.
            for _ in 0..<3 where refusal == nil {
                do { _ = try await step() } catch { refusal = error }
            }
            guard case SSHError.hostKeyMismatch(_, _, _, let expected) = try #require(refusal) else {
                Issue.record("unexpected: \(String(describing: refusal))")
                return
            }
            #expect(!expected.isEmpty)
            #expect("\(refusal.map { "\($0)" } ?? "")".components(separatedBy: "SHA256:").count > 2)
            await shell.close()
            #expect(try await host.hasNoSessions())
        }
    }

    @Test func `a connection that broke between two steps is made again`() async throws {
        try await NodeHost.run { host in
            let shell = try host.shell(host.options())
            let commands = Record<String>()
            let result = try await shell.reconnectingOnce(host.target) { connection in
                commands.add("asked")
                let isFirst = commands.values.count == 1
                return try await connection.execute(isFirst ? NodeHost.cutsItsConnection : "echo back")
            }
            #expect(result.standardOutput.text == "back\n")
            #expect(commands.values.count == 2)
            try await shell.reach(host.target)
            await shell.close()
            #expect(try logins(host) == 2)
        }
    }
}
