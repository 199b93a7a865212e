import ClusterModel
import Testing

struct LabelSelectorTests {
    private static let labels = ["app": "web", "tier": "front", "size": "10"]

    @Test(arguments: [
        ("app=web", true), ("app==web", true), ("app=db", false), ("app!=db", true), ("app!=web", false),
        ("nosuch!=x", true), ("app", true), ("!app", false), ("!nosuch", true), ("app in (db, web)", true),
        ("app notin (db,web)", false), ("nosuch notin (a)", true), ("nosuch in (a)", false),
        ("app=web,tier=front", true), ("app=web, tier in (a,b)", false), ("app in (web),!x,size", true),
        ("app=", false),
    ])
    func `the text form selects as kubectl does`(text: String, matches: Bool) throws {
        #expect(try #require(LabelSelector(text: text)).matches(Self.labels) == matches)
    }

    @Test(arguments: ["", ",", "app=web,", "a b", "=x", "!", "app in (a", "(a)", "a in b", "!=x", "a=b=c,!"])
    func `what is no selector is refused`(text: String) { #expect(LabelSelector(text: text) == nil) }

    @Test(
        arguments: [
            (LabelSelector.Requirement.Operator.in, ["web"], "web", true), (.in, ["web"], nil, false),
            (.in, [], "web", false),
            (.notIn, ["web"], "web", false), (.notIn, ["web"], nil, true), (.exists, [], "", true),
            (.exists, [], nil, false),
            (.doesNotExist, [], nil, true), (.doesNotExist, [], "", false), (.greaterThan, ["7"], "10", true),
            (.greaterThan, ["10"], "10", false), (.lessThan, ["11"], "10", true), (.lessThan, ["11"], "ten", false),
            (.greaterThan, [], "10", false), (.greaterThan, ["7"], nil, false), (.lessThan, ["x"], "1", false),
        ] as [(LabelSelector.Requirement.Operator, [String], String?, Bool)]
    )
    func `each operator judges one label`(
        operator: LabelSelector.Requirement.Operator,
        values: [String],
        value: String?,
        matches: Bool
    ) {
        let requirement = LabelSelector.Requirement(key: "k", operator: `operator`, values: values)
        #expect(requirement.matches(value: value) == matches)
        #expect(requirement.matches(value.map { ["k": $0] } ?? [:]) == matches)
    }

    @Test func `one without requirements selects everything`() {
        #expect(LabelSelector().isEmpty && LabelSelector().matches([:]))
        let selector = LabelSelector(
            matchLabels: ["app": "web"],
            matchExpressions: [.init(key: "x", operator: .exists)]
        )
        #expect(!selector.isEmpty && !selector.matches(Self.labels))
    }
}

struct TaintTests {
    private static let taint = Taint(key: "gpu", value: "yes", effect: .noSchedule)

    @Test(arguments: [
        (Toleration(key: "gpu", exists: false, value: "yes"), true),
        (Toleration(key: "gpu", exists: false, value: "no"), false),
        (Toleration(key: "gpu", exists: true), true), (Toleration(key: "cpu", exists: true), false),
        (Toleration(key: nil, exists: true), true), (Toleration(key: nil, exists: false), false),
        (Toleration(key: "gpu", exists: true, effect: .noSchedule), true),
        (Toleration(key: "gpu", exists: true, effect: .noExecute), false),
        (Toleration(key: nil, exists: true, effect: .preferNoSchedule), false),
    ])
    func `a toleration meets key, value and effect`(toleration: Toleration, tolerates: Bool) {
        #expect(toleration.tolerates(Self.taint) == tolerates)
    }
}

struct PlaceRuleTests {
    private static let node = Node(
        name: "n1",
        labels: ["zone": "z1", "cores": "8", "topology.kubernetes.io/zone": "a", "topology.kubernetes.io/region": "r"],
        allocatable: .zero
    )

    @Test func `a node selector term needs all of its requirements, and one at least`() {
        let zone = LabelSelector.Requirement(key: "zone", operator: .in, values: ["z1"])
        let name = LabelSelector.Requirement(key: "metadata.name", operator: .in, values: ["n1"])
        #expect(NodeSelectorTerm(matchExpressions: [zone], matchFields: [name]).matches(Self.node))
        #expect(!NodeSelectorTerm().matches(Self.node))
        let other = LabelSelector.Requirement(key: "metadata.name", operator: .in, values: ["n2"])
        #expect(!NodeSelectorTerm(matchExpressions: [zone], matchFields: [other]).matches(Self.node))
        let foreign = LabelSelector.Requirement(key: "metadata.uid", operator: .exists)
        #expect(!NodeSelectorTerm(matchFields: [foreign]).matches(Self.node))
    }

