import Foundation
import Testing

@testable import EvenkeelCommands

extension Processes {
    /// `evenkeel playbook` as a process.
    @Suite(.serialized) struct PlaybookCommandTests {
        private static let good = """
            name: kernel
            description: a new kernel
            inputs:
              KERNEL: {required: true, description: release}
              TOKEN: {secret: true}
              FOLDER: {default: /var/tmp}
            stages:
              - roles: [worker]
                steps:
                  - name: bring
                    upload: {file: kernel.deb, to: "${FOLDER}/kernel.deb", mode: "0600"}
                    check: test -e /boot/vmlinuz-"$KERNEL"
                    run: |
                      dpkg --install "$FOLDER/kernel.deb"
                    retries: 2
                  - {name: boot, reboot: true, verify: 'test "$(uname -r)" = "$KERNEL"', timeout: 10m, become: false}

            """

        @Test func `a good playbook is good, whichever files are beside it`() async throws {
            try await Scratch.with { scratch in
                try scratch.write(Self.good, to: "a.yaml")
                try scratch.write("package", to: "kernel.deb")
                let result = try await Tool(folder: scratch.folder).run(["playbook", "check", "a.yaml"])
                #expect(result.status == .exited(0), "\(result.errors)")
                #expect(result.output == "a.yaml: good\n")
            }
        }

        @Test func `everything that is wrong is told with its place, and the exit code says so`() async throws {
            try await Scratch.with { scratch in
                try scratch.write(Self.good, to: "a.yaml")
                try scratch.write("name: b\nsteps:\n  - name: s\n    rum: true\n    timeout: 5\n", to: "b.yaml")
                try scratch.write("name: c\nsteps:\n  - name: s\n    run: if true; then\n", to: "c.yaml")
                let files = ["a.yaml", "b.yaml", "c.yaml", "d.yaml"]
                let result = try await Tool(folder: scratch.folder).run(["playbook", "check"] + files)
                #expect(result.status == .exited(1))
                #expect(result.output.contains("a.yaml: step \u{201C}bring\u{201D}: "))
                #expect(result.output.contains("kernel.deb"))
                #expect(result.output.contains("b.yaml:4:5: steps[0].rum: unknown key `rum` (did you mean `run`?)"))
                #expect(result.output.contains("b.yaml:5:14: steps[0].timeout: expected a duration, found `5`"))
                #expect(result.output.contains("c.yaml: step \u{201C}s\u{201D}, run: "), "\(result.output)")
                #expect(result.output.contains("d.yaml: there is no such playbook"))
                #expect(result.errors == "evenkeel: 4 of 4 playbooks cannot be used: correct what is named\n")
            }
        }

        @Test func `a check as JSON has a place for every problem`() async throws {
            struct Line: Decodable {
                struct Problem: Decodable {
                    var line: Int
                    var path: String
                    var fix: String?
                }
                var file: String
                var name: String?
                var problems: [Problem]
            }
            try await Scratch.with { scratch in
                try scratch.write("name: b\nsteps:\n  - name: s\n    check: exit 1\n    rum: true\n", to: "b.yaml")
                let result = try await Tool(folder: scratch.folder).run([
                    "playbook", "check", "b.yaml", "--output", "json",
                ])
                #expect(result.status == .exited(1))
                let lines = try JSONDecoder().decode([Line].self, from: Data(result.output.utf8))
                #expect(lines.map(\.file) == ["b.yaml"])
                #expect(lines[0].problems.first?.line == 5)
                #expect(lines[0].problems.first?.path == "steps[0].rum")
                #expect(lines[0].problems.first?.fix == "did you mean `run`?")
            }
        }

        @Test func `a playbook is shown step by step for each role`() async throws {
            try await Scratch.with { scratch in
                try scratch.write(Self.good, to: "a.yaml")
                let tool = Tool(folder: scratch.folder)
                let all = try await tool.run(["playbook", "show", "a.yaml"])
                #expect(all.status == .exited(0), "\(all.errors)")
                try Golden.expect(all.output, is: "playbook-show.txt")
                let one = try await tool.run(["playbook", "show", "a.yaml", "--role", "worker", "--scripts"])
                try Golden.expect(one.output, is: "playbook-show-scripts.txt")
                let json = try await tool.run(["playbook", "show", "a.yaml", "--output", "json"])
                try Golden.expect(json.output, is: "playbook-show.json")
            }
        }

        @Test func `a playbook that cannot be shown says why`() async throws {
            try await Scratch.with { scratch in
                let tool = Tool(folder: scratch.folder)
                let none = try await tool.run(["playbook", "show", "a.yaml"])
                #expect(none.status == .exited(1))
                #expect(none.errors == "evenkeel: a.yaml: there is no such playbook: name another file\n")
                try scratch.write("steps: []\n", to: "a.yaml")
                let bad = try await tool.run(["playbook", "show", "a.yaml"])
                #expect(bad.status == .exited(1))
                #expect(bad.errors.hasPrefix("evenkeel: a.yaml:1:"))
                let role = try await tool.run(["playbook", "show", "a.yaml", "--role", "boss"])
                #expect(role.status == .exited(64))
            }
        }
    }
}

struct ByteCountTests {
    @Test(arguments: [("0", 0), ("12", 12), ("800k", 800_000), ("50M", 50_000_000), ("2g", 2_000_000_000)])
    func `bytes are read`(text: String, bytes: Int) { #expect(ByteCount.parse(text) == bytes) }

    @Test(arguments: ["", "k", "-1", "-1M", "1.5M", "M5", "9999999999999G"])
    func `what is no number of bytes is none`(text: String) { #expect(ByteCount.parse(text) == nil) }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (52_428_800, "52.4 MB"), (2_040_000_000, "2.0 GB"),
    ])
    func `bytes are written`(bytes: Int, text: String) { #expect(ByteCount.text(UInt64(bytes)) == text) }
}
