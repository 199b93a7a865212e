import ClusterModel

/// The required parts of a pod's `affinity`.
struct RequiredAffinity {
    var nodes: [NodeSelectorTerm] = []
    var pods: [PodTerm] = []
    var antiPods: [PodTerm] = []

    init() {}

    init(json cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            let required: StaticString = "requiredDuringSchedulingIgnoredDuringExecution"
            switch key {
            case "nodeAffinity":
                try cursor.object(at: required) { nodes = try NodeSelectorTerm.list(&$0) }
            case "podAffinity":
                try cursor.object(at: required) { pods = try $0.list { try PodTerm(json: &$0) } }
            case "podAntiAffinity":
                try cursor.object(at: required) { antiPods = try $0.list { try PodTerm(json: &$0) } }
            default: try cursor.skip()
            }
        }
    }
}

/// A term on pods, before it is known whose it is.
struct PodTerm {
    private var term = PodAffinityTerm(selector: nil, namespaces: [], topologyKey: "")

    init(json cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "labelSelector": term.selector = try LabelSelector(ifPresent: &cursor)
            case "namespaces": term.namespaces = try cursor.strings()
            case "namespaceSelector": term.namespaceSelector = try LabelSelector(ifPresent: &cursor)
            case "topologyKey": term.topologyKey = try cursor.text()
            default: try cursor.skip()
            }
        }
    }

    /// A term that names no namespaces in any way means the pod's own.
    func term(of pod: PodID) -> PodAffinityTerm {
        var term = term
        if term.namespaces.isEmpty, term.namespaceSelector == nil { term.namespaces = [pod.namespace] }
        return term
    }
}
