import ClusterModel
import Playbooks
import Ports
import Rollout

/// Waiting at a gate until it has been open for as long as it must, or its time is over.
extension CampaignRun {
    private static let pause: Duration = .seconds(5)

    func knock(_ name: String, _ place: GatePlace) async throws -> [Event] {
        guard let gate = setup.gates.first(where: { $0.name == name }), let gates else {
            return [.gateClosed(gate: name, place: place, reason: "nobody knows this gate any more")]
        }
        let deadline = time.now + gate.timeout
        var openSince: Instant?
        while true {
            let obstacle = try await gates.obstacle(at: gate, variables: variables(at: place), in: cluster)
            let now = time.now
            openSince = obstacle == nil ? openSince ?? now : nil
            if let openSince, now.since(openSince) >= gate.stable { return [.gateOpened(gate: name, place: place)] }
            if now >= deadline {
                let reason = obstacle ?? "was not open for \(gate.stable) on end"
                return [.gateClosed(gate: name, place: place, reason: "\(reason), after \(gate.timeout)")]
            }
            if let obstacle { tellWaiting(.gate(name: name, reason: obstacle, until: deadline)) }
            try await time.sleep(until: min(now + Self.pause, max(deadline, now + .milliseconds(100))))
        }
    }

    private func variables(at place: GatePlace) -> [String: String] {
        var variables = ["RUN_ID": setup.run.id]
        switch place {
        case .wave(let number): variables["WAVE"] = "\(number)"
        case .node(let node): variables["NODE"] = node
        case .campaign, .end: break
        }
        return variables
    }
}
