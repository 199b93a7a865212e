import ArgumentParser

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Goes on with the last run from where it stopped: after a pause, a halt, a crash or a power failure.",
        discussion: """
            The plan and its playbook's inputs are those of the run; secrets are asked for, or come from --input-file. \
            What failed is tried again from where it stood, and nothing that is done is done twice.

              evenkeel resume
              evenkeel resume --config evenkeel.yaml --input-file secrets.txt

            Exit codes are those of `evenkeel run`.
            """
    )

    @OptionGroup var site: SiteOptions

    @Option(help: "The folder that runs are recorded in; by default one for each cluster in the user's state folder.")
    var state: String?

    @OptionGroup var inputs: RunInputOptions

    @OptionGroup var reach: ReachOptions

    @OptionGroup var sudo: SudoOptions

    @OptionGroup var rules: RuleOptions

    @Option(help: "text or json: what is printed at the end.")
    var output: OutputFormat = .text

    @OptionGroup var verbosity: VerbosityOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let launch = Launch(
                aim: .resume,
                site: site,
                state: state,
                inputs: inputs,
                reach: reach,
                sudo: sudo,
                rules: rules,
                output: output,
                verbosity: verbosity
            )
            try await launch.run()
        }
    }
}
