import Foundation
import Testing

private enum Machine {
    /// Whether accounts can be made that nobody else sees, and sudo be asked.
    static let hasAccounts =
        geteuid() == 0
        && ["/usr/bin/sudo", "/usr/bin/script", "/usr/bin/unshare", "/usr/bin/openssl"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: $0)
        }
}

extension Processes {
    /// Secrets of the operator's own: a key's passphrase, typed on a terminal, and the password that sudo asks for.
    @Suite(.serialized, .enabled(if: Machine.hasAccounts, "needs root, sudo and mount namespaces"))
    struct PasswordTests {
        private static let passphrase = "correct horse battery"
        private static let password = "hunter2 of wolves"
        private static let account = "evenkeel-ops"

        /// Lets the real sudo of this machine know an account that only sshd's own view of the machine has.
        private static func accounts(_ scratch: Scratch) -> String {
            """
            for file in passwd shadow sudoers; do cp -p /etc/$file \(scratch.folder)/$file; done
            echo '\(account):x:4242:4242::\(scratch.folder):/bin/sh' >>\(scratch.folder)/passwd
            echo "\(account):$(openssl passwd -6 '\(password)'):19000:0:99999:7:::" >>\(scratch.folder)/shadow
            echo '\(account) ALL=(ALL) ALL' >>\(scratch.folder)/sudoers
            for file in passwd shadow sudoers; do mount --bind \(scratch.folder)/$file /etc/$file; done
            """
        }

        /// Types the passphrase once it is asked for; what the terminal shows is in `screen`.
        private static let typing = """
            mkfifo typed
            script -qefc "$0 $COMMAND" screen <typed >/dev/null 2>&1 &
            exec 9>typed
            tries=0
            until grep -q 'not shown: ' screen 2>/dev/null; do
                tries=$((tries + 1))
                test $tries -lt 600 || { echo "nobody was asked" >&2; kill $!; exit 99; }
                sleep 0.05
            done
            cat phrase >&9
            wait $!
            code=$?
            rm -f typed
            exit $code
            """

        private static let looking = #"""
            echo "step as $(id -un)"
            for process in /proc/[0-9]*; do tr '\0' ' ' <"$process/cmdline" 2>/dev/null || :; echo; done >>"$SERVICED.ps"
            echo "$NODE" >>"$SERVICED"
            """#

        private static func with(_ body: (Site) async throws -> Void) async throws {
            try await Site.with(script: looking, machine: accounts) { site in
                let made = try await site.tool.succeeds(
                    "ssh-keygen",
                    ["-q", "-p", "-P", "", "-N", passphrase, "-f", "client_key"]
                )
                try #require(made)
                // Whoever types must not have it in his arguments either.
                try site.scratch.write("\(passphrase)\n", to: "phrase")
                let file = try site.scratch.write("\(password)\n", to: "password")
                try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
                let settings = try site.scratch.text("evenkeel.yaml")
                    .replacing("user: \(NSUserName())", with: "user: \(account)")
                    .replacing("become: none", with: "become: sudo, sudoPasswordFile: password")
                try site.scratch.write(settings, to: "evenkeel.yaml")
                let playbook = try site.scratch.text("count.yaml")
                    .replacing("    check: grep", with: "    become: true\n    check: grep")
                try site.scratch.write(playbook, to: "count.yaml")
                try await site.plan()
                try await body(site)
            }
        }

        /// The files of the folder that hold either, but for the operator's own.
        private static func leaks(_ site: Site) throws -> [String] {
            let needles = ["hunter2", "correct horse"].map { Data($0.utf8) }
            return try site.scratch.contents().filter { name, bytes in
                name != "password" && name != "phrase" && needles.contains { bytes.range(of: $0) != nil }
            }.keys.sorted()
        }

        @Test func `a passphrase and a password are in no journal, screen, report or process list`() async throws {
            try await Self.with { site in
                let run = try await site.tool.shell(
                    "COMMAND='run plan.json --verbose --output json'\n" + Self.typing
                )
                let screen = try site.scratch.text("screen")
                #expect(run.status == .exited(0), "\(run.errors)\(screen)")
                #expect(site.serviced.sorted() == Site.workers)
                #expect(screen.contains("step as root"), "\(screen)")
                let report = try await site.tool.run(["report", "--output", "json"])
                for text in [run.output, run.errors, report.output, report.errors] {
                    #expect(!text.contains("hunter2") && !text.contains("correct horse"), "\(text)")
                }
                #expect(site.scratch.lines("serviced.ps").contains { $0.contains("sudo") })
                #expect(try Self.leaks(site) == [])
            }
        }

        @Test func `a wrong password is refused before the first cordon, and not shown`() async throws {
            try await Self.with { site in
                try site.scratch.write("hunter2 of sheep\n", to: "password")
                let run = try await site.tool.shell("COMMAND='run plan.json --verbose'\n" + Self.typing)
                let screen = try site.scratch.text("screen")
                #expect(run.status == .exited(1), "\(run.errors)\(screen)")
                #expect(screen.contains("cannot become root"), "\(screen)")
                #expect(await site.cordoned().isEmpty)
                #expect(site.serviced.isEmpty)
                #expect(try Self.leaks(site) == [])
            }
        }
    }
}