    @Test(arguments: [
        (HostPort(port: 80), HostPort(port: 80), true), (HostPort(port: 80), HostPort(port: 81), false),
        (HostPort(port: 80), HostPort(port: 80, protocol: "UDP"), false),
        (HostPort(port: 80, address: "10.0.0.1"), HostPort(port: 80), true),
        (HostPort(port: 80, address: "10.0.0.1"), HostPort(port: 80, address: ""), true),
        (HostPort(port: 80, address: "10.0.0.1"), HostPort(port: 80, address: "10.0.0.2"), false),
    ])
    func `ports conflict by number, protocol and address`(one: HostPort, other: HostPort, conflict: Bool) {
        #expect(one.conflicts(with: other) == conflict)
        #expect(other.conflicts(with: one) == conflict)
    }

    private static func volume(_ topology: [String: Set<String>]) -> Volume {
        Volume(claim: ClaimID(namespace: "a", name: "c"), binding: .bound(volume: "v"), topology: topology)
    }

    @Test(arguments: [
        (volume([:]), true), (volume(["topology.kubernetes.io/zone": ["a", "b"]]), true),
        (volume(["topology.kubernetes.io/zone": ["b"]]), false),
        (volume(["topology.kubernetes.io/zone": ["a"], "topology.kubernetes.io/region": ["q"]]), false),
        (volume(["failure-domain.beta.kubernetes.io/zone": ["a"]]), true),
        (volume(["failure-domain.beta.kubernetes.io/region": ["q"]]), false),
    ])
    func `a volume's zones bind`(volume: Volume, allowed: Bool) { #expect(volume.allows(Self.node) == allowed) }

    @Test func `a volume binds by node affinity, and lets nobody in while it is not bound`() {
        var volume = Self.volume(["topology.kubernetes.io/zone": ["b"]])
        #expect(volume.allows(Node(name: "bare", allocatable: .zero)))
        volume.topology = [:]
        let here = NodeSelectorTerm(matchExpressions: [.init(key: "zone", operator: .in, values: ["z1"])])
        let there = NodeSelectorTerm(matchExpressions: [.init(key: "zone", operator: .in, values: ["z2"])])
        volume.nodeAffinity = [there, here]
        #expect(volume.allows(Self.node))
        volume.nodeAffinity = [there]
        #expect(!volume.allows(Self.node))
        volume.nodeAffinity = []
        volume.binding = .waitsForPod
        #expect(volume.allows(Self.node))
        volume.binding = .unbound
        #expect(!volume.allows(Self.node))
    }

    @Test(
        arguments: [
            (["a"], nil, "a", true), (["b"], nil, "a", false), ([], LabelSelector(), "a", true),
            ([], LabelSelector(matchLabels: ["team": "x"]), "a", true),
            ([], LabelSelector(matchLabels: ["team": "y"]), "a", false),
            (["b"], LabelSelector(matchLabels: ["team": "x"]), "a", true),
            ([], LabelSelector(matchLabels: ["team": "x"]), "unlabelled", false), ([], nil, "a", false),
        ] as [([String], LabelSelector?, String, Bool)]
    )
    func `a term on pods looks at namespaces by name or label`(
        names: [String],
        selector: LabelSelector?,
        namespace: String,
        selects: Bool
    ) {
        var term = PodAffinityTerm(
            selector: LabelSelector(matchLabels: ["app": "web"]),
            namespaces: names,
            namespaceSelector: selector,
            topologyKey: "zone"
        )
        let pod = Pod(id: PodID(namespace: namespace, name: "p"), labels: ["app": "web"])
        #expect(term.selects(pod, namespaces: ["a": ["team": "x"]]) == selects)
        term.selector = LabelSelector(matchLabels: ["app": "db"])
        #expect(!term.selects(pod, namespaces: ["a": ["team": "x"]]))
        term.selector = nil
        #expect(!term.selects(pod, namespaces: ["a": ["team": "x"]]))
    }
}
