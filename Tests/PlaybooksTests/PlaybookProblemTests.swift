import Playbooks
import Testing

@Suite struct PlaybookProblemTests {
    @Test(arguments: keys + values + structure + inputs)
    func `a bad playbook is refused with the place and the fix`(bad: BadFile) {
        let found = complaints { () throws(YAMLProblems) in _ = try Playbook.load(file: "p.yaml", text: bad.text) }
        #expect(found == bad.expected)
    }

    static let keys = [
        BadFile(
            "a misspelt key",
            "name: a\nsteps:\n  - name: s\n    run: true\n    timout: 5m\n",
            "p.yaml:5:5: steps[0].timout: unknown key `timout` (did you mean `timeout`?)"
        ),
        BadFile(
            "a key of no known word",
            "name: a\nsteps:\n  - name: s\n    run: x\n    frobnicate: y\n",
            "p.yaml:5:5: steps[0].frobnicate: unknown key `frobnicate` "
                + "(known here: name, check, upload, run, reboot, verify, undo, timeout, retries, become)"
        ),
        BadFile(
            "a key given twice",
            "name: a\nsteps:\n  - name: s\n    run: x\n    run: y\n",
            "p.yaml:4:5: `run` given more than once in one mapping, first here (keep one)"
        ),
        BadFile(
            "missing keys",
            "description: x\nsteps:\n  - run: x\n",
            "p.yaml:1:1: `name` is missing",
            "p.yaml:3:5: steps[0]: `name` is missing"
        ),
        BadFile(
            "a key without a value",
            "name: a\nsteps:\n  - name: s\n    run:\n    verify: x\n",
            "p.yaml:4:5: steps[0].run: `run` has no value (give it one, or take the key out)"
        ),
        BadFile(
            "a key that is a list",
            "name: a\n? [x]\n: 1\nsteps: [{name: s, run: x}]\n",
            "p.yaml:2:3: a key must be text, found a list"
        ),
    ]

    static let values = [
        BadFile(
            "durations",
            """
            name: a
            rebootTimeout: 0s
            steps:
              - {name: s1, run: x, timeout: 90}
              - {name: s2, run: x, timeout: 5 minutes}
              - {name: s3, run: x, timeout: 30m1h}
              - {name: s4, run: x, timeout: [1]}
            """,
            "p.yaml:2:16: rebootTimeout: 0s is out of range (1s to 168h)",
            "p.yaml:4:33: steps[0].timeout: expected a duration, found `90` (add the unit: `90s` or `90m`)",
            "p.yaml:5:33: steps[1].timeout: expected a duration, found `5 minutes` "
                + "(write it as `90s`, `5m` or `1h30m`)",
            "p.yaml:6:33: steps[2].timeout: expected a duration, found `30m1h` (write it as `90s`, `5m` or `1h30m`)",
            "p.yaml:7:33: steps[3].timeout: expected a duration, found a list (write it as `90s`, `5m` or `1h30m`)"
        ),
        BadFile(
            "numbers and booleans",
            "name: a\nsteps:\n  - {name: s, run: x, retries: 11, reboot: yes, become: maybe}\n"
                + "  - {name: t, run: x, retries: many}\n",
            "p.yaml:3:32: steps[0].retries: 11 is out of range (0 to 10)",
            "p.yaml:3:44: steps[0].reboot: expected true or false, found `yes` (write `true`)",
            "p.yaml:3:57: steps[0].become: expected true or false, found `maybe`",
            "p.yaml:4:32: steps[1].retries: expected a whole number, found `many`"
        ),
        BadFile(
            "a role",
            "name: a\nstages:\n  - roles: [worker, controlplane, worker]\n    steps: [{name: s, run: x}]\n",
            "p.yaml:3:21: stages[0].roles[1]: expected firstControlPlane, controlPlane or worker, found "
                + "`controlplane` (did you mean `controlPlane`?)",
            "p.yaml:3:35: stages[0].roles[2]: role worker is named twice"
        ),
        BadFile(
            "texts",
            "name: my playbook\nsteps:\n  - {name: ' ', run: x}\n  - {name: b, run: [ls]}\n  - name: c\n    run: !x\n"
                + "  - {name: d, run: \"a\\0b\"}\n  - {name: e, check: ''}\n",
            "p.yaml:1:7: name: `my playbook` is no plain name (use letters, digits, `-`, `_` and `.`)",
            "p.yaml:3:12: steps[0].name: the name is empty",
            "p.yaml:4:20: steps[1].run: expected text, found a list",
            "p.yaml:6:10: steps[2].run: `!x` is read as a YAML tag (put the value in quotes)",
            "p.yaml:7:20: steps[3].run: contains a NUL character",
            "p.yaml:8:22: steps[4].check: the script is empty"
        ),
    ]

