import ClusterModel
import Ports
import Rollout

/// Keeping the campaign's state in the cluster beside the journal.
extension CampaignRun {
    /// Before anything is written, the lease included.
    ///
    /// - Throws: `ExecutionError.takenOver` where another machine has gone on with this run.
    func refuseStaleJournal() async throws {
        guard let store, let stored = try? await store.storedCampaign() else { return }
        try refuse(stored)
    }

    private func refuse(_ stored: StoredCampaign) throws {
        guard !setup.takesOver, let state = try? KeptCampaign(text: stored.text) else { return }
        guard state.run.id != setup.run.id || state.holder == setup.holder else {
            throw ExecutionError.takenOver(by: state.who, at: state.savedAt)
        }
    }

    /// - Throws: `ExecutionError.takenOver` where another machine has gone on with this run.
    func openStore(_ past: [RecordedEvent]) async throws {
        guard let store else { return }
        do {
            let stored = try await store.storedCampaign()
            if let stored { try refuse(stored) }
            keeper = CampaignKeeper(
                store,
                version: stored?.version,
                digest: CampaignDigest(past, of: setup.outline)
            )
        } catch let error as ControlError {
            report(
                .notice(
                    "the campaign's state cannot be kept in the cluster, so no other machine can take it over: \(error)"
                )
            )
        }
    }

    func keep(_ event: Event, at instant: Instant) async throws {
        guard let keeper else { return }
        let state = KeptCampaign(
            run: setup.storedRun,
            holder: setup.holder,
            who: setup.hand?.who ?? setup.run.startedBy,
            savedAt: instant
        )
        do {
            let entry = RecordedEvent(at: instant, event: event)
            try await keeper.keep(entry, of: state)
        } catch let error as ControlError {
            self.keeper = nil
            report(.notice("the campaign's state is not kept in the cluster any more: \(error)"))
        }
    }
}
