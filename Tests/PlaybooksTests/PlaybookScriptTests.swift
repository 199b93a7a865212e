import Playbooks
import TestSupport
import Testing

@Suite struct PlaybookScriptTests {
    /// The shells of this machine that a node may have as `sh`.
    static let shells: [[String]] = [["sh"], ["bash", "--posix"], ["busybox", "sh"]].filter { shell in
        (try? ShellRun(shell + ["-c", "exit 0"], input: ""))?.code == 0
    }

    static let hostile = [
        "", " ", "'", "''", "'\\''", "\"", "\\", "\\\\'", "$(touch /tmp/x)", "`id`", "${HOME}", "$$", "!!", "a\nb",
        "\n",
        "\n\n", "ends in newline\n", "a\r\nb", "\t", "*", "~", "#", ";", "&", "|", "> /dev/null", "--", "-n", "%s", "}",
        "EOF", "'; exit 7; '", "\u{1}\u{7f}\u{80}\u{81}\u{88}", "\u{101}", "日本語 🚢", "e\u{301}", "\u{202e}abc",
        "\u{feff}x",
    ]

    private func run(
        _ script: String,
        _ environment: [String: String] = [:],
        timeout: Duration = .seconds(60),
        shell: [String] = ["sh"],
        path: String = "/usr/bin:/bin"
    ) throws -> ShellRun {
        let text = try PlaybookScript.render(script, environment: environment, timeout: timeout)
        return try ShellRun(shell + ["-s"], input: text, environment: ["PATH": path])
    }

    @Test(arguments: shells)
    func `every value arrives byte for byte`(shell: [String]) throws {
        var names: [String: String] = [:]
        for (index, value) in Self.hostile.enumerated() { names["V\(index)"] = value }
        let script = Self.hostile.indices.map { "printenv V\($0)" }.joined(separator: "\n")
        let result = try run(script, names, shell: shell)
        #expect(result.output == Self.hostile.flatMap { Array($0.utf8) + [0x0A] })
        #expect(result.errors.isEmpty)
        #expect(result.code == 0)
    }

    @Test(arguments: shells, UInt64(1)...8)
    func `random values arrive byte for byte`(shell: [String], seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let values = (0..<40).map { _ in random.text() }
        var names: [String: String] = [:]
        for (index, value) in values.enumerated() { names["V\(index)"] = value }
        let script = values.indices.map { "printenv V\($0)" }.joined(separator: "\n")
        let result = try run(script, names, shell: shell)
        #expect(result.output == values.flatMap { Array($0.utf8) + [0x0A] }, "seed \(seed)")
    }

    @Test(arguments: shells)
    func `a script arrives as it was written`(shell: [String]) throws {
        let script = """
            printf '%s\\n' "it's" 'a "b"' "$A" `echo c` $(echo d)
            cat <<'X'
            $A 'x' \\n
            X
            """
        #expect(try run(script, ["A": "$(id)"], shell: shell).text == "it's\na \"b\"\n$(id)\nc\nd\n$A 'x' \\n\n")
    }

    @Test(arguments: shells)
    func `a text cut short runs nothing`(shell: [String]) throws {
        let text = try PlaybookScript.render("echo ran", environment: ["A": "x'y"], timeout: .seconds(5))
        let ends = stride(from: 0, to: text.utf8.count - 1, by: 7).map { $0 } + [text.utf8.count - 2]
        for end in ends {
            let cut = String(decoding: Array(text.utf8.prefix(end)), as: UTF8.self)
            #expect(try ShellRun(shell + ["-s"], input: cut).text.isEmpty, "cut at \(end)")
        }
    }

    @Test(arguments: shells, [0, 1, 3, 42, 255] as [Int32])
    func `the script's exit code is the shell's`(shell: [String], code: Int32) throws {
        #expect(try run("exit \(code)", shell: shell).code == code)
    }

    @Test(arguments: shells)
    func `a script stops at its first failing command`(shell: [String]) throws {
        let result = try run("echo one\nfalse\necho two", shell: shell)
        #expect(result.text == "one\n")
        #expect(result.code == 1)
    }

    @Test func `a script reads nothing on its standard input`() throws {
        #expect(try run("cat; echo end").text == "end\n")
    }

    @Test func `a script finds the administrator's folders`() throws {
        let folders = try run("printf '%s' \"$PATH\"").text.split(separator: ":").map(String.init)
        #expect(folders == ["/usr/bin", "/bin", "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/sbin"])
    }

    @Test func `no value stands in the arguments of a process`() throws {
        let script = "tr '\\0' ' ' </proc/$$/cmdline; echo; tr '\\0' ' ' </proc/$PPID/cmdline"
        let result = try run(script, ["TOKEN": "hunter2"])
        #expect(result.text.contains("sh -ec tr"))
        #expect(!result.text.contains("hunter2"))
    }

    @Test(arguments: [
        ("x", true), ("_A9", true), ("9A", false), ("A-B", false), ("A B", false), ("", false), ("Ä", false),
    ])
    func `only shell identifiers are names`(name: String, isName: Bool) {
        if isName {
            #expect(throws: Never.self) {
                try PlaybookScript.render("x", environment: [name: "v"], timeout: .seconds(1))
            }
        } else {
            #expect(throws: PlaybookScriptError.badName(name)) {
                try PlaybookScript.render("x", environment: [name: "v"], timeout: .seconds(1))
            }
        }
    }

    @Test func `what no shell can hold is refused`() {
        let long = String(repeating: "x", count: PlaybookScript.longestText + 1)
        #expect(throws: PlaybookScriptError.containsNUL("variable A")) {
            try PlaybookScript.render("x", environment: ["A": "a\0"], timeout: .seconds(1))
        }
        #expect(throws: PlaybookScriptError.containsNUL("script")) {
            try PlaybookScript.render("a\0", environment: [:], timeout: .seconds(1))
        }
        #expect(throws: PlaybookScriptError.tooLong("variable A", bytes: long.utf8.count)) {
            try PlaybookScript.render("x", environment: ["A": long], timeout: .seconds(1))
        }
        #expect(throws: PlaybookScriptError.tooLong("script", bytes: long.utf8.count)) {
            try PlaybookScript.render(long, environment: [:], timeout: .seconds(1))
        }
    }

    @Test func `the longest script and value that are taken also run`() throws {
        let long = String(repeating: "'", count: PlaybookScript.longestText)
        let script = "printf %s \"${#A}\" #" + String(repeating: "x", count: PlaybookScript.longestText - 20)
        #expect(try run(script, ["A": long]).text == "\(PlaybookScript.longestText)")
    }

    @Test func `root is reached without a password`() {
        #expect(PlaybookScript.invocation(.no) == ("sh -s", ""))
        #expect(PlaybookScript.invocation(.sudo) == ("sudo -n sh -s", ""))
    }
}
