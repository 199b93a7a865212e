import Foundation
import Playbooks
import Testing

/// Scripts of one node beside each other, in every shell that a node may have, with `flock` and without.
@Suite struct ScriptLockTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        var shell: [String]
        var hasFlock: Bool

        var testDescription: String { "\(shell.joined(separator: " ")), \(hasFlock ? "flock" : "hard links")" }
    }

    static let kinds = PlaybookScriptTests.shells.flatMap { shell in
        [true, false].map { Kind(shell: shell, hasFlock: $0) }
    }

    /// A machine's folder, with a home in it and, where asked, a `flock` that cannot be used.
    private struct Machine {
        let folder: URL
        let kind: Kind

        static func with(_ kind: Kind, _ body: (Machine) throws -> Void) throws {
            let manager = FileManager.default
            let folder = manager.temporaryDirectory.appending(path: "lock-\(UUID().uuidString)")
            try manager.createDirectory(at: folder.appending(path: "bin"), withIntermediateDirectories: true)
            defer { try? manager.removeItem(at: folder) }
            let machine = Machine(folder: folder, kind: kind)
            if !kind.hasFlock {
                try machine.write("#!/bin/sh\nexit 1\n", to: "bin/flock")
                try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: machine.path("bin/flock"))
            }
            try body(machine)
        }

        func path(_ name: String) -> String { folder.appending(path: name).path }
        func write(_ text: String, to name: String) throws {
            try Data(text.utf8).write(to: folder.appending(path: name))
        }
        func text(_ script: String, node: String = "n") throws -> String {
            try PlaybookScript.render(
                script,
                environment: ["M": folder.path],
                timeout: .seconds(60),
                lock: ScriptLock(node: node)
            )
        }
        func run(_ script: String, node: String = "n") throws -> ShellRun {
            try ShellRun(
                kind.shell + ["-s"],
                input: text(script, node: node),
                environment: ["PATH": "\(path("bin")):/usr/bin:/bin", "HOME": folder.path]
            )
        }
    }

    private static let busy = ScriptLock.busyMark + "\n"
    /// Runs the text in the file `other`, and shows what came of it.
    private static let other = #"sh -s <"$M/other" 2>"$M/errors" || echo "code $?""#

    @Test(arguments: kinds)
    func `while a script runs no other one of the node begins, and afterwards one does`(kind: Kind) throws {
        try Machine.with(kind) { machine in
            try machine.write(try machine.text("touch \"$M/ran\""), to: "other")
            let result = try machine.run(Self.other)
            #expect(result.text == "code \(ScriptLock.busyCode)\n")
            #expect(try String(contentsOfFile: machine.path("errors"), encoding: .utf8) == Self.busy)
            #expect(!FileManager.default.fileExists(atPath: machine.path("ran")))
            let next = try machine.run("echo next; exit 3")
            #expect(next.text == "next\n")
            #expect(next.code == 3)
        }
    }

    @Test(arguments: kinds)
    func `scripts of other nodes are not in the way`(kind: Kind) throws {
        try Machine.with(kind) { machine in
            try machine.write(try machine.text("echo ran", node: "n/2"), to: "other")
            #expect(try machine.run(Self.other).text == "ran\n")
        }
    }

    @Test(arguments: kinds)
    func `what a script leaves running does not keep the lock`(kind: Kind) throws {
        try Machine.with(kind) { machine in
            let result = try machine.run("sleep 20 >/dev/null 2>&1 & echo $! >\"$M/id\"")
            #expect(result.code == 0)
            #expect(try machine.run("kill \"$(cat \"$M/id\")\"; echo ended").text == "ended\n")
        }
    }

    @Test(arguments: kinds)
    func `a holder that was killed holds nothing`(kind: Kind) throws {
        try Machine.with(kind) { machine in
            let folder = machine.path(".evenkeel-locks")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            // Its process is another one's now, or its boot is over.
            for holder in ["1 0 x", "4194304 7 x", ""] {
                try machine.write("\(holder)\n", to: ".evenkeel-locks/lock-n.held")
                #expect(try machine.run("echo ran").text == "ran\n", "\(holder)")
                try? FileManager.default.removeItem(atPath: folder + "/lock-n.held")
            }
        }
    }

    @Test(arguments: PlaybookScriptTests.shells)
    func `a script goes on when nobody reads its output any more`(shell: [String]) throws {
        try Machine.with(Kind(shell: shell, hasFlock: true)) { machine in
            let text = try machine.text("seq 1 100000; echo end >&2; touch \"$M/done\"")
            let result = try ShellRun(
                ["sh", "-c", "\"$@\" -s | head -n 1", "sh"] + shell,
                input: text,
                environment: ["PATH": "/usr/bin:/bin", "HOME": machine.folder.path]
            )
            #expect(result.text == "1\n")
            #expect(FileManager.default.fileExists(atPath: machine.path("done")))
        }
    }

    @Test(arguments: kinds)
    func `a node that has no place for a lock runs scripts all the same`(kind: Kind) throws {
        try Machine.with(kind) { machine in
            try machine.write("no folder", to: ".evenkeel-locks")
            #expect(try machine.run("echo ran").text == "ran\n")
        }
    }

    @Test(arguments: ["../../etc/passwd", "a b", "ü", String(repeating: "x", count: 300), ""])
    func `a node's name is no path`(name: String) throws {
        try Machine.with(Kind(shell: ["sh"], hasFlock: true)) { machine in
            #expect(try machine.run("echo ran", node: name).text == "ran\n")
            let files = try FileManager.default.contentsOfDirectory(atPath: machine.path(".evenkeel-locks"))
            #expect(files.count == 1)
            #expect(files.allSatisfy { $0.hasPrefix("lock-") && !$0.contains(" ") })
        }
    }
}
