import ArgumentParser

/// What `run`, `resume` and `abort` take alike.
struct LaunchOptions: ParsableArguments {
    @OptionGroup var site: SiteOptions

    @Option(help: "The folder that runs are recorded in; by default one for each cluster in the user's state folder.")
    var state: String?

    @OptionGroup var inputs: RunInputOptions

    @OptionGroup var reach: ReachOptions

    @OptionGroup var sudo: SudoOptions

    @Option(help: "text or json: what is printed at the end.")
    var output: OutputFormat = .text

    @OptionGroup var verbosity: VerbosityOptions
}
