import Foundation
import Playbooks
import Testing

@Suite struct PlaybookTests {
    private static let full = """
        name: os-patch_1.2
        description: the lot
        rebootTimeout: 1h30m
        nodes:
          - worker-1
          - worker-2
        inputs:
          PACKAGE_DIR: {description: folder, default: /var/tmp}
          TOKEN: {required: true, secret: true}
          MODE:
        stages:
          - roles: [firstControlPlane]
            steps:
              - name: apply
                check: test -e /done
                run: |
                  line one
                  line two
                verify: "true"
                timeout: 10m
                retries: 2
          - roles: [firstControlPlane, controlPlane, worker]
            steps:
              - {name: restart, reboot: true, become: false}
        """

    private func load(_ text: String) throws -> Playbook { try Playbook.load(file: "p.yaml", text: text) }

    @Test func `every key is read`() throws {
        let playbook = try load(Self.full)
        #expect(playbook.name == "os-patch_1.2")
        #expect(playbook.description == "the lot")
        #expect(playbook.rebootTimeout == .seconds(5400))
        #expect(playbook.nodes?.map(\.name) == ["worker-1", "worker-2"])
        #expect(
            playbook.inputs == [
                PlaybookInput(name: "MODE"),
                PlaybookInput(name: "PACKAGE_DIR", description: "folder", default: "/var/tmp"),
                PlaybookInput(name: "TOKEN", required: true, secret: true),
            ]
        )
        #expect(playbook.secretInputs == ["TOKEN"])
        let apply = PlaybookStep(
            name: "apply",
            check: "test -e /done",
            run: "line one\nline two\n",
            verify: "true",
            timeout: .seconds(600),
            retries: 2
        )
        #expect(playbook.stages.first?.steps == [apply])
    }

    @Test func `a role gets the steps of all its stages in order`() throws {
        let playbook = try load(Self.full)
        #expect(playbook.steps(for: .firstControlPlane).map(\.name) == ["apply", "restart"])
        #expect(playbook.steps(for: .controlPlane).map(\.name) == ["restart"])
        #expect(playbook.steps(for: .worker) == [PlaybookStep(name: "restart", reboot: true, become: false)])
    }

    @Test func `what is left out has its default`() throws {
        let playbook = try load("name: a\nsteps: [{name: s, run: x}]")
        let step = PlaybookStep(name: "s", run: "x")
        #expect(playbook == Playbook(name: "a", stages: [PlaybookStage(steps: [step])], file: "p.yaml"))
        #expect(step.timeout == .seconds(300))
        #expect(step.retries == 0)
        #expect(step.become)
        #expect(!step.reboot)
        for role in PlaybookRole.allCases { #expect(playbook.steps(for: role) == [step]) }
    }

    @Test func `an anchor shares steps between stages`() throws {
        let text = """
            name: a
            stages:
              - roles: [worker]
                steps: &common [{name: s, run: x}]
              - roles: [controlPlane]
                steps: *common
            """
        #expect(try load(text).steps(for: .controlPlane) == [PlaybookStep(name: "s", run: "x")])
    }

    @Test func `a step knows its scripts in order`() {
        let step = PlaybookStep(name: "s", check: "c", verify: "v")
        #expect(step.scripts.map(\.kind) == [.check, .verify])
        #expect(step.scripts.map(\.text) == ["c", "v"])
    }

    @Test func `nodes the cluster does not have are told with their lines`() throws {
        let unknown = try load(Self.full).unknownNodes(in: ["worker-1", "worker2", "cp-1"])
        #expect(
            unknown.map(\.description) == [
                "p.yaml:6:5: nodes[1]: the cluster has no node `worker-2` (did you mean `worker2`?)"
            ]
        )
    }

    @Test func `a playbook is the same after it was encoded`() throws {
        let playbook = try load(Self.full)
        let encoded = try JSONEncoder().encode(playbook)
        #expect(try JSONDecoder().decode(Playbook.self, from: encoded) == playbook)
    }

    @Test func `a playbook without nodes allows every node`() throws {
        let any = try load("name: a\nsteps: [{name: s, run: x}]")
        #expect(any.unknownNodes(in: [String]()).isEmpty)
        #expect(any.allows(node: "x"))
        let some = try load(Self.full)
        #expect(some.allows(node: "worker-1"))
        #expect(!some.allows(node: "worker-3"))
    }

    @Test func `a script too long for one argument is refused`() {
        let script = String(repeating: "x", count: PlaybookScript.longestText + 1)
        let found = complaints { () throws(YAMLProblems) in
            _ = try Playbook.load(file: "p.yaml", text: "name: a\nsteps: [{name: s, run: \(script)}]")
        }
        #expect(
            found == [
                "p.yaml:2:24: steps[0].run: the script has 98305 bytes, more than 98304 "
                    + "(put the bulk in a file on the node)"
            ]
        )
    }
}
