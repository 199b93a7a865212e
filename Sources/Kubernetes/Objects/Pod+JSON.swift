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
            case "resources": try cursor.object(at: "requests") { footprint.wholePod = try Resources(json: &$0) }
            case "nodeSelector": nodeSelector = try cursor.map()
            case "affinity": try readAffinity(&cursor)
            case "tolerations": try cursor.array { tolerations.append(try Toleration(json: &$0)) }
            case "priority": priority = try cursor.integer() ?? 0
            case "volumes":
                try cursor.array { cursor in
                    try cursor.object { cursor, key in
                        if key.is("emptyDir") { hasEmptyDir = try cursor.peek() != .null }
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
            case "phase": phase = Phase(rawValue: try cursor.text()) ?? .unknown
            case "conditions": ready = try Condition.list(&cursor).contains { $0.type == "Ready" && $0.isTrue }
            default: try cursor.skip()
            }
        }
    }
}
