import ArgumentParser
import Planning
import Playbooks

struct RunInputOptions: ParsableArguments {
    @Option(
        name: .customLong("input"),
        help: "A value for one of the playbook's inputs, as NAME=VALUE; not for secrets."
    )
    var inputs: [String] = []

    @Option(
        help: """
            A file of your own (mode 600) with lines of NAME=VALUE, for secrets too. Secrets that it does not give are \
            asked for on a terminal, without showing them.
            """
    )
    var inputFile: String?
}

/// The plan's playbook, with a value for each of its inputs.
struct PlannedWork: Sendable {
    var playbook: Playbook
    var inputs: [String: String]

    /// Values that nothing may show.
    var secrets: [String] { playbook.secretInputs.compactMap { inputs[$0] }.filter { !$0.isEmpty } }

    init(_ plan: Plan, _ options: RunInputOptions) throws {
        let ask: Ask = { input in try SecretPrompt.ask(for: input) }
        try self.init(plan, options, ask: SecretPrompt.canAsk ? ask : nil)
    }

    typealias Ask = (PlaybookInput) throws -> String

    /// - Parameter ask: asks the person for a secret; nil where nobody can be asked.
    init(_ plan: Plan, _ options: RunInputOptions, ask: Ask?) throws {
        playbook = try Self.playbook(of: plan)
        let given = try InputValues.read(options.inputs)
        try playbook.refuseSecrets(in: given)
        var values = (plan.playbook?.inputs ?? [:]).merging(given) { $1 }
        if let file = options.inputFile { values.merge(try InputValues.read(file: file)) { $1 } }
        for input in playbook.inputs where input.secret && values[input.name] == nil {
            if let ask {
                values[input.name] = try ask(input)
            } else if input.required {
                throw CommandFailure(
                    "the playbook's secret \(input.name) is missing: give it with --input-file FILE, "
                        + "which has a line \(input.name)=VALUE and mode 600"
                )
            }
        }
        inputs = try playbook.resolveInputs(given: values)
    }

    /// Only a node that leaves for good needs nothing done on it.
    private static func playbook(of plan: Plan) throws -> Playbook {
        if let attached = plan.playbook { return try Playbook.load(file: attached.file, text: attached.text) }
        guard !plan.campaign.returnsNodes else {
            throw CommandFailure(
                "the plan has no playbook, so there is nothing to run: plan again with --playbook FILE"
            )
        }
        return Playbook(name: "replace", stages: [])
    }
}
