import ClusterModel
import Crypto
import Execution
import Foundation
import History
import Planning
import Ports
import Rollout

/// Going on with a campaign that another machine has begun.
enum TakeOver {
    /// Writes what lies in the cluster into this machine's journal.
    static func fetch(from store: some CampaignStore, into journal: SQLiteJournal) async throws {
        guard let stored = try await store.storedCampaign() else {
            throw CommandFailure("no campaign is kept in the cluster (configmap kube-system/evenkeel-campaign)")
        }
        let state: KeptCampaign
        do { state = try KeptCampaign(text: stored.text) } catch {
            throw CommandFailure("configmap kube-system/evenkeel-campaign: cannot be read: was it edited by hand?")
        }
        if try await journal.runs().contains(where: { $0.id == state.run.id }) {
            throw CommandFailure(
                "\(state.run.id) is recorded on this machine already, in \(journal.file): "
                    + "name an empty folder with --state to take its latest state from the cluster"
            )
        }
        Console.note("evenkeel: takes over \(state.run.id), which \(state.who) kept last at \(state.savedAt)")
        try await journal.begin(state.run)
        for entry in state.story { try await journal.record(entry.event, run: state.run.id, at: entry.at) }
    }

    /// The plan without witnesses and findings, which are made anew before each wave; nil where it cannot be written.
    static func slim(_ plan: Plan) -> String? {
        var plan = plan
        plan.findings = []
        for index in plan.waves.indices {
            plan.waves[index].moves = []
            plan.waves[index].budgets = []
        }
        return try? Console.json(PlanFile(plan))
    }
}

/// Who holds the lease: this machine with this journal.
enum Holder {
    static func name(journal file: String) -> String {
        let path = URL(fileURLWithPath: file).standardizedFileURL.path
        let digest = SHA256.hash(data: Data("\(ProcessInfo.processInfo.hostName) \(path)".utf8))
        let tail = digest.prefix(4).map { String($0, radix: 16) }.joined()
        return "\(Operator.name) \(tail)"
    }
}
