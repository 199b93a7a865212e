import ArgumentParser
import ClusterModel
import Kubernetes

struct LockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lock",
        abstract: "Shows who has the cluster, or takes it from them.",
        discussion: """
            A run holds the Lease kube-system/evenkeel, renews it every ten seconds and proves it before every write, so that \
            no two work on one cluster. One that died lets go of it after thirty seconds by itself.

              evenkeel lock show
              evenkeel lock break --holder run-20261125101500-a1b2c3
            """,
        subcommands: [LockShow.self, LockBreak.self]
    )
}

struct LockShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows who has the cluster, since when, and until when.",
        discussion: """
              evenkeel lock show --output json

            Exit codes: 0 shown, whether somebody has it or nobody; 1 the cluster does not answer.
            """
    )

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    @OptionGroup(title: "Cluster") var site: SiteOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let lock = try await site.withClient(try site.settings()) { try await $0.lock() }
            switch output {
            case .json: Console.result(try Console.json(LockFile(lock)))
            case .text: Console.result(lock?.text ?? "nobody has the cluster")
            }
        }
    }
}

struct LockBreak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "break",
        abstract: "Takes the cluster from a run, which stops at its next write.",
        discussion: """
            The run leaves everything as it is at that moment; what it has cordoned stays cordoned until the same plan is run \
            again. To end a run in good order, press Ctrl-C where it runs.

              evenkeel lock break --holder run-20261125101500-a1b2c3

            Exit codes: 0 nobody has the cluster now; 1 another one has it than you named.
            """
    )

    @Option(help: "Who has it, as `evenkeel lock show` says: nothing is done where it is another one by now.")
    var holder: String

    @OptionGroup(title: "Cluster") var site: SiteOptions

    func run() async throws {
        try await Evenkeel.reporting {
            let other = try await site.withClient(try site.settings()) { try await $0.breakLock(of: holder) }
            if let other {
                throw CommandFailure("the cluster is taken by \(other), not by \(holder): nothing was done")
            }
            Console.result("nobody has the cluster now: \(holder) stops at its next write")
        }
    }
}

private struct LockFile: Encodable {
    var apiVersion = "evenkeel/v1"
    var kind = "Lock"
    var holder: String?
    var acquired: String?
    var renewed: String?
    var expires: String?
    var isExpired: Bool?

    init(_ lock: ClusterLock?) {
        holder = lock?.holder
        acquired = lock?.acquired.map { "\($0)" }
        renewed = lock?.renewed.map { "\($0)" }
        expires = lock?.expires.map { "\($0)" }
        isExpired = lock?.isExpired
    }
}

extension ClusterLock {
    fileprivate var text: String {
        let since = acquired.map { " since \($0)" } ?? ""
        if isExpired {
            return
                "\(holder) had the cluster\(since), but ran out at \(expires.map { "\($0)" } ?? "an unknown time"): the next run takes it"
        }
        let until = expires.map { ", until \($0) unless it renews it" } ?? ""
        return "\(holder) has the cluster\(since)\(until)"
    }
}
