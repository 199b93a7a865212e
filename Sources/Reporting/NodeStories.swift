import ClusterModel
import Planning
import Ports
import Rollout

/// The stories of all nodes of a plan, folded over the run's events in one pass.
struct NodeStories {
    /// In the plan's order.
    private(set) var all: [NodeStory] = []
    private var wavesDone = 0
    /// The number of the wave that was admitted last.
    private var present = 1
    private var places: [String: Int] = [:]
    /// The nodes of each wave by its number.
    private var waves: [Int: [String]]

    /// What has not ended at `end` counts up to it.
    init(of plan: Plan, events: [RecordedEvent], until end: Instant) {
        waves = Dictionary(plan.waves.map { ($0.number, $0.nodes) }, uniquingKeysWith: { first, _ in first })
        for wave in plan.waves {
            for node in wave.nodes where places[node] == nil {
                places[node] = all.count
                all.append(NodeStory(name: node, wave: wave.number))
            }
        }
        for entry in events { apply(entry.event, at: entry.at) }
        each {
            $0.close(at: end)
            $0.closeRecovery(at: end)
        }
    }

    private mutating func apply(_ event: Event, at instant: Instant) {
        switch event {
        case .waveAdmitted(let wave, _):
            present = wave
            members(of: wave) { $0.admit(to: wave) }
        case .joined(let node, _): join(node)
        case .replanned(_, let waves): renumber(waves)
        case .waveFinished(let wave):
            wavesDone = wave
            members(of: wave) { $0.recover(at: instant) }
        case .cordoned(let node): one(node) { $0.cordon(at: instant) }
        case .drained(let node): one(node) { $0.drained(at: instant) }
        case .stepFinished(let node, let step, let report): one(node) { $0.add(report, as: step, at: instant) }
        case .verified(let node): one(node) { $0.verified(at: instant) }
        case .uncordoned(let node): one(node) { $0.uncordon(at: instant) }
        case .retired(let node): one(node) { $0.retire(at: instant) }
        case .nodeFailed(let node, let phase, _): one(node) { $0.fail(in: phase) }
        case .resumed: each { $0.resume() }
        case .takenUp, .held, .hurried, .aborting, .undone, .left, .aborted, .skipped, .drifted, .gateOpened,
            .gateClosed:
            break
        case .evictionAdmitted(let node, _, let uid), .deletionAdmitted(let node, _, let uid, _):
            one(node) { $0.move(uid) }
        case .rebooting(let node, _, _): one(node) { $0.reboot(at: instant) }
        case .evictionRefused, .podGone, .steering, .steered,
            .interrupted,
            .halted,
            .finished:
            break
        }
    }

    private mutating func join(_ node: String) {
        for number in waves.keys { waves[number]?.removeAll { $0 == node } }
        waves[present, default: []].append(node)
        let present = present
        one(node) { $0.admit(to: present) }
    }

    private mutating func renumber(_ waves: [PlannedWave]) {
        for (offset, wave) in waves.enumerated() {
            let number = wavesDone + 1 + offset
            self.waves[number] = wave.nodes
            members(of: number) { if $0.state == .waiting { $0.wave = number } }
        }
    }

    private mutating func members(of wave: Int, _ change: (inout NodeStory) -> Void) {
        for node in waves[wave, default: []] { one(node, change) }
    }

    private mutating func one(_ name: String, _ change: (inout NodeStory) -> Void) {
        if let place = places[name] { change(&all[place]) }
    }

    private mutating func each(_ change: (inout NodeStory) -> Void) {
        for place in all.indices { change(&all[place]) }
    }
}
