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

            Where the machine that began the run is gone, a colleague goes on from what the run keeps in the cluster (the \
            ConfigMap kube-system/evenkeel-campaign), with a state folder that does not know the run. Should the first \
            machine come back, it stops before it changes anything.

              evenkeel resume --from-cluster --state ~/taken-over

            Exit codes are those of `evenkeel run`.
            """
    )

    @Flag(help: "Take over the campaign of a machine that is gone, from what lies in the cluster.")
    var fromCluster = false

    @OptionGroup var options: LaunchOptions

    @OptionGroup var rules: RuleOptions

    @OptionGroup var serving: ServingOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let launch = Launch(
                aim: fromCluster ? .takeOver : .resume,
                options: options,
                rules: rules,
                metrics: serving.metrics
            )
            try await launch.run()
        }
    }
}
