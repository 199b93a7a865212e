import Rollout

/// What of an event stands in columns of its own, for queries by hand.
extension Event {
    var kind: String {
        switch self {
        case .waveAdmitted: "waveAdmitted"
        case .replanned: "replanned"
        case .joined: "joined"
        case .cordoned: "cordoned"
        case .evictionAdmitted: "evictionAdmitted"
        case .deletionAdmitted: "deletionAdmitted"
        case .evictionRefused: "evictionRefused"
        case .podGone: "podGone"
        case .drained: "drained"
        case .rebooting: "rebooting"
        case .stepFinished: "stepFinished"
        case .verified: "verified"
        case .uncordoned: "uncordoned"
        case .retired: "retired"
        case .waveFinished: "waveFinished"
        case .steering: "steering"
        case .steered: "steered"
        case .nodeFailed: "nodeFailed"
        case .interrupted: "interrupted"
        case .halted: "halted"
        case .resumed: "resumed"
        case .finished: "finished"
        case .takenUp: "takenUp"
        case .held: "held"
        case .hurried: "hurried"
        case .aborting: "aborting"
        case .undone: "undone"
        case .left: "left"
        case .aborted: "aborted"
        case .skipped: "skipped"
        case .drifted: "drifted"
        case .gateOpened: "gateOpened"
        case .gateClosed: "gateClosed"
        }
    }

    var node: String? {
        switch self {
        case .cordoned(let node), .evictionAdmitted(let node, _, _), .evictionRefused(let node, _, _, _, _),
            .deletionAdmitted(let node, _, _, _), .podGone(let node, _, _), .drained(let node),
            .rebooting(let node, _, _), .stepFinished(let node, _, _), .verified(let node), .uncordoned(let node),
            .retired(let node), .nodeFailed(let node, _, _), .undone(let node, _, _), .left(let node, _),
            .skipped(let node, _), .joined(let node, _):
            node
        case .waveAdmitted, .replanned, .waveFinished, .steering, .steered, .interrupted, .halted, .resumed, .finished,
            .takenUp, .held, .hurried, .aborting, .aborted, .drifted, .gateOpened, .gateClosed:
            nil
        }
    }
}
