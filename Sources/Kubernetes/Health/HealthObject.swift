import ClusterModel

/// A node or a pod as far as its health goes.
struct HealthObject {
    struct Condition {
        var type: String
        var status: String
        var message: String
    }

    var head = ObjectHead()
    var conditions: [Condition] = []
    private var phase = ""
    /// A container that waits, and for what.
    private var waiting: (name: String, reason: String, message: String)?
    private var restarts = 0

    init(json cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor, annotations: .none)
            case "status": try readStatus(&cursor)
            default: try cursor.skip()
            }
        }
    }

    private mutating func readStatus(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "phase": phase = try cursor.text()
            case "conditions":
                try cursor.array { cursor in
                    let fields = try cursor.map()
                    let condition = Condition(
                        type: fields["type"] ?? "",
                        status: fields["status"] ?? "",
                        message: fields["message"] ?? ""
                    )
                    conditions.append(condition)
                }
            case "containerStatuses", "initContainerStatuses": try cursor.array { try readContainer(&$0) }
            default: try cursor.skip()
            }
        }
    }

    private mutating func readContainer(_ cursor: inout JSONCursor) throws {
        var name = ""
        var count = 0
        var reason: (String, String)?
        try cursor.object { cursor, key in
            switch key {
            case "name": name = try cursor.text()
            case "restartCount": count = try cursor.integer() ?? 0
            case "state":
                try cursor.object(at: "waiting") { cursor in
                    let fields = try cursor.map()
                    reason = (fields["reason"] ?? "", fields["message"] ?? "")
                }
            default: try cursor.skip()
            }
        }
        guard let reason, waiting == nil else { return }
        waiting = (name, reason.0, reason.1)
        restarts = count
    }

    /// What is wrong with the pod; nil where nothing is.
    var trouble: PodTrouble? {
        if head.isTerminating { return nil }
        if let waiting, waiting.reason == "CrashLoopBackOff" {
            let kind = PodTrouble.Kind.crashLooping(container: waiting.name, restarts: restarts)
            return PodTrouble(pod: head.id, kind: kind, message: waiting.message)
        }
        if let waiting, !["", "ContainerCreating", "PodInitializing"].contains(waiting.reason) {
            let kind = PodTrouble.Kind.waiting(container: waiting.name, reason: waiting.reason)
            return PodTrouble(pod: head.id, kind: kind, message: waiting.message)
        }
        guard phase == "Pending" else { return nil }
        let scheduled = conditions.first { $0.type == "PodScheduled" && $0.status == "False" }
        return PodTrouble(pod: head.id, kind: .pending, message: scheduled?.message ?? "")
    }
}
