import Playbooks
import Testing

struct GateSettingsTests {
    private func gates(_ text: String) throws -> [GateSettings] {
        try SiteSettings.load(file: "e.yaml", text: "gates:\n  - \(text)\n").gates
    }

    @Test func `each kind of gate is read`() throws {
        #expect(
            try gates(
                "{name: a, prometheus: up, server: \"http://p\", below: 1.5, stable: 2m, timeout: 1h, at: [nodes, end]}"
            )
                == [
                    GateSettings(
                        name: "a",
                        places: [.nodes, .end],
                        kind: .prometheus(query: "up", server: "http://p", below: 1.5, above: nil),
                        timeout: .seconds(3600),
                        stable: .seconds(120)
                    )
                ]
        )
        #expect(try gates("{name: a, http: \"https://x/y\"}").first?.kind == .http("https://x/y"))
        #expect(try gates("{name: a, tcp: \"db:5432\"}").first?.kind == .tcp(host: "db", port: 5432))
        #expect(try gates("{name: a, command: \"true\"}").first?.kind == .command("true"))
        #expect(try gates("{name: a, controlPlane: true}").first?.kind == .controlPlane)
        #expect(try gates("{name: a, approval: /tmp/yes}").first?.kind == .approval(file: "/tmp/yes"))
    }

    @Test(arguments: [
        "{name: a}", "{http: \"http://x\"}", "{name: a, http: x}", "{name: a, tcp: db}", "{name: a, tcp: \"db:0\"}",
        "{name: a, prometheus: up, server: \"http://p\"}", "{name: a, prometheus: up, below: 1}",
        "{name: a, http: \"http://x\", command: \"true\"}", "{name: a, command: \"true\", at: [sometimes]}",
        "{name: a, controlPlane: false}",
    ])
    func `a gate that says too little or too much is refused with its line`(text: String) throws {
        let problem = #expect(throws: YAMLProblems.self) { try gates(text) }
        #expect("\(try #require(problem))".contains("e.yaml:2:"))
    }

    @Test func `hooks are read, and one without a target is refused`() throws {
        let text =
            "hooks:\n  - {on: [halted, finished], webhook: \"https://h\", retries: 5}\n  - {on: [nodeFailed], command: log}\n"
        #expect(
            try SiteSettings.load(file: "e.yaml", text: text).hooks == [
                HookSettings(moments: [.halted, .finished], target: .webhook("https://h"), retries: 5),
                HookSettings(moments: [.nodeFailed], target: .command("log")),
            ]
        )
        #expect(throws: YAMLProblems.self) {
            try SiteSettings.load(file: "e.yaml", text: "hooks:\n  - {on: [halted]}\n")
        }
    }
}
