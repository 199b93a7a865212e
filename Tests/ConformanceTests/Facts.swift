/// What the observer takes from a pod.
struct PodFact: Hashable, Sendable {
    let uid: String
    let name: String
    /// `NAMESPACE/APP`, after the `app` label that every workload of the lab gives its pods.
    let workload: String
    let node: String?
    /// Its `Ready` condition is true.
    let ready: Bool
    /// It has a `deletionTimestamp`.
    let terminating: Bool

    init(uid: String, name: String, workload: String, node: String? = nil, ready: Bool, terminating: Bool = false) {
        self.uid = uid
        self.name = name
        self.workload = workload
        self.node = node
        self.ready = ready
        self.terminating = terminating
    }

    /// `NAMESPACE/NAME`.
    var id: String { "\(workload.prefix { $0 != "/" })/\(name)" }

    init?(_ pod: JSONObject) {
        let metadata = pod.object("metadata")
        guard let uid = metadata.string("uid"), let name = metadata.string("name"),
            let namespace = metadata.string("namespace"), let app = metadata.object("labels").string("app")
        else { return nil }
        let conditions = pod.object("status").objects("conditions")
        self.init(
            uid: uid,
            name: name,
            workload: "\(namespace)/\(app)",
            node: pod.object("spec").string("nodeName"),
            ready: conditions.contains { $0.string("type") == "Ready" && $0.string("status") == "True" },
            terminating: metadata.has("deletionTimestamp")
        )
    }
}

/// What the observer takes from a node.
struct NodeFact: Hashable, Sendable {
    let name: String
    let cordoned: Bool
    let annotations: [String]

    init?(_ node: JSONObject) {
        guard let name = node.object("metadata").string("name") else { return nil }
        self.name = name
        cordoned = node.object("spec").flag("unschedulable")
        annotations = node.object("metadata").strings("annotations").keys.sorted()
    }
}

/// A budget's rule, and the workload it is for.
struct BudgetFact: Hashable, Sendable {
    enum Rule: Hashable, Sendable {
        case minAvailable(Amount)
        case maxUnavailable(Amount)
    }

    enum Amount: Hashable, Sendable {
        case count(Int)
        case percent(Int)

        /// Percentages are rounded up for both rules, as the disruption controller does.
        func of(_ whole: Int) -> Int {
            switch self {
            case .count(let count): count
            case .percent(let percent): (whole * percent + 99) / 100
            }
        }
    }

    /// What the API server grants evictions by.
    struct Ledger: Hashable, Sendable {
        var allowed = 0
        var healthy = 0
        var desired = Int.max
        /// The names of pods whose eviction is granted and not yet counted.
        var disrupted: Set<String> = []
        /// The controller has seen the rule as it is.
        var isCurrent = true
    }

    let name: String
    let workload: String
    let rule: Rule
    let ledger: Ledger

    init(name: String, workload: String, rule: Rule, ledger: Ledger = Ledger()) {
        self.name = name
        self.workload = workload
        self.rule = rule
        self.ledger = ledger
    }

    init?(_ budget: JSONObject) {
        let spec = budget.object("spec")
        guard let namespace = budget.object("metadata").string("namespace"),
            let name = budget.object("metadata").string("name"),
            let app = spec.object("selector").object("matchLabels").string("app")
        else { return nil }
        self.name = "\(namespace)/\(name)"
        workload = "\(namespace)/\(app)"
        if let amount = Self.amount(spec, "minAvailable") {
            rule = .minAvailable(amount)
        } else if let amount = Self.amount(spec, "maxUnavailable") {
            rule = .maxUnavailable(amount)
        } else {
            return nil
        }
        let status = budget.object("status")
        ledger = Ledger(
            allowed: status.integer("disruptionsAllowed") ?? 0,
            healthy: status.integer("currentHealthy") ?? 0,
            desired: status.integer("desiredHealthy") ?? .max,
            disrupted: Set(status.strings("disruptedPods").keys),
            isCurrent: status.integer("observedGeneration") == budget.object("metadata").integer("generation")
        )
    }

    private static func amount(_ spec: JSONObject, _ key: String) -> Amount? {
        if let count = spec.integer(key) { return .count(count) }
        guard let text = spec.string(key), text.hasSuffix("%") else { return nil }
        return Int(text.dropLast()).map { .percent($0) }
    }

    /// How many pods must stay healthy when the workload asks for `replicas`.
    func desiredHealthy(replicas: Int) -> Int {
        switch rule {
        case .minAvailable(let amount): amount.of(replicas)
        case .maxUnavailable(let amount): max(0, replicas - amount.of(replicas))
        }
    }
}
