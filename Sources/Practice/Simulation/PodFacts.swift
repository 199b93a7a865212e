import ClusterModel

/// Where a pod may run: what never changes in its spec, read once.
struct PodRules: Sendable {
    let requests: Resources
    let priority: Int
    let nodeSelector: Labels
    let nodeAffinity: [NodeSelectorTerm]?
    let tolerations: [Toleration]
    /// How long a toleration of a NoExecute taint holds, beside ``tolerations``; nil for ever.
    let tolerationSeconds: [Int?]
    let repelled: [PodAffinityRule]
    let attracted: [PodAffinityRule]
    let spread: [SpreadRule]
    let hostPorts: [HostPort]
    /// The names of the claims that it mounts.
    let claims: [String]

    /// A required (anti-)affinity to pods of the own namespace or of named ones.
    struct PodAffinityRule: Sendable {
        let topologyKey: String
        let selector: LabelSelector
        let namespaces: Set<String>
    }

    /// A topology spread constraint that must hold.
    struct SpreadRule: Sendable {
        let topologyKey: String
        let maxSkew: Int
        let selector: LabelSelector
    }

    init(_ pod: JSONValue) {
        let spec = pod["spec"] ?? [:]
        let namespace = pod["metadata", "namespace"]?.string ?? "default"
        requests = Resources(podSpec: spec)
        priority = spec["priority"]?.integer ?? 0
        nodeSelector = Dictionary(spec["nodeSelector"]?.stringMembers.map { ($0.key, $0.value) } ?? []) { $1 }
        let required = "requiredDuringSchedulingIgnoredDuringExecution"
        nodeAffinity = spec["affinity", "nodeAffinity", required, "nodeSelectorTerms"]?.array?
            .map(NodeSelectorTerm.init(json:))
        let tolerations = spec["tolerations"]?.array ?? []
        self.tolerations = tolerations.map(Toleration.init(json:))
        tolerationSeconds = tolerations.map { $0["tolerationSeconds"]?.integer }
        repelled = Self.rules(spec["affinity", "podAntiAffinity", required], namespace)
        attracted = Self.rules(spec["affinity", "podAffinity", required], namespace)
        hostPorts = Self.hostPorts(spec)
        claims = (spec["volumes"]?.array ?? []).compactMap { $0["persistentVolumeClaim", "claimName"]?.string }
        spread = (spec["topologySpreadConstraints"]?.array ?? [])
            .filter { $0["whenUnsatisfiable"]?.string != "ScheduleAnyway" }
            .compactMap { rule in
                guard let key = rule["topologyKey"]?.string, let selector = LabelSelector(json: rule["labelSelector"])
                else { return nil }
                return SpreadRule(topologyKey: key, maxSkew: rule["maxSkew"]?.integer ?? 1, selector: selector)
            }
    }

    private static func hostPorts(_ spec: JSONValue) -> [HostPort] {
        let containers = spec["containers"]?.array ?? []
        return containers.flatMap { $0["ports"]?.array ?? [] }.compactMap { port in
            guard let number = port["hostPort"]?.integer, number > 0 else { return nil }
            return HostPort(
                port: number,
                protocol: port["protocol"]?.string ?? "TCP",
                address: port["hostIP"]?.string ?? ""
            )
        }
    }

    private static func rules(_ terms: JSONValue?, _ namespace: String) -> [PodAffinityRule] {
        (terms?.array ?? []).compactMap { term in
            guard let key = term["topologyKey"]?.string, let selector = LabelSelector(json: term["labelSelector"])
            else { return nil }
            let named = (term["namespaces"]?.array ?? []).compactMap(\.string)
            return PodAffinityRule(
                topologyKey: key,
                selector: selector,
                namespaces: named.isEmpty ? [namespace] : Set(named)
            )
        }
    }

    /// How long the pod may stay beside a NoExecute taint: nil for ever, zero not at all.
    func staying(beside taint: Taint) -> Duration? {
        let held = zip(tolerations, tolerationSeconds).filter { $0.0.tolerates(taint) }.map(\.1)
        if held.isEmpty { return .zero }
        let limits = held.compactMap { $0 }
        return limits.min().map { .seconds(max(0, $0)) }
    }
}

