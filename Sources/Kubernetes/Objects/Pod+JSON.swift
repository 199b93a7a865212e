import ClusterModel

extension Pod {
    /// Reads a pod; its `workload` is its controller, a ReplicaSet not yet traced to its Deployment.
    init(json cursor: inout JSONCursor, _ shared: SharedParts = SharedParts()) throws {
        var head = ObjectHead()
        self.init(id: PodID(namespace: "", name: ""), phase: .unknown, ready: false)
        var reading = PodReading()
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try head.read(&cursor, shared, annotations: .one(Self.mirrorAnnotation))
            case "spec": try readSpec(&cursor, shared, &reading)
            case "status": try readStatus(&cursor, shared, &reading)
            default: try cursor.skip()
            }
        }
        id = head.id
        uid = head.uid
        labels = head.labels
        terminating = head.isTerminating
        owner = head.owner
        isMirror = head.annotations[Self.mirrorAnnotation] != nil
        workload = owner.map { WorkloadID(kind: $0.kind, namespace: head.home, name: $0.name) }
        requests = reading.footprint.requests
        hostPorts = reading.footprint.hostPorts
        qualityOfService = reading.qualityOfService ?? reading.footprint.qualityOfService
        nodeAffinity = reading.affinity.nodes
        podAffinity = reading.affinity.pods.map { $0.term(of: id) }
        podAntiAffinity = reading.affinity.antiPods.map { $0.term(of: id) }
        topologySpread = reading.spread.map { $0.constraint(of: labels) }
        claims += reading.ephemeralVolumes.map { "\(id.name)-\($0)" }
    }

    private static let mirrorAnnotation = "kubernetes.io/config.mirror"

    private mutating func readSpec(
        _ cursor: inout JSONCursor,
        _ shared: SharedParts,
        _ reading: inout PodReading
    ) throws {
        try cursor.object { cursor, key in
            switch key {
            case "nodeName": node = try shared.text(&cursor).flatMap { $0.isEmpty ? nil : $0 }
            case "containers": try reading.footprint.readContainers(&cursor, shared)
            case "initContainers": try reading.footprint.readInitContainers(&cursor, shared)
            case "overhead": reading.footprint.overhead = try Resources(json: &cursor)
            case "resources":
                try cursor.object(at: "requests") { reading.footprint.wholePod = try Resources(json: &$0) }
            case "hostNetwork": reading.footprint.isInHostNetwork = try cursor.boolean()
            case "nodeSelector": nodeSelector = try shared.labels.value(&cursor) { try $0.map() }
            case "affinity":
                reading.affinity = try shared.affinities.value(&cursor) { try RequiredAffinity(json: &$0) }
            case "tolerations":
                tolerations = try shared.tolerations.value(&cursor) { try $0.list { try Toleration(json: &$0) } }
            case "topologySpreadConstraints":
                reading.spread = try shared.spreads.value(&cursor) { try SpreadConstraint.forbidding(&$0) }
            case "priority": priority = try cursor.integer(in: Int(Int32.min)...Int(Int32.max)) ?? 0
            case "volumes": try readVolumes(&cursor, &reading)
            default: try cursor.skip()
            }
        }
    }

    private mutating func readVolumes(_ cursor: inout JSONCursor, _ reading: inout PodReading) throws {
        hasEmptyDir = false
        claims = []
        reading.ephemeralVolumes = []
        try cursor.array { cursor in
            var name: JSONSpan?
            var isEphemeral = false
            try cursor.object { cursor, key in
                switch key {
                case "name": name = try cursor.spanIfText()
                case "emptyDir":
                    if try cursor.peek() != .null { hasEmptyDir = true }
                    try cursor.skip()
                case "ephemeral":
                    isEphemeral = try cursor.peek() != .null
                    try cursor.skip()
                case "persistentVolumeClaim":
                    try cursor.object(at: "claimName") { claims.append(try $0.text()) }
                default: try cursor.skip()
                }
            }
            if isEphemeral, let name { reading.ephemeralVolumes.append(name.text) }
        }
    }

    private mutating func readStatus(
        _ cursor: inout JSONCursor,
        _ shared: SharedParts,
        _ reading: inout PodReading
    ) throws {
        try cursor.object { cursor, key in
            switch key {
            case "phase": phase = try shared.text(&cursor).flatMap(Phase.init(rawValue:)) ?? .unknown
            case "qosClass":
                reading.qualityOfService = try shared.text(&cursor).flatMap(QualityOfService.init(rawValue:))
            case "conditions":
                try Condition.each(&cursor) { condition in
                    if condition.is("Ready") { ready = condition.isTrue }
                    if condition.is("PodResizePending") {
                        reading.footprint.resizeIsInfeasible = condition.reason?.is("Infeasible") ?? false
                    }
                }
            case "containerStatuses", "initContainerStatuses": try reading.footprint.readStatuses(&cursor, shared)
            default: try cursor.skip()
            }
        }
    }
}

/// What of a pod can be worked out only when all of it was read.
private struct PodReading {
    var footprint = PodFootprint()
    var affinity = RequiredAffinity()
    var spread: [SpreadConstraint] = []
    var ephemeralVolumes: [String] = []
    var qualityOfService: Pod.QualityOfService?
}
