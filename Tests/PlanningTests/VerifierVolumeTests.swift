import ClusterModel
import Testing

@testable import Planning

struct VerifierVolumeTests {
    @Test(arguments: reach + sharing) func `a volume goes only where its pods may`(example: PlacementCase) {
        #expect(example.scenario.claims == example.expected)
        #expect(example.scenario.refutation == example.expected)
    }

    static let data = ClusterBuilder.id("data")

    static func volume(_ binding: Volume.Binding = .bound(volume: "pv-1")) -> Volume {
        Volume(claim: data, binding: binding)
    }

    static func zonal(_ zones: Set<String>) -> Volume {
        Volume(claim: data, binding: .bound(volume: "pv-1"), topology: [zoneKey: zones])
    }

    static let reach: [PlacementCase] = [
        PlacementCase("bound without any rule") { $0.moveDatabase(to: "w-5", volume()) },
        PlacementCase("waits for its pod") { $0.moveDatabase(to: "w-5", volume(.waitsForPod)) },
        PlacementCase("unbound", refused("db-1", "w-5", .unboundVolume(data))) {
            $0.moveDatabase(to: "w-5", volume(.unbound))
        },
        PlacementCase("unknown", refused("db-1", "w-5", .unknownVolume(data))) { $0.moveDatabase(to: "w-5") },
        PlacementCase("unknown in a picture without volumes") {
            $0.missingKinds = [.volumes]
            $0.moveDatabase(to: "w-5")
        },
        PlacementCase("of another namespace", refused("db-1", "w-5", .unknownVolume(data))) {
            $0.volumes = [Volume(claim: ClaimID(namespace: "other", name: "data"), binding: .waitsForPod)]
            $0.moveDatabase(to: "w-5")
        },
        PlacementCase("in its zone") { $0.moveDatabase(to: "w-2", zonal(["a"])) },
        PlacementCase("out of its zone", refused("db-1", "w-5", .unreachableVolume(data))) {
            $0.moveDatabase(to: "w-5", zonal(["a"]))
        },
        PlacementCase("in one of two zones") { $0.moveDatabase(to: "w-5", zonal(["a", "c"])) },
        PlacementCase("to a node without zone labels") {
            $0.builder.changeNode("w-5") { $0.labels[zoneKey] = nil }
            $0.moveDatabase(to: "w-5", zonal(["a"]))
        },
        PlacementCase("local to its node", refused("db-1", "w-2", .unreachableVolume(data))) {
            let here = NodeSelectorTerm(matchExpressions: [.init(key: hostKey, operator: .in, values: ["w-1"])])
            $0.moveDatabase(
                to: "w-2",
                Volume(claim: data, binding: .bound(volume: "pv-1"), nodeAffinity: [here], isLocal: true)
            )
        },
    ]

    static func shared(forOnePod: Bool = false) -> Volume {
        Volume(claim: data, binding: .bound(volume: "pv-1"), attachesToOneNode: true, isForOnePod: forOnePod)
    }

    static let db2 = ClusterBuilder.id("db-2")

    static let sharing: [PlacementCase] = [
        PlacementCase("a pod that stays keeps it", refused("db-1", "w-5", attached("w-1", by: "agent-1"))) {
            $0.add("agent-1", on: "w-1") {
                $0.claims = ["data"]
                $0.owner?.kind = "DaemonSet"
            }
            $0.moveDatabase(to: "w-5", shared())
        },
        PlacementCase("two pods that move together") {
            $0.addSecond(on: "w-1")
            $0.moveDatabase(to: "w-5", shared(), ["db-2": "w-5"])
        },
        PlacementCase(
            "two pods that part",
            refused("db-1", "w-5", attached("w-4", by: "db-2")),
            refused("db-2", "w-4", attached("w-5", by: "db-1"))
        ) {
            $0.addSecond(on: "w-1")
            $0.moveDatabase(to: "w-5", shared(), ["db-2": "w-4"])
        },
        PlacementCase("many may mount it") {
            $0.addSecond(on: "w-3")
            $0.moveDatabase(to: "w-5", volume())
        },
        PlacementCase("the other has finished") {
            $0.addSecond(on: "w-3")
            $0.builder.changePod("db-2") { $0.phase = .succeeded }
            $0.moveDatabase(to: "w-5", shared())
        },
        PlacementCase("to where the other stands") {
            $0.addSecond(on: "w-3")
            $0.moveDatabase(to: "w-3", shared())
        },
        PlacementCase("pods at rest may be apart") {
            $0.volumes = [shared()]
            $0.addSecond(on: "w-3")
            $0.add("db-1", on: "w-4") { $0.claims = ["data"] }
            $0.drain(["w-1"], [:])
        },
        PlacementCase("for one pod, and its own") { $0.moveDatabase(to: "w-5", shared(forOnePod: true)) },
        PlacementCase("for one pod, of two", refused("db-1", "w-3", .takenVolume(data, by: db2))) {
            $0.addSecond(on: "w-3")
            $0.moveDatabase(to: "w-3", shared(forOnePod: true))
        },
        PlacementCase("for one pod, and one waits", refused("db-1", "w-3", .takenVolume(data, by: db2))) {
            $0.addSecond(on: "w-3")
            $0.builder.changePod("db-2") {
                $0.node = nil
                $0.phase = .pending
            }
            $0.moveDatabase(to: "w-3", shared(forOnePod: true))
        },
    ]

