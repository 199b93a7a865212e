import ClusterModel

/// From where the volumes of a pod's claims can be reached.
struct PodVolumes: Sendable {
    /// A claim that is missing, or has no volume: the pod can run nowhere.
    private var missing: String?
    /// For each volume that says so, the alternatives of which a node must meet one.
    private var reach: [[NodeSelectorTerm]] = []

    init(of pod: PodFacts, in store: ObjectStore) {
        for name in pod.rules.claims {
            guard let claim = store[.persistentVolumeClaim, ObjectKey(namespace: pod.key.namespace, name: name)] else {
                missing = "persistentvolumeclaim \"\(name)\" not found"
                return
            }
            guard let volume = claim["spec", "volumeName"]?.string, !volume.isEmpty else {
                missing = "pod has unbound immediate PersistentVolumeClaims"
                return
            }
            let terms = store[.persistentVolume, ObjectKey(name: volume)]?[
                "spec",
                "nodeAffinity",
                "required",
                "nodeSelectorTerms"
            ]
            if let terms = terms?.array { reach.append(terms.map(NodeSelectorTerm.init(json:))) }
        }
    }

    func obstacle(on node: Node) -> String? {
        if let missing { return missing }
        let isInReach = reach.allSatisfy { terms in terms.contains { $0.matches(node) } }
        return isInReach ? nil : "node(s) had volume node affinity conflict"
    }
}
