// Text from outside never becomes a part of a shell line, and secrets show nowhere.
import ClusterModel
import Foundation
import Playbooks
import Ports
import Rollout
import SSH
import Testing

@testable import NodeAccess

@Suite struct ForeignTextTests {
    private static let hostile = [
        "plain", "", " leading and trailing ", "it's", "\"double\"", "a\nb\n", "\n", "$(touch RAN)", "`touch RAN`",
        "; touch RAN;", "&& touch RAN", "| touch RAN", "> RAN", "$HOME ${HOME} $$ $1 $@", "\\", "\\\\'\\''",
        "'\\''; touch RAN; '",
        "-n -e --help", "*?[a-z]{a,b}~", "!!", "# comment", "é日本🙂\u{202E}", "\t\r\u{1B}[31m", "%s%n", "EOF\n'EOF'\n",
        "# the script begins\ntouch RAN", "}\ntouch RAN\n{", String(repeating: "x'", count: 5_000),
    ]

    @Test(arguments: hostile)
    func `names, versions and inputs arrive byte for byte, and nothing else runs`(text: String) async throws {
        try await NodeHost.run { host in
            let environment = PlaybookEnvironment(
                node: text,
                role: .worker,
                fromVersion: text,
                targetVersion: text,
                runID: text
            )
            let hostile = text.replacing("RAN", with: host.path("ran"))
            let variables = environment.variables(inputs: ["INPUT": hostile])
            let step = PlaybookStep(
                name: text,
                check: "test -n \"$CHECKED\"",
                run: "for value in \"$NODE\" \"$FROM_VERSION\" \"$TARGET_VERSION\" \"$RUN_ID\" \"$INPUT\"; do"
                    + " printf %s \"$value\" | od -An -v -tx1 | tr -d ' \\n'; echo; done >'\(host.path("seen"))'",
                verify: "test \"$(printf %s \"$INPUT\" | wc -c)\" -eq \(hostile.utf8.count)"
            )
            let report = try await host.perform(step, host.options(), variables: variables)
            #expect(report.failure == nil)
            let hex = { (text: String) in text.utf8.map { String(format: "%02x", $0) }.joined() }
            let expected = Array(repeating: hex(text), count: 4) + [hex(hostile)]
            #expect(
                try host.read("seen").split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(
                    String.init
                ) == expected
            )
            #expect(!host.exists("ran"))
        }
    }

    @Test func `secrets show in no report, no error, no process list and no log`() async throws {
        let secret = "correct horse $(battery) 'staple'"
        try await NodeHost.run(["LogLevel DEBUG3", "Subsystem sftp internal-sftp"]) { host in
            var options = try host.options(secrets: [secret])
            options.sudoPassword = "hunter2 hunter2"
            let step = PlaybookStep(
                name: "s",
                check: "ps axww -o args; printf '%s\\n' \"$TOKEN\"; false",
                uploads: [PlaybookUpload(file: "no/such/${TOKEN}", target: "/tmp/never")],
                run: "ps axww -o args >'\(host.path("list"))'; echo \"$TOKEN\"; echo \"$TOKEN\" >&2; exit 1",
                verify: "echo \"$TOKEN\"",
                undo: "echo \"undo $TOKEN\"",
                retries: 1
            )
            var running = step
            running.uploads = []
            var reports: [StepReport] = []
            for step in [step, running] {
                reports.append(try await host.perform(step, options, variables: ["TOKEN": secret]))
            }
            #expect(reports.map(\.outcome) == [.failed, .failed])
            #expect(reports[1].output.contains("•••"))
            let everything = try "\(reports)" + host.read("list") + host.read("log")
            for part in [secret, "horse", "hunter2"] { #expect(!everything.contains(part), "\(part)") }
        }
    }

    @Test func `a passphrase shows in no error`() async throws {
        try await NodeHost.run { host in
            try host.write(try host.read("user.pub") + host.read("locked.pub"), to: "user.pub")
            var options = try host.options()
            options.credentials = [.privateKeyFile(path: host.path("locked"), passphrase: "wrong sesame")]
            let error = await #expect(throws: SSHError.self) {
                try await host.perform(PlaybookStep(name: "s", run: "true"), options)
            }
            #expect(error == .wrongPassphrase(path: host.path("locked")))
            #expect(error?.description.contains("sesame") == false)
        }
    }
}
