import ArgumentParser

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Carries a plan out: cordon, drain, service over SSH, verify, uncordon, wave by wave.",
        discussion: """
            Before each wave its proof is checked against the cluster as it is then. Ctrl-C comes to a safe halt: what is \
            being serviced ends, the rest is given back. A second Ctrl-C stops each node after its present step. \
            `evenkeel resume`, or giving the same plan again, goes on from where a run stopped; another plan is refused \
            while a run has not come to its end.

              evenkeel run plan.json --config evenkeel.yaml
              evenkeel run plan.json --input-file secrets.txt --output json > report.json
            """
    )

    @Argument(help: "What `evenkeel plan … --output json` wrote.")
    var plan: String

    @OptionGroup var options: LaunchOptions

    @OptionGroup var rules: RuleOptions

    @OptionGroup var serving: ServingOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let aim = LaunchAim.carryOut(try PlanSource.read(plan))
            let launch = Launch(
                aim: aim,
                options: options,
                rules: rules,
                metrics: serving.metrics
            )
            try await launch.run()
        }
    }
}
