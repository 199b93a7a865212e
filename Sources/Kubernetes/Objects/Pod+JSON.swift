import ClusterModel

extension Pod {
    /// Reads a pod; its `workload` is its controller, a ReplicaSet not yet traced to its Deployment.
    init(json cursor: inout JSONCursor) throws {
        var head = ObjectHead()
        self.init(id: PodID(namespace: "", name: ""), phase: .unknown, ready: false)
        var footprint = PodFootprint()
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor)
            case "spec": try readSpec(&cursor, &footprint)
            case "status": try readStatus(&cursor)
            default: try cursor.skip()
            }
        }
        id = head.id
        uid = head.uid
        labels = head.labels
        terminating = head.isTerminating
        owner = head.owner
        isMirror = head.annotations["kubernetes.io/config.mirror"] != nil
        requests = footprint.total
        workload = owner.map { WorkloadID(kind: $0.kind, namespace: head.namespace, name: $0.name) }
    }

    private mutating func readSpec(_ cursor: inout JSONCursor, _ footprint: inout PodFootprint) throws {
        try cursor.object { cursor, key in
            switch key {
            case "nodeName": node = try cursor.scalar()
            case "containers": try cursor.array { try footprint.addContainer(&$0) }
            case "initContainers": try cursor.array { try footprint.addInitContainer(&$0) }
            case "overhead": footprint.overhead = try Resources(json: &cursor)
            case "nodeSelector": nodeSelector = try cursor.map()
            case "affinity": try readAffinity(&cursor)
            case "tolerations": try cursor.array { tolerations.append(try Toleration(json: &$0)) }
            case "priority": priority = try cursor.integer() ?? 0
            case "volumes":
                try cursor.array { cursor in
                    try cursor.object { cursor, key in
                        if key == "emptyDir" { hasEmptyDir = true }
                        try cursor.skip()
                    }
                }
            default: try cursor.skip()
            }
        }
    }

    private mutating func readAffinity(_ cursor: inout JSONCursor) throws {
        try cursor.object(at: "nodeAffinity") { cursor in
            try cursor.object(at: "requiredDuringSchedulingIgnoredDuringExecution") { cursor in
                try cursor.object(at: "nodeSelectorTerms") { cursor in
                    try cursor.array { nodeAffinity.append(try NodeSelectorTerm(json: &$0)) }
                }
            }
        }
    }

    private mutating func readStatus(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "phase": phase = Phase(rawValue: try cursor.scalar() ?? "") ?? .unknown
            case "conditions": ready = try Condition.list(&cursor).contains { $0.type == "Ready" && $0.isTrue }
            default: try cursor.skip()
            }
        }
    }
}

extension JSONCursor {
    /// Reads the value of one key of an object and skips the others.
    mutating func object(at wanted: String, _ body: (inout JSONCursor) throws -> Void) throws {
        try object { cursor, key in
            if key == wanted { try body(&cursor) } else { try cursor.skip() }
        }
    }
}

/// What the scheduler counts for a pod: the larger of its containers together and each init container with the sidecars
/// before it, plus the overhead (`k8s.io/component-helpers/resource`).
struct PodFootprint {
    private var containers = Resources.zero
    private var sidecars = Resources.zero
    private var initPeak = Resources.zero
    var overhead = Resources.zero

    var total: Resources {
        var sum = (containers + sidecars).maximum(initPeak) + overhead
        sum.pods = 1
        return sum
    }

    mutating func addContainer(_ cursor: inout JSONCursor) throws { containers += try Self.container(&cursor).requests }

    mutating func addInitContainer(_ cursor: inout JSONCursor) throws {
        let (requests, isSidecar) = try Self.container(&cursor)
        if isSidecar { sidecars += requests }
        initPeak = initPeak.maximum(isSidecar ? sidecars : sidecars + requests)
    }

    private static func container(_ cursor: inout JSONCursor) throws -> (requests: Resources, isSidecar: Bool) {
        var requests = Resources.zero
        var limits = Resources.zero
        var isSidecar = false
        try cursor.object { cursor, key in
            switch key {
            case "restartPolicy": isSidecar = try cursor.scalar() == "Always"
            case "resources":
                try cursor.object { cursor, key in
                    switch key {
                    case "requests": requests = try Resources(json: &cursor)
                    case "limits": limits = try Resources(json: &cursor)
                    default: try cursor.skip()
                    }
                }
            default: try cursor.skip()
            }
        }
        // Extended resources may be stated as limits alone.
        for (name, amount) in limits.extended where requests.extended[name] == nil { requests.extended[name] = amount }
        return (requests, isSidecar)
    }
}

extension Toleration {
    init(json cursor: inout JSONCursor) throws {
        var fields: [String: String] = [:]
        try cursor.object { cursor, key in fields[key] = try cursor.scalar() }
        self.init(
            key: fields["key"].flatMap { $0.isEmpty ? nil : $0 },
            exists: fields["operator"] == "Exists",
            value: fields["value"] ?? "",
            effect: fields["effect"].flatMap(Taint.Effect.init(rawValue:))
        )
    }
}

extension NodeSelectorTerm {
    init(json cursor: inout JSONCursor) throws {
        self.init()
        try cursor.object { cursor, key in
            switch key {
            case "matchExpressions": matchExpressions = try LabelSelector.Requirement.list(&cursor)
            case "matchFields": matchFields = try LabelSelector.Requirement.list(&cursor)
            default: try cursor.skip()
            }
        }
    }
}

extension LabelSelector.Requirement {
    static func list(_ cursor: inout JSONCursor) throws -> [LabelSelector.Requirement] {
        var requirements: [LabelSelector.Requirement] = []
        try cursor.array { cursor in
            var requirement = LabelSelector.Requirement(key: "", operator: .exists)
            try cursor.object { cursor, key in
                switch key {
                case "key": requirement.key = try cursor.scalar() ?? ""
                case "operator":
                    let word = try cursor.scalar() ?? ""
                    guard let known = Operator(rawValue: word) else { throw cursor.error("unknown operator \(word)") }
                    requirement.operator = known
                case "values": requirement.values = try cursor.strings()
                default: try cursor.skip()
                }
            }
            requirements.append(requirement)
        }
        return requirements
    }
}

extension LabelSelector {
    init(json cursor: inout JSONCursor) throws {
        self.init()
        try cursor.object { cursor, key in
            switch key {
            case "matchLabels": matchLabels = try cursor.map()
            case "matchExpressions": matchExpressions = try Requirement.list(&cursor)
            default: try cursor.skip()
            }
        }
    }
}