    static let structure = [
        BadFile(
            "an empty file",
            "# nothing\n",
            "p.yaml:1:1: the playbook is empty (it needs at least `name` and `steps`)"
        ),
        BadFile(
            "a list for a document",
            "- a\n",
            "p.yaml:1:1: expected a mapping with name, description, inputs, stages, steps, rebootTimeout and nodes, "
                + "found a list"
        ),
        BadFile(
            "steps as a mapping",
            "name: a\nsteps:\n  install: x\n",
            "p.yaml:3:3: steps: expected a list of steps, found a mapping (start each with `- `)"
        ),
        BadFile("no steps", "name: a\nsteps: []\n", "p.yaml:2:8: steps: has no step"),
        BadFile(
            "neither steps nor stages",
            "name: a\n",
            "p.yaml:1:1: `steps` is missing (give `steps`, or `stages` to tell roles apart)"
        ),
        BadFile(
            "both steps and stages",
            "name: a\nsteps: [{name: s, run: x}]\nstages: [{roles: [worker], steps: [{name: s, run: x}]}]\n",
            "p.yaml:1:1: has both `stages` and `steps` (move the steps into a stage)"
        ),
        BadFile(
            "a step that does nothing",
            "name: a\nsteps:\n  - name: s\n    timeout: 5m\n",
            "p.yaml:3:5: steps[0]: the step does nothing (give it `check`, `upload`, `run`, `verify` or `reboot: true`)"
        ),
        BadFile(
            "two steps of one name for one role",
            """
            name: a
            stages:
              - roles: [firstControlPlane, worker]
                steps: [{name: install, run: x}]
              - roles: [controlPlane]
                steps: [{name: install, run: y}]
              - roles: [worker]
                steps: [{name: install, run: z}]
            """,
            "p.yaml:8:20: stages[2].steps[0].name: a worker node has a step `install` already (name it otherwise)"
        ),
        BadFile(
            "node names",
            "name: a\nnodes: [w1, w2, w1]\nsteps: [{name: s, run: x}]\n",
            "p.yaml:2:17: nodes[2]: node `w1` is named twice"
        ),
        BadFile(
            "no node",
            "name: a\nnodes: []\nsteps: [{name: s, run: x}]\n",
            "p.yaml:2:8: nodes: names no node (take the key out to allow every node)"
        ),
    ]

    static let inputs = [
        BadFile(
            "input names",
            """
            name: a
            inputs:
              PACKAGE-DIR: {}
              NODE: {}
              PATH: {}
              LD_PRELOAD: {}
              1ST: {}
              good_1: {}
            steps: [{name: s, run: x}]
            """,
            "p.yaml:3:3: inputs.PACKAGE-DIR: `PACKAGE-DIR` is no name for an environment variable "
                + "(use letters, digits and `_`, and no digit first)",
            "p.yaml:4:3: inputs.NODE: `NODE` is set by Evenkeel itself (choose another name)",
            "p.yaml:5:3: inputs.PATH: `PATH` has a meaning for the shell (choose another name)",
            "p.yaml:6:3: inputs.LD_PRELOAD: `LD_PRELOAD` has a meaning for the shell (choose another name)",
            "p.yaml:7:3: inputs.1ST: `1ST` is no name for an environment variable "
                + "(use letters, digits and `_`, and no digit first)"
        ),
        BadFile(
            "defaults that cannot be",
            "name: a\ninputs:\n  A: {default: x, required: true}\n  B: {default: x, secret: true}\n"
                + "  C: {default: [x]}\n  D: text\nsteps: [{name: s, run: x}]\n",
            "p.yaml:3:16: inputs.A.default: a required input has no default (take out `required` or `default`)",
            "p.yaml:4:16: inputs.B.default: a secret would stand in this file (take out `default`)",
            "p.yaml:5:16: inputs.C.default: expected text, found a list",
            "p.yaml:6:6: inputs.D: expected a mapping with description, default, required and secret, found `text`"
        ),
    ]
}
