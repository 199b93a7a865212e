import Foundation
import Playbooks
import Testing

@Suite struct ScriptTimeoutTests {
    /// What the fake `timeout` of a node does.
    enum Tool: String, CaseIterable {
        case withKill = "shift 2\necho \"limit $1\"\nshift\nexec \"$@\""
        case withoutKill = "[ \"$1\" != -k ] || exit 1\necho \"limit $1\"\nshift\nexec \"$@\""
        case ancient = "[ \"$1\" = -t ] || exit 1"
    }

    /// A folder that holds a shell, `true` and, where asked, a `timeout` of its own.
    private func run(_ tool: Tool?) throws -> ShellRun {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appending(path: "timeout-\(UUID().uuidString)")
        try manager.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? manager.removeItem(at: folder) }
        for name in ["sh", "true", "cat"] {
            try manager.createSymbolicLink(
                atPath: folder.appending(path: name).path,
                withDestinationPath: "/bin/\(name)"
            )
        }
        if let tool {
            let file = folder.appending(path: "timeout")
            try Data("#!/bin/sh\n\(tool.rawValue)\n".utf8).write(to: file)
            try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
        }
        let text = try PlaybookScript.render("echo ran", environment: [:], timeout: .milliseconds(1500))
        // The folders that the text adds hold the machine's own `timeout` nowhere on a usual system.
        return try ShellRun(["/bin/sh", "-s"], input: text, environment: ["PATH": folder.path])
    }

    @Test(arguments: [(Tool.withKill, "limit 2\nran\n"), (.withoutKill, "limit 2\nran\n"), (.ancient, "ran\n")])
    func `each kind of timeout command is used as it can be`(tool: Tool, output: String) throws {
        let result = try run(tool)
        #expect(result.text == output)
        #expect(result.code == 0)
    }

    @Test func `a node without a timeout command runs the script all the same`() throws {
        #expect(try run(nil).text == "ran\n")
    }

    @Test(arguments: PlaybookScriptTests.shells)
    func `a script is ended when its time is up`(shell: [String]) throws {
        let text = try PlaybookScript.render("echo started; sleep 600", environment: [:], timeout: .seconds(1))
        let result = try ShellRun(shell + ["-s"], input: text)
        #expect(result.text == "started\n")
        let outcome = ScriptOutcome(exitCode: result.code, elapsed: .seconds(1), timeout: .seconds(1))
        #expect(outcome == .timedOut)
    }

    @Test(
        arguments: [
            (0, 99, ScriptOutcome.succeeded), (1, 99, .failed(code: 1)), (124, 60, .timedOut), (137, 61, .timedOut),
            (143, 60, .timedOut), (124, 59, .failed(code: 124)), (137, 5, .failed(code: 137)),
            (143, 5, .failed(code: 143)),
        ] as [(Int32, Int, ScriptOutcome)]
    )
    func `an exit code means a timeout only once the time is up`(code: Int32, elapsed: Int, outcome: ScriptOutcome) {
        #expect(ScriptOutcome(exitCode: code, elapsed: .seconds(elapsed), timeout: .seconds(60)) == outcome)
    }
}