/// A pod as scheduler and controllers see it.
struct PodFacts: Sendable {
    let key: ObjectKey
    let uid: String
    let rules: PodRules
    var labels: Labels
    var owner: OwnerReference?
    var node: String?
    var phase: Pod.Phase
    var isReady: Bool
    var isTerminating: Bool
    var isMirror: Bool

    var isFinished: Bool { phase == .succeeded || phase == .failed }
    var isActive: Bool { !isFinished && !isTerminating }

    init(_ key: ObjectKey, _ pod: JSONValue, rules: PodRules?) {
        self.key = key
        self.rules = rules ?? PodRules(pod)
        uid = pod["metadata", "uid"]?.string ?? ""
        labels = pod.labels
        owner = pod.controller
        node = pod["spec", "nodeName"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        phase = pod["status", "phase"]?.string.flatMap(Pod.Phase.init) ?? .pending
        isReady = pod.condition("Ready") == "True"
        isTerminating = pod["metadata", "deletionTimestamp"] != nil
        isMirror = pod["metadata", "annotations", "kubernetes.io/config.mirror"] != nil
    }
}

/// The pods' facts, found by key, node and owner.
struct PodIndex: Sendable {
    private(set) var facts: [ObjectKey: PodFacts] = [:]
    private var byNode: [String: Set<ObjectKey>] = [:]
    private var byOwner: [String: Set<ObjectKey>] = [:]
    private var byNamespace: [String: Set<ObjectKey>] = [:]
    private var used: [String: Resources] = [:]
    /// Pods with a required anti-affinity: they have a say in where others go.
    private var repelling: Set<ObjectKey> = []

    subscript(_ key: ObjectKey) -> PodFacts? { facts[key] }

    mutating func set(_ pod: PodFacts) {
        remove(pod.key)
        facts[pod.key] = pod
        if !pod.rules.repelled.isEmpty { repelling.insert(pod.key) }
        byNamespace[pod.key.namespace, default: []].insert(pod.key)
        if let owner = pod.owner { byOwner[owner.uid, default: []].insert(pod.key) }
        guard let node = pod.node else { return }
        byNode[node, default: []].insert(pod.key)
        if !pod.isFinished { used[node, default: .zero] += pod.rules.requests }
    }

    mutating func remove(_ key: ObjectKey) {
        guard let pod = facts.removeValue(forKey: key) else { return }
        repelling.remove(key)
        byNamespace[key.namespace]?.remove(key)
        if let owner = pod.owner { byOwner[owner.uid]?.remove(key) }
        guard let node = pod.node else { return }
        byNode[node]?.remove(key)
        if !pod.isFinished { used[node, default: .zero] -= pod.rules.requests }
    }

    /// Finished pods hold nothing.
    func used(on node: String) -> Resources { used[node] ?? .zero }
    func keys(on node: String) -> [ObjectKey] { (byNode[node] ?? []).sorted() }
    func keys(ownedBy uid: String) -> [ObjectKey] { (byOwner[uid] ?? []).sorted() }
    func keys(in namespace: String) -> [ObjectKey] { (byNamespace[namespace] ?? []).sorted() }
    /// How many pods of one owner are on a node.
    func count(on node: String, ownedBy uid: String) -> Int {
        (byNode[node] ?? []).count { facts[$0]?.owner?.uid == uid }
    }

    /// The pods that matter to where `pod` goes: all where it has rules about others, else those with rules about it.
    func neighbours(of pod: PodFacts) -> [PodFacts] {
        let hasRules = !pod.rules.repelled.isEmpty || !pod.rules.attracted.isEmpty || !pod.rules.spread.isEmpty
        let candidates = hasRules ? Array(facts.values) : repelling.compactMap { facts[$0] }
        return candidates.filter { $0.node != nil && !$0.isFinished && $0.uid != pod.uid }
    }
    func owned(by uid: String) -> [PodFacts] { keys(ownedBy: uid).compactMap { facts[$0] } }
}

/// A node as scheduler and controllers see it.
struct NodeFacts: Sendable {
    let node: Node

    init(_ key: ObjectKey, _ object: JSONValue) {
        node = Node(
            name: key.name,
            labels: object.labels,
            taints: (object["spec", "taints"]?.array ?? []).compactMap(Taint.init(json:)),
            unschedulable: object["spec", "unschedulable"]?.bool ?? false,
            ready: object.condition("Ready") == "True",
            allocatable: Resources(json: object["status", "allocatable"])
        )
    }
}
