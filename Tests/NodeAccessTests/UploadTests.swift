// A step's files, its undo, and passwords for sudo, on a real sshd.
import ClusterModel
import Foundation
import Playbooks
import Ports
import Rollout
import SSH
import Synchronization
import Testing

@testable import NodeAccess

@Suite struct UploadTests {
    private static let sftp = ["Subsystem sftp internal-sftp"]

    // MARK: Uploads

    @Test func `files come before the run, with their paths filled in`() async throws {
        try await NodeHost.run(Self.sftp) { host in
            try host.write("content\n", to: "it's $(x).deb")
            var options = try host.options()
            options.uploadFolder = host.folder.path
            let step = PlaybookStep(
                name: "install",
                check: "test -e '\(host.path("done"))'",
                uploads: [
                    PlaybookUpload(file: "${NAME}.deb", target: "${DIR}/new/${NAME}", mode: 0o700),
                    PlaybookUpload(file: PlaybookText(host.path("user.pub")), target: "${DIR}/key"),
                ],
                run: "test -x \"$DIR/new/$NAME\"; cat \"$DIR/new/$NAME\"; touch '\(host.path("done"))'"
            )
            let variables = ["NAME": "it's $(x)", "DIR": host.path("dir")]
            let report = try await host.perform(step, options, variables: variables)
            #expect(report == StepReport(name: "install", outcome: .done, output: "content\n"))
            #expect(try host.read("dir/key") == host.read("user.pub"))
            #expect(try await host.perform(step, options, variables: variables).outcome == .alreadyDone)
        }
    }

    @Test(arguments: [
        ("missing", "/tmp/x", nil as String?, "cannot be read (No such file or directory)"),
        ("file", "${NONE}", nil, "upload: `` is no absolute path of a file"),
        ("file", "relative", nil, "upload: `relative` is no absolute path of a file"),
        ("file", "/proc/nothing/x", nil, "/proc/nothing/x: "),
        ("file", "/tmp/never", String(repeating: "0", count: 64), "has the SHA-256 digest"),
    ])
    func `a file that cannot be put there fails the step in one line`(
        file: String,
        target: String,
        digest: String?,
        words: String
    ) async throws {
        try await NodeHost.run(Self.sftp) { host in
            try host.write("content", to: "file")
            var options = try host.options()
            options.uploadFolder = host.folder.path
            let upload = PlaybookUpload(file: PlaybookText(file), target: PlaybookText(target), sha256: digest)
            let step = PlaybookStep(name: "s", uploads: [upload], run: "touch '\(host.path("ran"))'")
            let report = try await host.perform(step, options)
            #expect(report.outcome == .failed)
            #expect(report.failure?.contains(words) == true, "\(report.failure ?? "")")
            #expect(report.failure?.contains("\n") == false)
            #expect(!host.exists("ran"))
        }
    }

    @Test func `files are staged before anything runs, and found there later`() async throws {
        try await NodeHost.run(Self.sftp) { host in
            // Every host's login folder is this user's: files that wait there are told apart by their contents.
            let content = UUID().uuidString
            try host.write(content, to: "file")
            var options = try host.options()
            options.uploadFolder = host.folder.path
            let upload = PlaybookUpload(file: "file", target: PlaybookText(host.path("dir/file")))
            let wrong = PlaybookUpload(file: "file", target: "relative")
            let step = PlaybookStep(name: "bring", uploads: [upload], run: "touch '\(host.path("ran"))'")
            let shell = host.shell(options)
            let first = try await shell.stage([step], on: host.target, variables: [:])
            #expect(first.failure == nil)
            #expect(first.files.map(\.outcome) == [.sent])
            #expect(first.files.map(\.bytes) == [UInt64(content.utf8.count)])
            // Nothing that may be in use is touched yet.
            #expect(!host.exists("dir/file"))
            #expect(!host.exists("ran"))
            let again = try await shell.stage([step], on: host.target, variables: [:])
            #expect(again.files.map(\.outcome) == [.present])
            let steps = [step, PlaybookStep(name: "more", uploads: [wrong])]
            let failure = try await shell.stage(steps, on: host.target, variables: [:]).failure
            #expect(failure == "more: upload: `relative` is no absolute path of a file")
            // What is not here any more cannot be sent again.
            try FileManager.default.removeItem(atPath: host.path("file"))
            let report = try await shell.perform(
                step,
                on: host.target,
                variables: [:],
                rebootTimeout: .zero,
                rebootedFrom: nil,
                rebooting: { _ in }
            )
            #expect(report.failure == nil)
            #expect(try host.read("dir/file") == content)
            let digest = try #require(first.files.first?.sha256)
            let staged = "\(NSHomeDirectory())/.evenkeel/\(host.target.node)"
            #expect(FileManager.default.fileExists(atPath: staged))
            #expect(!FileManager.default.fileExists(atPath: "\(staged)/\(digest)"))
            await shell.close()
        }
    }

