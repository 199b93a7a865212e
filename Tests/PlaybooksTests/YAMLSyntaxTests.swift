import Playbooks
import Testing

@Suite struct YAMLSyntaxTests {
    @Test(arguments: files)
    func `what is not YAML is told in one line with its place`(bad: BadFile) {
        let found = complaints { () throws(YAMLProblems) in _ = try Playbook.load(file: "p.yaml", text: bad.text) }
        #expect(found == bad.expected)
    }

    static let files = [
        BadFile("a tab", "name: a\nsteps:\n\t- name: x\n", "p.yaml:3:1: a tab cannot indent YAML (use spaces)"),
        BadFile(
            "a colon in plain text",
            "name: a\ndescription: this: that\n",
            "p.yaml:2:18: not valid YAML: mapping values are not allowed in this context "
                + "(put a text that contains `: ` in quotes, and check the indentation)"
        ),
        BadFile(
            "a sign at the start",
            "name: @a\n",
            "p.yaml:1:7: not valid YAML: while scanning for the next token that began in line 1, found character that "
                + "cannot start any token (put a text that begins with a sign in quotes)"
        ),
        BadFile(
            "an open quote",
            "name: a\ndescription: \"x\nsteps: []\n",
            "p.yaml:4:1: not valid YAML: while scanning a quoted scalar that began in line 2, found unexpected end of "
                + "stream"
        ),
        BadFile(
            "a control character",
            "name: a\r\ndescription: b\u{1}\r\n",
            "p.yaml:2:15: not valid YAML: control characters are not allowed (save the file as UTF-8 text)"
        ),
        BadFile(
            "an exclamation mark at the start",
            "nodes: [!spot]\n",
            "p.yaml:1:14: not valid YAML: while scanning a tag that began in line 1, did not find expected whitespace or "
                + "line break (put a text that begins with a sign in quotes)"
        ),
        BadFile("an alias of nothing", "name: *x\n", "p.yaml:1:7: not valid YAML: found undefined alias"),
        BadFile(
            "two documents",
            "name: a\n---\nname: b\n",
            "p.yaml:2:1: not valid YAML: expected a single document in the stream, but found another document"
        ),
    ]

    @Test func `problems come in the order of the lines`() {
        let late = YAMLDiagnostic(file: "f", line: 9, column: 1, message: "late")
        let early = YAMLDiagnostic(file: "f", line: 2, column: 7, path: "a", message: "early", fix: "mend it")
        #expect(YAMLProblems([late, early]).description == "f:2:7: a: early (mend it)\nf:9:1: late")
    }
}
