import ClusterModel
import Testing

@testable import Planning

struct VerifierAffinityTests {
    @Test(arguments: grounds + firsts) func `affinity finds its fellow in place`(example: PlacementCase) {
        #expect(example.scenario.claims == example.expected)
        #expect(example.scenario.refutation == example.expected)
    }

    static func lonely(_ pod: String, _ node: String, _ zone: String) -> BrokenClaim {
        refused(pod, node, .affinity(in: domain(zoneKey, zone)))
    }

    static let grounds: [PlacementCase] = [
        PlacementCase("a fellow at rest") {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db")] }
            $0.add("db-1", on: "w-3")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("no fellow in the zone", lonely("web-1", "w-5", "c")) {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db")] }
            $0.add("db-1", on: "w-3")
            $0.drain(["w-1"], ["web-1": "w-5"])
        },
        PlacementCase("the target lacks the key", refused("web-1", "w-4", .affinityKey(zoneKey))) {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db")] }
            $0.add("db-1", on: "w-3")
            $0.builder.changeNode("w-4") { $0.labels[zoneKey] = nil }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("the fellow's node lacks the key", lonely("web-1", "w-4", "b")) {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db")] }
            $0.add("db-1", on: "w-3")
            $0.builder.changeNode("w-3") { $0.labels[zoneKey] = nil }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("the fellow leaves with it, and comes along") {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db")] }
            $0.add("db-1", on: "w-1")
            $0.drain(["w-1"], ["web-1": "w-3", "db-1": "w-4"])
        },
        PlacementCase("the fellow leaves for elsewhere", lonely("web-1", "w-2", "a")) {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db")] }
            $0.add("db-1", on: "w-1")
            $0.drain(["w-1"], ["web-1": "w-2", "db-1": "w-4"])
        },
        PlacementCase("a chain grounded at its end") {
            $0.add("a-1", on: "w-1") { $0.podAffinity = [term("b")] }
            $0.add("b-1", on: "w-1") { $0.podAffinity = [term("c")] }
            $0.add("c-1", on: "w-1")
            $0.drain(["w-1"], ["a-1": "w-3", "b-1": "w-3", "c-1": "w-3"])
        },
        PlacementCase("a cycle grounds nobody", lonely("a-1", "w-3", "b"), lonely("b-1", "w-3", "b")) {
            $0.add("a-1", on: "w-1") { $0.podAffinity = [term("b")] }
            $0.add("b-1", on: "w-1") { $0.podAffinity = [term("a")] }
            $0.drain(["w-1"], ["a-1": "w-3", "b-1": "w-3"])
        },
        PlacementCase("a DaemonSet's pod on the wave's own node is a fellow") {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("agent")] }
            $0.add("agent-1", on: "w-1") { $0.owner?.kind = "DaemonSet" }
            $0.drain(["w-1"], ["web-1": "w-2"])
        },
        PlacementCase("a fellow on its way out is none", lonely("web-1", "w-4", "b")) {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db")] }
            $0.add("db-1", on: "w-3") { $0.terminating = true }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a pod at rest may lose its fellow") {
            $0.add("web-1", on: "w-3") { $0.podAffinity = [term("db")] }
            $0.add("db-1", on: "w-1")
            $0.drain(["w-1"], ["db-1": "w-5"])
        },
        PlacementCase("one fellow matches all terms") {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db"), tier("1")] }
            $0.add("db-1", on: "w-3") { $0.labels["tier"] = "1" }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("two fellows that match a term each are none", lonely("web-1", "w-4", "b")) {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db"), tier("1")] }
            $0.add("db-1", on: "w-3")
            $0.add("x-1", on: "w-3") { $0.labels["tier"] = "1" }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("each term in its own domain", refused("web-1", "w-4", .affinity(in: domain(hostKey, "w-4")))) {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db"), term("db", hostKey)] }
            $0.add("db-1", on: "w-3")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
    ]

    static func tier(_ value: String) -> PodAffinityTerm {
        PodAffinityTerm(
            selector: LabelSelector(matchLabels: ["tier": value]),
            namespaces: ["shop"],
            topologyKey: zoneKey
        )
    }

    /// `web` seeks its own kind; `web-1` and `web-2` stand on `w-1`.
    static let firsts: [PlacementCase] = [
        PlacementCase("the first of its kind, and another beside it") {
            $0.addPair()
            $0.drain(["w-1"], ["web-1": "w-3", "web-2": "w-4"])
        },
        PlacementCase("the second goes elsewhere", lonely("web-2", "w-5", "c")) {
            $0.addPair()
            $0.drain(["w-1"], ["web-1": "w-3", "web-2": "w-5"])
        },
        PlacementCase("one of its kind stays elsewhere", lonely("web-1", "w-3", "b"), lonely("web-2", "w-3", "b")) {
            $0.addPair()
            $0.add("web-3", on: "w-5")
            $0.drain(["w-1"], ["web-1": "w-3", "web-2": "w-3"])
        },
        PlacementCase("one of its kind stays on its way out", lonely("web-1", "w-3", "b"), lonely("web-2", "w-3", "b"))
        {
            $0.addPair()
            $0.add("web-3", on: "w-3") { $0.terminating = true }
            $0.drain(["w-1"], ["web-1": "w-3", "web-2": "w-3"])
        },
        PlacementCase("one of its kind where no domain is") {
            $0.addPair()
            $0.add("web-3", on: "w-5")
            $0.builder.changeNode("w-5") { $0.labels[zoneKey] = nil }
            $0.drain(["w-1"], ["web-1": "w-3", "web-2": "w-3"])
        },
        PlacementCase("it does not match its own term", lonely("web-1", "w-3", "b")) {
            $0.add("web-1", on: "w-1") { $0.podAffinity = [term("db")] }
            $0.drain(["w-1"], ["web-1": "w-3"])
        },
        PlacementCase("two firsts of which one must go before the other") {
            $0.add("a-1", on: "w-1") { $0.podAffinity = [term("a")] }
            $0.add("b-1", on: "w-1") {
                $0.podAffinity = [
                    PodAffinityTerm(
                        selector: LabelSelector(matchExpressions: [
                            .init(key: "app", operator: .in, values: ["a", "b"])
                        ]),
                        namespaces: ["shop"],
                        topologyKey: zoneKey
                    )
                ]
            }
            $0.drain(["w-1"], ["a-1": "w-3", "b-1": "w-5"])
        },
    ]

    @Test func `in several rounds nobody is the first of its kind`() {
        var scenario = PlacementScenario()
        scenario.addPair()
        scenario.builder.addBudget("web", app: "web", .maxUnavailable(.count(1)))
        scenario.drain(["w-1"], ["web-1": "w-3", "web-2": "w-3"], rounds: 2)
        #expect(scenario.claims == [Self.lonely("web-1", "w-3", "b"), Self.lonely("web-2", "w-3", "b")])
        scenario.builder.budgets = []
        scenario.waves[0].rounds = 1
        #expect(scenario.claims == [])
    }
}

extension PlacementScenario {
    fileprivate mutating func addPair() {
        for pod in ["web-1", "web-2"] { add(pod, on: "w-1") { $0.podAffinity = [term("web")] } }
    }
}