    @Test func `an upload goes on after its connection was cut, again and again`() async throws {
        try await NodeHost.run(Self.sftp) { host in
            let content = String(repeating: "0123456789abcdef", count: 2_000_000)
            try host.write(content, to: "file")
            var options = try host.options()
            options.uploadFolder = host.folder.path
            let cuts = Mutex(0)
            let kill = host.path("kill")
            options.transfer = SSHTransferOptions(onProgress: { progress in
                let isDue = cuts.withLock { cuts in
                    guard cuts < 3, progress.done > UInt64(cuts + 1) * 8_000_000 else { return false }
                    cuts += 1
                    return true
                }
                // Whoever waits for this file kills the sessions.
                if isDue { _ = FileManager.default.createFile(atPath: kill, contents: nil) }
            })
            let upload = PlaybookUpload(file: "file", target: PlaybookText(host.path("copy")))
            let step = PlaybookStep(name: "s", uploads: [upload])
            let report = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await host.killSessions(whenever: kill) }
                let report = try await host.perform(step, options)
                group.cancelAll()
                return report
            }
            #expect(report.failure == nil)
            #expect(cuts.withLock { $0 } == 3)
            #expect(try host.read("copy") == content)
        }
    }

    // MARK: Undo

    @Test(arguments: [
        ("touch \"$UNDONE\"", "exit status 1; undone"), ("exit 7", "exit status 1; undo: exit status 7"),
    ])
    func `a step that failed for good is undone once`(undo: String, failure: String) async throws {
        try await NodeHost.run { host in
            let step = PlaybookStep(name: "s", run: "echo run; false", undo: "echo undo; \(undo)", retries: 2)
            let variables = ["UNDONE": host.path("undone")]
            let report = try await host.perform(step, host.options(), variables: variables)
            #expect(report.failure == failure)
            #expect(report.attempts == 3)
            #expect(report.output == "run\nundo\n")
            #expect(host.exists("undone") == failure.hasSuffix("undone"))
        }
    }

    @Test func `a step that succeeds in the end is not undone`() async throws {
        try await NodeHost.run { host in
            let tried = host.path("tried")
            let step = PlaybookStep(
                name: "s",
                run: "if test -e '\(tried)'; then exit 0; fi; touch '\(tried)'; exit 1",
                undo: "touch '\(host.path("undone"))'",
                retries: 1
            )
            let report = try await host.perform(step, host.options())
            #expect(report.outcome == .done)
            #expect(!host.exists("undone"))
        }
    }

    // MARK: sudo

    /// What sudo does with -S, -n and -p, for a password that is in the file `password`; none is asked for without it.
    private static let sudo = #"""
        #!/bin/sh
        here=$(dirname "$0")/..
        printf '%s\n' "$*" >>"$here/calls"
        ask=no
        while :; do
            case "$1" in
            -n) shift ;;
            -S) ask=yes; shift ;;
            -p) shift 2 ;;
            *) break ;;
            esac
        done
        if test -e "$here/password"; then
            test $ask = yes || { echo "sudo: a password is required" >&2; exit 1; }
            tries=0
            until IFS= read -r line && test "$line" = "$(cat "$here/password")"; do
                tries=$((tries + 1))
                test $tries -lt 3 || { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
            done
        fi
        BECOME=root exec "$@"
        """#

    @Test(arguments: [nil, "hunter2", "it's $(x) \"q\" \\ é"])
    func `sudo gets its password on standard input, asked for or not`(password: String?) async throws {
        try await NodeHost.runWithPath { host in
            try host.install(Self.sudo, as: "sudo")
            if let password { try host.write(password, to: "password") }
            var options = try host.options()
            options.sudoPassword = "hunter2"
            if let password { options.sudoPassword = password }
            let step = PlaybookStep(name: "s", run: "echo \"$BECOME $VALUE\"; cat; echo end")
            let report = try await host.performAsOther(step, options, variables: ["VALUE": "a'b"])
            #expect(report.failure == nil)
            #expect(report.output == "root a'b\nend\n")
            let calls = try host.read("calls")
            #expect(!calls.contains(options.sudoPassword ?? ""))
        }
    }

    @Test func `a wrong password fails the step and shows nowhere`() async throws {
        try await NodeHost.runWithPath { host in
            try host.install(Self.sudo, as: "sudo")
            try host.write("right", to: "password")
            var options = try host.options()
            options.sudoPassword = "hunter2"
            let step = PlaybookStep(name: "s", run: "touch '\(host.path("ran"))'")
            let report = try await host.performAsOther(step, options)
            #expect(report.failure == "exit status 1")
            #expect(report.output.contains("3 incorrect password attempts"))
            #expect(!"\(report)".contains("hunter2"))
            #expect(!host.exists("ran"))
            options.sudoPassword = nil
            #expect(try await host.performAsOther(step, options).output.contains("a password is required"))
        }
    }

    @Test func `where the user may not write, root puts the file in its place`() async throws {
        try await NodeHost.runWithPath(Self.sftp) { host in
            try host.install(Self.sudo, as: "sudo")
            try host.write("hunter2", to: "password")
            try host.write("content", to: "file")
            var options = try host.options()
            options.sudoPassword = "hunter2"
            options.uploadFolder = host.folder.path
            let upload = PlaybookUpload(file: "file", target: PlaybookText(host.path("it's/there")), mode: 0o750)
            let step = PlaybookStep(name: "s", uploads: [upload])
            for _ in 0..<2 { #expect(try await host.performAsOther(step, options).failure == nil) }
            #expect(try host.read("it's/there") == "content")
            let attributes = try FileManager.default.attributesOfItem(atPath: host.path("it's/there"))
            #expect(attributes[.posixPermissions] as? Int == 0o750)
            #expect(try FileManager.default.contentsOfDirectory(atPath: host.path("it's")) == ["there"])
        }
    }

    // MARK: Jump hosts

    @Test func `nodes behind jump hosts are reached, and nothing stays open`() async throws {
        try await NodeHost.run(Self.sftp) { host in
            var options = try host.options()
            options.jumps = [host.target.endpoint, host.target.endpoint]
            let shell = host.shell(options)
            let texts = await withTaskGroup(of: String?.self) { group in
                for number in 0..<12 {
                    let target = NodeTarget(node: "node-\(number)", ssh: host.target.ssh)
                    group.addTask {
                        let step = PlaybookStep(name: "s", run: "echo \"$NUMBER\"")
                        return try? await shell.perform(
                            step,
                            on: target,
                            variables: ["NUMBER": "\(number)"],
                            rebootTimeout: .seconds(1),
                            rebootedFrom: nil,
                            rebooting: { _ in }
                        ).output
                    }
                }
                return await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(texts == Set((0..<12).map { "\($0)\n" }))
            await shell.close()
            let isQuiet = try await host.hasNoSessions()
            #expect(isQuiet)
        }
    }
}
