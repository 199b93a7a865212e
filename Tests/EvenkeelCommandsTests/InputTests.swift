import ArgumentParser
import ClusterModel
import Foundation
import Planning
import Playbooks
import Testing

@testable import EvenkeelCommands

/// Where the values of a playbook's inputs come from, and that secrets stay secret.
struct InputTests {
    private static let text = """
        name: patch
        inputs:
          MIRROR: {default: "http://mirror"}
          TOKEN: {secret: true, required: true, description: for the registry}
        steps:
          - {name: install, run: "true"}

        """

    private func plan() -> Plan {
        var plan = Planner(
            cluster: .init(nodes: []),
            policy: Policy(),
            campaign: Campaign(purpose: .service),
            playbook: AttachedPlaybook(file: "patch.yaml", text: Self.text, inputs: ["MIRROR": "http://own"]),
            createdAt: .init(milliseconds: 0)
        ).plan()
        plan.waves = []
        return plan
    }

    private func options(_ arguments: String...) throws -> RunInputOptions {
        try RunInputOptions.parse(arguments)
    }

    private func secretFile(_ text: String, in scratch: Scratch, mode: Int = 0o600) throws -> String {
        let file = try scratch.write(text, to: "secrets")
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return file
    }

    @Test func `a file gives secrets, and the last word on the others`() async throws {
        try await Scratch.with { scratch in
            let file = try secretFile("# for the registry\n\nTOKEN=a=b # c\nMIRROR=http://file\n", in: scratch)
            let work = try PlannedWork(plan(), options("--input-file", file, "--input", "MIRROR=http://line"), ask: nil)
            #expect(work.inputs == ["TOKEN": "a=b # c", "MIRROR": "http://file"])
            #expect(work.secrets == ["a=b # c"])
        }
    }

    @Test(arguments: [0o640, 0o604, 0o644, 0o660])
    func `a file that others can read is refused`(mode: Int) async throws {
        try await Scratch.with { scratch in
            let file = try secretFile("TOKEN=x\n", in: scratch, mode: mode)
            let error = #expect(throws: CommandFailure.self) {
                try PlannedWork(plan(), options("--input-file", file), ask: nil)
            }
            #expect(error?.description.contains("chmod 600") == true)
        }
    }

    @Test func `a line that is no pair is told by its number, not by what may be a secret`() async throws {
        try await Scratch.with { scratch in
            let file = try secretFile("MIRROR=a\n\nhunter2\n", in: scratch)
            let error = #expect(throws: CommandFailure.self) {
                try PlannedWork(plan(), options("--input-file", file), ask: nil)
            }
            #expect(error?.description.contains("secrets:3") == true)
            #expect(error?.description.contains("hunter2") == false)
        }
    }

    @Test func `a secret on the command line is refused, whatever it is`() throws {
        let error = #expect(throws: CommandFailure.self) {
            try PlannedWork(plan(), options("--input", "TOKEN=hunter2"), ask: nil)
        }
        #expect(error?.code == .usage)
        #expect(error?.description.contains("--input-file") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test func `a secret that nobody gave is asked for once, and only that`() throws {
        var asked: [String] = []
        let work = try PlannedWork(plan(), options()) { input in
            asked.append(input.name)
            return "typed"
        }
        #expect(asked == ["TOKEN"])
        #expect(work.inputs == ["TOKEN": "typed", "MIRROR": "http://own"])
    }

    @Test func `where nobody can be asked, the missing secret is named with the way to give it`() throws {
        let error = #expect(throws: CommandFailure.self) { try PlannedWork(plan(), options(), ask: nil) }
        #expect(error?.description.contains("TOKEN") == true)
        #expect(error?.description.contains("--input-file") == true)
    }

    @Test(arguments: [
        ("abc\n", "abc", SecretLine.End.complete), ("abc\r", "abc", .complete), ("ab\u{7F}c\n", "ac", .complete),
        ("aé\u{7F}b\n", "ab", .complete), ("\u{7F}a\n", "a", .complete), ("abc\u{15}d\n", "d", .complete),
        ("ab\u{03}", "ab", .interrupted), ("\u{04}", "", .complete),
    ])
    func `a secret is taken as it is typed`(keys: String, text: String, end: SecretLine.End) {
        var line = SecretLine()
        for byte in keys.utf8 where line.end == nil { line.take(byte) }
        #expect(line.text == text)
        #expect(line.end == end)
    }
}
