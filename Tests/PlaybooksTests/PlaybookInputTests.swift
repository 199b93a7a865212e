import Playbooks
import Testing

@Suite struct PlaybookInputTests {
    private let playbook = Playbook(
        name: "p",
        inputs: [
            PlaybookInput(name: "DIR", default: "/tmp"),
            PlaybookInput(name: "EMPTY"),
            PlaybookInput(name: "TOKEN", description: "the registry's token", required: true, secret: true),
        ],
        stages: []
    )

    @Test func `what is given wins over the default, and the rest is empty`() throws {
        let values = try playbook.resolveInputs(given: ["TOKEN": "t", "DIR": "/srv"])
        #expect(values == ["DIR": "/srv", "EMPTY": "", "TOKEN": "t"])
        #expect(try playbook.resolveInputs(given: ["TOKEN": "t"])["DIR"] == "/tmp")
    }

    @Test func `every input that does not fit is named`() {
        let error = #expect(throws: PlaybookInputError.self) {
            try playbook.resolveInputs(given: ["DIRR": "x", "EMPTY": "a\0b"])
        }
        #expect(
            error?.description == "playbook p: there is no input DIRR, did you mean DIR?; "
                + "input EMPTY contains a NUL character, which no environment variable can hold; "
                + "input TOKEN (the registry's token) is required: give TOKEN=VALUE"
        )
    }

    @Test func `a value too long for a variable is refused without being shown`() {
        let value = String(repeating: "é", count: PlaybookScript.longestText / 2 + 1)
        let error = #expect(throws: PlaybookInputError.self) { try playbook.resolveInputs(given: ["TOKEN": value]) }
        #expect(error == .unfit(playbook: "p", [.tooLong(name: "TOKEN", bytes: 98306)]))
        #expect(error?.description.contains("é") == false)
    }

    @Test func `an input cannot replace what Evenkeel sets`() {
        let environment = PlaybookEnvironment(node: "w1", role: .worker, targetVersion: "v1.36.2", runID: "r7")
        #expect(
            environment.variables(inputs: ["NODE": "x", "DIR": "/srv"]) == [
                "NODE": "w1", "ROLE": "worker", "FROM_VERSION": "", "TARGET_VERSION": "v1.36.2", "RUN_ID": "r7",
                "DIR": "/srv",
            ]
        )
        #expect(Set(PlaybookEnvironment.names) == Set(environment.variables().keys))
    }
}
