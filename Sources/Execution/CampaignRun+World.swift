import ClusterModel
import Ports
import Rollout

/// What goes on beside the loop: following the cluster, and keeping the lease.
extension CampaignRun {
    func follow() async throws {
        do {
            var present: Cluster?
            for try await observation in control.observe() {
                switch observation {
                case .snapshot(let cluster):
                    present = cluster
                    try await observe(meter.samples(of: cluster, at: time.now))
                case .change(let change):
                    present?.apply(change)
                    try await observe(meter.samples(after: change, at: time.now))
                case .interrupted(let reason):
                    try await observe(meter.blind(at: time.now))
                    tell(.blind(reason: reason))
                    continue
                }
                if let present { tell(.seen(present)) }
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            tell(.failed(error))
        }
    }

    private func observe(_ samples: [HealthSample]) async throws {
        if !samples.isEmpty { try await journal.observe(samples, run: setup.run.id) }
    }

    func takeLease() async throws {
        // A machine that is gone holds the lease until it runs out.
        let end = time.now + setup.leaseDuration + .seconds(5)
        while true {
            let outcome = try await control.acquireLease(holder: setup.holder, duration: setup.leaseDuration)
            guard case .heldBy(let holder, let renewed) = outcome else { return }
            guard setup.takesOver, time.now < end else {
                throw ExecutionError.leaseHeld(by: holder, renewed: renewed)
            }
            try await time.sleep(until: time.now + .seconds(2))
        }
    }

    /// Renews at a third of the lease's life; a run that finds another holder stops at once.
    func keepLease() async throws {
        while true {
            try await time.sleep(until: time.now + setup.leaseDuration / 3)
            do {
                let outcome = try await control.acquireLease(holder: setup.holder, duration: setup.leaseDuration)
                if case .heldBy(let holder, _) = outcome { tell(.failed(ExecutionError.leaseLost(to: holder))) }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                tell(.failed(error))
            }
        }
    }
}
