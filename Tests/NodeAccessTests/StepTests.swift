// Check, run and verify on a real sshd.
import ClusterModel
import Playbooks
import Rollout
import SSH
import Testing

@testable import NodeAccess

@Suite struct StepTests {
    @Test func `a step whose check holds is already done and runs nothing`() async throws {
        try await NodeHost.run { host in
            let step = PlaybookStep(
                name: "install",
                check: "true",
                run: "touch '\(host.path("ran"))'",
                verify: "exit 9"
            )
            let report = try await host.perform(step, host.options())
            #expect(report == StepReport(name: "install", outcome: .alreadyDone))
            #expect(!host.exists("ran"))
        }
    }

    @Test func `check, run and verify come in this order`() async throws {
        try await NodeHost.run { host in
            let file = host.path("order")
            let step = PlaybookStep(
                name: "install",
                check: "echo check >>'\(file)'; exit 1",
                run: "echo run >>'\(file)'; echo out; echo err >&2",
                verify: "echo verify >>'\(file)'"
            )
            let report = try await host.perform(step, host.options())
            #expect(report.outcome == .done)
            #expect(report.attempts == 1)
            #expect(report.failure == nil)
            #expect(report.output.split(separator: "\n").sorted() == ["err", "out"])
            #expect(try host.read("order") == "check\nrun\nverify\n")
        }
    }

    @Test(arguments: [
        (PlaybookStep(name: "s", run: "exit 3"), "exit status 3"),
        (PlaybookStep(name: "s", run: "false; true"), "exit status 1"),
        (PlaybookStep(name: "s", run: "kill -9 $PPID $$"), "exit status 137"),
        (PlaybookStep(name: "s", run: "exit 124"), "exit status 124"),
        (PlaybookStep(name: "s", run: "sleep 60", timeout: .seconds(1)), "ran out of time after 1s"),
        (PlaybookStep(name: "s", run: "true", verify: "exit 1"), "verify: exit status 1"),
        (PlaybookStep(name: "s", verify: "sleep 60", timeout: .seconds(1)), "verify: ran out of time after 1s"),
        (
            PlaybookStep(name: "s", run: "a\0b"),
            "the script contains a NUL character: take it out, a shell cannot hold one"
        ),
    ])
    func `a failure is one line`(step: PlaybookStep, line: String) async throws {
        try await NodeHost.run { host in
            let report = try await host.perform(step, host.options())
            #expect(report.outcome == .failed)
            #expect(report.failure == line)
            #expect(report.attempts == 1)
        }
    }

    @Test func `the output of a script that ran out of time and of a failed verify is kept`() async throws {
        try await NodeHost.run { host in
            let options = try host.options()
            let slow = PlaybookStep(name: "s", run: "echo begun; sleep 60", timeout: .seconds(1))
            #expect(try await host.perform(slow, options).output == "begun\n")
            let wrong = PlaybookStep(name: "s", run: "echo installed", verify: "echo no such unit >&2; false")
            #expect(try await host.perform(wrong, options).output == "installed\nno such unit\n")
        }
    }

    @Test func `a failed step is tried again after growing pauses, without its check`() async throws {
        try await NodeHost.run { host in
            let file = host.path("count")
            let step = PlaybookStep(
                name: "s",
                check: "echo checked >>'\(host.path("checks"))'; false",
                run: "echo x >>'\(file)'; echo try $(wc -l <'\(file)')",
                verify: "test $(wc -l <'\(file)') -ge 3",
                retries: 5
            )
            let time = SkippingTime()
            let report = try await host.perform(step, host.options(), time: time)
            #expect(report == StepReport(name: "s", outcome: .done, attempts: 3, output: "try 3\n"))
            #expect(time.pauses == [.seconds(2), .seconds(4)])
            #expect(try host.read("checks") == "checked\n")
        }
    }

    @Test func `attempts end with the step's retries`() async throws {
        try await NodeHost.run { host in
            let time = SkippingTime()
            let step = PlaybookStep(name: "s", run: "exit 7", retries: 2)
            let report = try await host.perform(step, host.options(), time: time)
            #expect(report == StepReport(name: "s", outcome: .failed, attempts: 3, failure: "exit status 7"))
            #expect(time.pauses.count == 2)
        }
    }

    @Test func `pauses grow to half a minute and no further`() {
        let pauses = (1...11).map { SSHNodeShell.pause(afterAttempt: $0) }
        #expect(pauses == [2, 4, 8, 16, 30, 30, 30, 30, 30, 30, 30].map { .seconds($0) })
    }

    @Test(arguments: [
        "", "it's", "$(touch pwned)", "`id`", "a\nb\n", "\\", "\"; exit 1; \"", "$HOME", "–ü€𝄞", "!!", "' ; exit 1 ; '",
        "}\nexit 9\n{",
    ])
    func `a hostile value reaches the script as it is`(value: String) async throws {
        try await NodeHost.run { host in
            let step = PlaybookStep(name: "s", run: "printf '<%s>' \"$VALUE\"; cat")
            let report = try await host.perform(step, host.options(), variables: ["VALUE": value])
            #expect(report == StepReport(name: "s", outcome: .done, output: "<\(value)>"))
        }
    }

    @Test func `a variable that is no name for one fails the step`() async throws {
        try await NodeHost.run { host in
            let step = PlaybookStep(name: "s", run: "true")
            let report = try await host.perform(step, host.options(), variables: ["A;B": "x"])
            #expect(report.outcome == .failed)
            #expect(report.failure == PlaybookScriptError.badName("A;B").description)
        }
    }

    @Test func `secrets are not shown, and long output keeps its end`() async throws {
        try await NodeHost.run { host in
            let script = "seq 1 100000; echo token=$TOKEN"
            let step = PlaybookStep(name: "s", run: script)
            let report = try await host.perform(
                step,
                host.options(secrets: ["hunter2'x"]),
                variables: ["TOKEN": "hunter2'x"]
            )
            #expect(report.output.utf8.count == OutputTail.limit)
            #expect(report.output.hasSuffix("99999\n100000\ntoken=•••\n"))
            #expect(!report.output.contains("hunter2"))
        }
    }

    @Test func `sudo is for other users than root, where the step and the site want it`() throws {
        var options = SSHNodeShell.Options(credentials: [], hostKeys: .strict(.init(text: "")), rebootCommand: "it's")
        let root = PlaybookStep(name: "s", run: "true")
        let plain = PlaybookStep(name: "s", run: "true", become: false)
        #expect(options.become(root, user: "ops") == .sudo)
        #expect(options.become(root, user: "root") == .no)
        #expect(options.become(plain, user: "ops") == .no)
        #expect(options.rebootCommand(user: "ops") == (#"sudo -n sh -c 'it'\''s'"#, ""))
        #expect(options.rebootCommand(user: "root") == (#"sh -c 'it'\''s'"#, ""))
        options.sudoPassword = "hunter2"
        #expect(options.become(root, user: "ops") == .sudoWithPassword("hunter2"))
        #expect(options.rebootCommand(user: "ops") == (#"sudo -S -p '' sh -c 'it'\''s'"#, "hunter2\n"))
        #expect(options.allSecrets == ["hunter2"])
        options.usesSudo = false
        #expect(options.become(root, user: "ops") == .no)
        #expect(options.rebootCommand(user: "ops") == (#"sh -c 'it'\''s'"#, ""))
    }
}
