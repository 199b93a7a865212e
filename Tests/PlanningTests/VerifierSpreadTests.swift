import ClusterModel
import Testing

@testable import Planning

struct VerifierSpreadTests {
    @Test(arguments: skews + fields) func `the skew is judged in the end state`(example: PlacementCase) {
        #expect(example.scenario.claims == example.expected)
        #expect(example.scenario.refutation == example.expected)
    }

    static func skewed(
        _ pod: String,
        _ node: String,
        _ place: BrokenClaim.Domain,
        _ pods: Int,
        _ least: Int,
        maxSkew: Int = 1
    ) -> BrokenClaim {
        refused(pod, node, .spread(in: place, pods: pods, least: least, maxSkew: maxSkew))
    }

    static let b = domain(zoneKey, "b")

    static let skews: [PlacementCase] = [
        PlacementCase("to the emptiest zone") {
            $0.addWeb(on: "w-1", "w-2", "w-3")
            $0.drain(["w-1"], ["web-1": "w-5"])
        },
        PlacementCase("two more than the emptiest", skewed("web-1", "w-4", b, 2, 0)) {
            $0.addWeb(on: "w-1", "w-3")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a larger skew is allowed") {
            $0.addWeb(on: "w-1", "w-3") { $0.topologySpread[0].maxSkew = 2 }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("all moves together are judged") {
            $0.addWeb(on: "w-1", "w-3")
            $0.drain(["w-1", "w-3"], ["web-1": "w-4", "web-2": "w-5"])
        },
        PlacementCase("others of the namespace count, other namespaces do not") {
            $0.addWeb(on: "w-1")
            $0.add("web-8", on: "w-3") { $0.id.namespace = "other" }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a pod on its way out does not count") {
            $0.addWeb(on: "w-1", "w-3")
            $0.builder.changePod("web-2") { $0.terminating = true }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a finished pod does not count") {
            $0.addWeb(on: "w-1", "w-3")
            $0.builder.changePod("web-2") { $0.phase = .failed }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("no selector selects nobody") {
            $0.addWeb(on: "w-1", "w-3", "w-4") { $0.topologySpread[0].selector = nil }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a pod that does not match its own spread is not counted") {
            $0.addWeb(on: "w-1") { $0.topologySpread[0].selector = selector(app: "db") }
            $0.add("db-1", on: "w-3")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("nor excused", skewed("web-1", "w-4", b, 2, 0)) {
            $0.addWeb(on: "w-1") { $0.topologySpread[0].selector = selector(app: "db") }
            $0.add("db-1", on: "w-3")
            $0.add("db-2", on: "w-4")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("pods at rest may be skewed") {
            $0.addWeb(on: "w-3", "w-3", "w-3")
            $0.add("db-1", on: "w-1")
            $0.drain(["w-1"], ["db-1": "w-3"])
        },
        PlacementCase("each constraint counts for itself", skewed("web-1", "w-3", domain(hostKey, "w-3"), 2, 0)) {
            $0.addWeb(on: "w-1", "w-3") {
                $0.topologySpread[0].maxSkew = 5
                $0.topologySpread.append(
                    TopologySpread(maxSkew: 1, topologyKey: hostKey, selector: selector(app: "web"))
                )
            }
            $0.drain(["w-1"], ["web-1": "w-3"])
        },
    ]

    static let fields: [PlacementCase] = [
        PlacementCase("fewer domains than wanted", skewed("web-1", "w-2", domain(zoneKey, "a"), 2, 0)) {
            $0.addWeb(on: "w-1", "w-2", "w-3", "w-5") { $0.topologySpread[0].minDomains = 4 }
            $0.drain(["w-1"], ["web-1": "w-2"])
        },
        PlacementCase("as many domains as wanted") {
            $0.addWeb(on: "w-1", "w-2", "w-3", "w-5") { $0.topologySpread[0].minDomains = 3 }
            $0.drain(["w-1"], ["web-1": "w-2"])
        },
        PlacementCase("the target lacks the key", refused("web-1", "w-4", .spreadKey(zoneKey))) {
            $0.addWeb(on: "w-1")
            $0.builder.changeNode("w-4") { $0.labels[zoneKey] = nil }
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a node without one of the keys does not count") {
            $0.addWeb(on: "w-1", "w-3", "w-5") {
                $0.topologySpread.append(TopologySpread(maxSkew: 9, topologyKey: "rack", selector: nil))
            }
            for name in ["w-1", "w-2", "w-4", "w-5"] { $0.builder.changeNode(name) { $0.labels["rack"] = "r" } }
            // Zone b has `w-4` alone and nobody there: `web-2` on `w-3` is not seen.
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a drained node is an empty domain", skewed("web-1", "w-2", domain(hostKey, "w-2"), 2, 0)) {
            $0.addByHost()
            $0.drain(["w-1"], ["web-1": "w-2"])
        },
        PlacementCase("unless taints are honored, and a cordon with them") {
            $0.addByHost { $0.topologySpread[0].nodeTaintsPolicy = .honor }
            $0.drain(["w-1"], ["web-1": "w-2"])
        },
        PlacementCase("but not by a pod that tolerates a cordon", skewed("web-1", "w-2", domain(hostKey, "w-2"), 2, 0))
        {
            $0.addByHost {
                $0.topologySpread[0].nodeTaintsPolicy = .honor
                $0.tolerations = [Toleration(key: nil, exists: true)]
            }
            $0.drain(["w-1"], ["web-1": "w-2"])
        },
        PlacementCase("a tainted node does not count where taints are honored") {
            $0.addWeb(on: "w-1", "w-3") { $0.topologySpread[0].nodeTaintsPolicy = .honor }
            $0.builder.changeNode("w-5") { $0.taints = [Taint(key: "gpu", effect: .noSchedule)] }
            $0.add("web-8", on: "w-2")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a tainted node counts where they are ignored", skewed("web-1", "w-4", b, 2, 0)) {
            $0.addWeb(on: "w-1", "w-3")
            $0.builder.changeNode("w-5") { $0.taints = [Taint(key: "gpu", effect: .noSchedule)] }
            $0.add("web-8", on: "w-2")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a node that its affinity excludes does not count") {
            $0.addWeb(on: "w-1", "w-3") { $0.nodeAffinity = [VerifierMoveTests.inZones("a", "b")] }
            $0.add("web-8", on: "w-2")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("unless affinity is ignored", skewed("web-1", "w-4", b, 2, 0)) {
            $0.addWeb(on: "w-1", "w-3") {
                $0.nodeAffinity = [VerifierMoveTests.inZones("a", "b")]
                $0.topologySpread[0].nodeAffinityPolicy = .ignore
            }
            $0.add("web-8", on: "w-2")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("a node that its selector excludes does not count") {
            $0.addWeb(on: "w-1", "w-3") { $0.nodeSelector = ["disk": "ssd"] }
            for name in ["w-1", "w-2", "w-3", "w-4"] { $0.builder.changeNode(name) { $0.labels["disk"] = "ssd" } }
            $0.add("web-8", on: "w-2")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
        PlacementCase("somebody's cordon counts as the wave's own does") {
            $0.addWeb(on: "w-1", "w-3") { $0.topologySpread[0].nodeTaintsPolicy = .honor }
            $0.builder.changeNode("w-5") { $0.unschedulable = true }
            $0.add("web-8", on: "w-2")
            $0.drain(["w-1"], ["web-1": "w-4"])
        },
    ]
}

extension PlacementScenario {
    /// `web-1`, `web-2`, … spread over the zones by at most one.
    fileprivate mutating func addWeb(on places: String..., change: (inout Pod) -> Void = { _ in }) {
        for (number, place) in zip(1..., places) {
            add("web-\(number)", on: place) {
                $0.topologySpread = [TopologySpread(maxSkew: 1, topologyKey: zoneKey, selector: selector(app: "web"))]
                change(&$0)
            }
        }
    }

    /// One `web` on each of the five nodes, spread by host.
    fileprivate mutating func addByHost(change: (inout Pod) -> Void = { _ in }) {
        addWeb(on: "w-1", "w-2", "w-3", "w-4", "w-5") {
            $0.topologySpread[0].topologyKey = hostKey
            change(&$0)
        }
    }
}
