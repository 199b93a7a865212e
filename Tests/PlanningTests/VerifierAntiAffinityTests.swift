import ClusterModel
import Testing

@testable import Planning

struct VerifierAntiAffinityTests {
    @Test(arguments: cases) func `anti-affinity holds both ways`(example: PlacementCase) {
        #expect(example.scenario.claims == example.expected)
    }

    @Test(arguments: cases) func `the live check knows anti-affinity too`(example: PlacementCase) {
        let first = example.expected.filter { $0.waveNumber == 1 }
        #expect(example.scenario.refutation == first)
    }

    static let zoneB = domain(zoneKey, "b")

    static let cases: [PlacementCase] = [
        PlacementCase("another zone") {
            $0.add("web-1", on: "w-1") { $0.podAntiAffinity = [term("db")] }
            $0.add("db-1", on: "w-3")
            $0.drain(["w-1"], ["web-1": "w-5"])
        },
        PlacementCase(
            "the pod's own term",
            refused("web-1", "w-4", .antiAffinity(to: ClusterBuilder.id("db-1"), in: zoneB))
        ) {
            $0.add("web-1", on: "w-1") { $0.podAntiAffinity = [term("db")] }
            $0.add("db-1", on: "w-3")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase(
            "the other pod's term",
            refused("web-1", "w-4", .foreignAntiAffinity(of: ClusterBuilder.id("db-1"), in: zoneB))
        ) {
            $0.add("web-1", on: "w-1")
            $0.add("db-1", on: "w-3") { $0.podAntiAffinity = [term("web")] }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("the same zone, another host") {
            $0.add("web-1", on: "w-1") { $0.podAntiAffinity = [term("db", hostKey)] }
            $0.add("db-1", on: "w-3")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("the target lacks the key") {
            $0.add("web-1", on: "w-1") { $0.podAntiAffinity = [term("db")] }
            $0.add("db-1", on: "w-3") { $0.podAntiAffinity = [term("web")] }
            $0.builder.changeNode("w-4") { $0.labels[zoneKey] = nil }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("the other pod's node lacks the key") {
            $0.add("web-1", on: "w-1") { $0.podAntiAffinity = [term("db")] }
            $0.add("db-1", on: "w-3") { $0.podAntiAffinity = [term("web")] }
            $0.builder.changeNode("w-3") { $0.labels[zoneKey] = nil }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("finished pods repel nobody") {
            $0.add("web-1", on: "w-1")
            $0.add("db-1", on: "w-3") {
                $0.podAntiAffinity = [term("web")]
                $0.phase = .succeeded
            }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase(
            "what stays on a node of the wave repels",
            refused("web-1", "w-2", .foreignAntiAffinity(of: ClusterBuilder.id("agent-1"), in: domain(zoneKey, "a")))
        ) {
            $0.add("web-1", on: "w-1")
            $0.add("agent-1", on: "w-1") {
                $0.podAntiAffinity = [term("web")]
                $0.owner?.kind = "DaemonSet"
            }
            $0.drain(["w-1"], ["web-1": "w-2"])
        },
        PlacementCase(
            "two moved pods of one workload",
            refused("web-1", "w-3", .antiAffinity(to: ClusterBuilder.id("web-2"), in: zoneB)),
            refused("web-1", "w-3", .foreignAntiAffinity(of: ClusterBuilder.id("web-2"), in: zoneB)),
            refused("web-2", "w-4", .antiAffinity(to: ClusterBuilder.id("web-1"), in: zoneB)),
            refused("web-2", "w-4", .foreignAntiAffinity(of: ClusterBuilder.id("web-1"), in: zoneB))
        ) {
            for (pod, node) in ["web-1": "w-1", "web-2": "w-5"] as KeyValuePairs {
                $0.add(pod, on: node) { $0.podAntiAffinity = [term("web")] }
            }
            $0.drain(["w-1", "w-5"], ["web-1": "w-3", "web-2": "w-4"])
        },
        PlacementCase("a pod alone is no violation of its own term") {
            $0.add("web-1", on: "w-1") { $0.podAntiAffinity = [term("web")] }
            $0.drain(["w-1"], ["web-1": "w-2"])
        },
        PlacementCase(
            "a term that stands twice is one",
            refused("web-1", "w-4", .antiAffinity(to: ClusterBuilder.id("db-1"), in: zoneB))
        ) {
            $0.add("web-1", on: "w-1") { $0.podAntiAffinity = [term("db"), term("web"), term("db")] }
            $0.add("db-1", on: "w-3")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a pod that has left in the same wave repels no more") {
            $0.add("web-1", on: "w-1") { $0.podAntiAffinity = [term("db")] }
            $0.add("db-1", on: "w-3")
            $0.drain(["w-1", "w-3"], ["web-1": "w-4", "db-1": "w-5"])
        },
        PlacementCase(
            "where it came in an earlier wave",
            refused("web-1", "w-4", .antiAffinity(to: ClusterBuilder.id("db-1"), in: zoneB), wave: 2)
        ) {
            $0.add("web-1", on: "w-1") { $0.podAntiAffinity = [term("db")] }
            $0.add("db-1", on: "w-5")
            $0.drain(["w-5"], ["db-1": "w-3"])
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("pods at rest may break the rule") {
            $0.add("web-1", on: "w-1")
            $0.add("db-1", on: "w-3") { $0.podAntiAffinity = [term("db")] }
            $0.add("db-2", on: "w-4") { $0.podAntiAffinity = [term("db")] }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
    ]
}

struct VerifierNamespaceTests {
    /// `db-1` of `bank`, whose namespace has the label `team=money`, stands where `web-1` of `shop` is to go.
    @Test(
        arguments: [
            (["shop"], nil, false), (["bank"], nil, true),
            (["shop"], LabelSelector(matchLabels: ["team": "money"]), true),
            (["shop"], LabelSelector(matchLabels: ["team": "other"]), false), ([], LabelSelector(), true),
            ([], nil, false),
        ] as [([String], LabelSelector?, Bool)]
    )
    func `a term looks at its namespaces and those its selector finds`(
        namespaces: [String],
        namespaceSelector: LabelSelector?,
        isBroken: Bool
    ) {
        var scenario = PlacementScenario()
        scenario.namespaces = ["bank": ["team": "money"], "shop": [:]]
        scenario.add("web-1", on: "w-1") {
            $0.podAntiAffinity = [
                PodAffinityTerm(
                    selector: selector(app: "db"),
                    namespaces: namespaces,
                    namespaceSelector: namespaceSelector,
                    topologyKey: zoneKey
                )
            ]
        }
        scenario.add("db-1", on: "w-3") { $0.id.namespace = "bank" }
        scenario.drain(["w-1"], ["web-1": "w-3"])
        let fault = BrokenClaim.TargetFault.antiAffinity(
            to: PodID(namespace: "bank", name: "db-1"),
            in: domain(zoneKey, "b")
        )
        #expect(scenario.claims == (isBroken ? [refused("web-1", "w-3", fault)] : []))
    }

    @Test(
        arguments: [
            (nil, false), (LabelSelector(), true),
            (LabelSelector(matchExpressions: [.init(key: "app", operator: .in, values: ["db", "x"])]), true),
            (LabelSelector(matchExpressions: [.init(key: "app", operator: .in, values: ["x"])]), false),
            (LabelSelector(matchExpressions: [.init(key: "app", operator: .notIn, values: ["web"])]), true),
            (LabelSelector(matchLabels: ["app": "db", "tier": "1"]), false),
        ] as [(LabelSelector?, Bool)]
    )
    func `every kind of selector finds its pods`(selector: LabelSelector?, isBroken: Bool) {
        var scenario = PlacementScenario()
        scenario.add("web-1", on: "w-1") {
            $0.podAntiAffinity = [PodAffinityTerm(selector: selector, namespaces: ["shop"], topologyKey: zoneKey)]
        }
        scenario.add("db-1", on: "w-3")
        scenario.drain(["w-1"], ["web-1": "w-3"])
        #expect(scenario.claims.isEmpty != isBroken)
    }
}