    static func attached(_ node: String, by pod: String) -> BrokenClaim.TargetFault {
        .attachedVolume(data, by: ClusterBuilder.id(pod), node: node)
    }
}

extension PlacementScenario {
    /// `db-1` with the claim `data` leaves `w-1`.
    fileprivate mutating func moveDatabase(
        to node: String,
        _ volume: Volume? = nil,
        _ more: KeyValuePairs<String, String> = [:]
    ) {
        if let volume { volumes = [volume] }
        add("db-1", on: "w-1") { $0.claims = ["data"] }
        drain(["w-1"], ["db-1": node])
        waves[0].moves += more.map { move($0.key, "w-1", $0.value) }
    }

    fileprivate mutating func addSecond(on node: String) { add("db-2", on: node) { $0.claims = ["data"] } }
}

struct VerifierHostPortTests {
    /// `web-1` goes to where `db-1` binds a port.
    @Test(arguments: [
        (HostPort(port: 80), HostPort(port: 80), true), (HostPort(port: 80), HostPort(port: 81), false),
        (HostPort(port: 80), HostPort(port: 80, protocol: "UDP"), false),
        (HostPort(port: 80, address: "10.0.0.1"), HostPort(port: 80, address: "10.0.0.2"), false),
        (HostPort(port: 80, address: "10.0.0.1"), HostPort(port: 80, address: "10.0.0.1"), true),
        (HostPort(port: 80, address: "10.0.0.1"), HostPort(port: 80), true),
        (HostPort(port: 80, address: ""), HostPort(port: 80, address: "10.0.0.2"), true),
    ])
    func `two pods of a node bind no port twice`(wanted: HostPort, taken: HostPort, isBroken: Bool) {
        var scenario = PlacementScenario()
        scenario.add("web-1", on: "w-1") { $0.hostPorts = [HostPort(port: 9), wanted] }
        scenario.add("db-1", on: "w-3") { $0.hostPorts = [taken, HostPort(port: 7)] }
        scenario.drain(["w-1"], ["web-1": "w-3"])
        let expected = refused("web-1", "w-3", .hostPort(wanted, with: ClusterBuilder.id("db-1")))
        #expect(scenario.claims == (isBroken ? [expected] : []))
        #expect(scenario.refutation == scenario.claims)
    }

    @Test(arguments: cases) func `every unfinished pod of the node counts`(example: PlacementCase) {
        #expect(example.scenario.claims == example.expected)
    }

    static func taken(by pod: String) -> BrokenClaim.TargetFault {
        .hostPort(HostPort(port: 80), with: ClusterBuilder.id(pod))
    }

    static let cases: [PlacementCase] = [
        PlacementCase("a DaemonSet's pod", refused("web-1", "w-3", taken(by: "agent-1"))) {
            $0.addPort("web-1", on: "w-1")
            $0.addPort("agent-1", on: "w-3") { $0.owner?.kind = "DaemonSet" }
            $0.drain(["w-1"], ["web-1": "w-3"])
        },
        PlacementCase("a mirror pod", refused("web-1", "w-3", taken(by: "static-1"))) {
            $0.addPort("web-1", on: "w-1")
            $0.addPort("static-1", on: "w-3") { $0.isMirror = true }
            $0.drain(["w-1"], ["web-1": "w-3"])
        },
        PlacementCase("a finished pod does not") {
            $0.addPort("web-1", on: "w-1")
            $0.addPort("db-1", on: "w-3") { $0.phase = .succeeded }
            $0.drain(["w-1"], ["web-1": "w-3"])
        },
        PlacementCase(
            "two that come together",
            refused("web-1", "w-3", taken(by: "web-2")),
            refused("web-2", "w-3", taken(by: "web-1"))
        ) {
            $0.addPort("web-1", on: "w-1")
            $0.addPort("web-2", on: "w-2")
            $0.drain(["w-1", "w-2"], ["web-1": "w-3", "web-2": "w-3"])
        },
        PlacementCase("one that has left before") {
            $0.addPort("web-1", on: "w-1")
            $0.addPort("web-2", on: "w-3")
            $0.drain(["w-3"], ["web-2": "w-4"])
            $0.drain(["w-1"], ["web-1": "w-3"])
        },
    ]
}

extension PlacementScenario {
    /// A pod that binds port 80.
    fileprivate mutating func addPort(_ name: String, on node: String, change: (inout Pod) -> Void = { _ in }) {
        add(name, on: node) {
            $0.hostPorts = [HostPort(port: 80)]
            change(&$0)
        }
    }
}
