// Files in a playbook: read, checked, and their paths filled in.
import Playbooks
import Testing

@Suite struct PlaybookUploadTests {
    private static let digest = String(repeating: "0123456789abcDEF", count: 4)

    private func step(_ upload: String, inputs: String = "inputs: {DIR: {}}") throws -> PlaybookStep {
        let text = "name: a\n\(inputs)\nsteps:\n  - name: s\n    upload: \(upload)\n"
        let steps = try Playbook.load(file: "p.yaml", text: text).steps(for: .worker)
        return try #require(steps.first)
    }

    @Test func `an upload has a file, a target, a digest and a mode`() throws {
        let step = try step("{file: a.deb, to: '${DIR}/a.deb', sha256: \(Self.digest), mode: 0755}")
        let expected = PlaybookUpload(
            file: "a.deb",
            target: "${DIR}/a.deb",
            sha256: Self.digest.lowercased(),
            mode: 0o755
        )
        #expect(step == PlaybookStep(name: "s", uploads: [expected]))
    }

    @Test func `a step may have several, and the mode has a default`() throws {
        let step = try step("[{file: /a, to: /b}, {file: c, to: /d, mode: '600'}]")
        #expect(step.uploads.map(\.mode) == [0o644, 0o600])
        #expect(step.uploads.map(\.file.text) == ["/a", "c"])
    }

    @Test(arguments: [
        ("x", "5:13: steps[0].upload: expected a mapping with"),
        ("[]", "5:13: steps[0].upload: uploads nothing (take `upload` out)"),
        ("{file: a}", "5:13: steps[0].upload: `to` is missing"),
        ("{file: a, to: b}", "5:27: steps[0].upload.to: `b` is no absolute path (begin it with `/`)"),
        ("{file: a, to: /b/}", "5:27: steps[0].upload.to: `/b/` names a folder (give the file's whole path)"),
        (
            "{file: '${DIRR}/a', to: /b}",
            "5:20: steps[0].upload.file: there is no variable `DIRR` (did you mean `${DIR}`?)"
        ),
        ("{file: '${}', to: /b}", "5:20: steps[0].upload.file: `${` begins no variable (write it as `${NAME}`)"),
        ("{file: '${DIR', to: /b}", "5:20: steps[0].upload.file: `${` begins no variable (write it as `${NAME}`)"),
        (
            "{file: a, to: /b, sha256: abc}",
            "5:39: steps[0].upload.sha256: `abc` is no SHA-256 digest (64 hexadecimal digits, as sha256sum prints)"
        ),
        (
            "{file: a, to: /b, mode: 888}",
            "5:37: steps[0].upload.mode: expected a file mode, found `888` (write it as `0644` or `755`)"
        ),
        ("{file: a, to: /b, owner: me}", "5:31: steps[0].upload.owner: unknown key `owner`"),
    ])
    func `a wrong upload is refused with the place and the fix`(upload: String, complaint: String) throws {
        let error = #expect(throws: YAMLProblems.self) { try step(upload) }
        #expect(error?.description.hasPrefix("p.yaml:\(complaint)") == true, "\(String(describing: error))")
    }

    @Test(arguments: [
        ("", ""), ("plain", "plain"), ("${A}", "one"), ("x${A}y${B}z", "xoneytwo ${A}z"), ("${NONE}", ""), ("$A", "$A"),
        ("${", "${"), ("${A", "${A"), ("$${A}", "$one"),
    ])
    func `variables are replaced once, and only where they are written in full`(text: String, expected: String) {
        #expect(PlaybookText(text).replaced(by: ["A": "one", "B": "two ${A}"]) == expected)
    }

    @Test func `an undo is one of the step's scripts`() throws {
        let text = "name: a\nsteps: [{name: s, run: x, undo: y}]\n"
        let steps = try Playbook.load(file: "p", text: text).steps(for: .worker)
        #expect(steps.first?.scripts.map(\.kind) == [.run, .undo])
    }
}
