import ArgumentParser
import ClusterModel
import Planning

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks every claim of a plan against a cluster, whoever wrote the plan.",
        discussion: """
            Nothing is changed, and nothing is searched: each wave is replayed where the waves before it leave the pods, and \
            each rule counted anew. Names the first claim that does not hold; the exit code is 0 where all hold, else 1.

              evenkeel verify plan.json
              evenkeel verify plan.json --cluster snapshot.json --verbose
              evenkeel verify plan.json --cluster snapshot.json --output json
            """
    )

    @Argument(help: "What `evenkeel plan … --output json` wrote, edited or not.")
    var plan: String

    @Flag(help: "List every claim that does not hold, not only the first.")
    var verbose = false

    @Option(help: "text or json: one line, or every claim that does not hold.")
    var output: OutputFormat = .text

    @OptionGroup(title: "Cluster") var snapshot: SnapshotOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let plan = try PlanSource.read(self.plan).plan
            let cluster = try await snapshot.read(try snapshot.site.settings()).cluster
            let verifier = PlanVerifier(cluster: cluster, policy: plan.policy, campaign: plan.campaign)
            let claims = verifier.brokenClaims(of: plan, at: SystemTime().now)
            switch output {
            case .json: Console.result(try Console.json(VerdictFile(claims)))
            case .text: Console.result(text(claims, plan))
            }
            if !claims.isEmpty { throw ExitCode(ExitStatus.failed.rawValue) }
        }
    }

    private func text(_ claims: [BrokenClaim], _ plan: Plan) -> String {
        guard let first = claims.first else {
            let totals = plan.totals
            return "\(self.plan) holds: \(totals.waves) waves, \(totals.nodes) nodes, \(totals.evictions) evictions"
        }
        let headline = "\(self.plan) does not hold: \(first)"
        if verbose { return ([headline] + claims.dropFirst().map { "  \($0)" }).joined(separator: "\n") }
        return claims.count == 1 ? headline : "\(headline) (and \(claims.count - 1) more: --verbose lists them)"
    }
}

/// What `--output json` gives.
private struct VerdictFile: Encodable {
    struct Claim: Encodable {
        var wave: Int
        var message: String
    }

    let apiVersion = "evenkeel/v1"
    let kind = "Verdict"
    var holds: Bool
    var brokenClaims: [Claim]

    init(_ claims: [BrokenClaim]) {
        holds = claims.isEmpty
        brokenClaims = claims.map { claim in
            let prefix = "wave \(claim.waveNumber): "
            let text = "\(claim)"
            return Claim(
                wave: claim.waveNumber,
                message: text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
            )
        }
    }
}
