import ClusterModel

@testable import Planning

/// An upgrade of three control-plane nodes and six workers whose plan leans on every rule and holds.
///
/// The zones are a (`w-1`, `w-2`), b (`w-3`, `w-4`) and c (`w-5`, `w-6`); `w-2`, `w-4`, `w-6` make the pool `gpu`.
struct RichPlan {
    var base = PlacementScenario()

    static let wanted = Version(major: 1, minor: 36, patch: 2)
    static let dayAfter = Instant(milliseconds: 100_000)

    init() {
        base.builder = ClusterBuilder()
        base.moment = Instant(milliseconds: 0)
        base.campaign.purpose = .upgrade(to: Self.wanted)
        addNodes()
        addPods()
        addPolicy()
        addWaves()
    }

    private mutating func addNodes() {
        let old = Version(major: 1, minor: 35, patch: 1)
        for (number, zone) in zip(1..., ["a", "b", "c"]) {
            base.builder.addNode("cp-\(number)", zone: zone, isControlPlane: true, version: old)
        }
        for (number, zone) in zip(1..., ["a", "a", "b", "b", "c", "c"]) {
            base.builder.addNode("w-\(number)", zone: zone, version: old)
            guard number.isMultiple(of: 2) else { continue }
            base.builder.changeNode("w-\(number)") {
                $0.labels["pool"] = "gpu"
                $0.allocatable.extended = ["gpu": 1]
            }
        }
        base.leaders = ["cp-3"]
    }

    private mutating func addPods() {
        for (pod, node) in ["web-1": "w-1", "web-2": "w-3", "web-3": "w-5"] as KeyValuePairs {
            base.add(pod, on: node) {
                $0.podAntiAffinity = [term("web", hostKey)]
                $0.topologySpread = [
                    TopologySpread(
                        maxSkew: 1,
                        topologyKey: zoneKey,
                        selector: selector(app: "web"),
                        nodeTaintsPolicy: .honor
                    )
                ]
            }
        }
        base.add("side-1", on: "w-1") { $0.podAffinity = [term("web", hostKey)] }
        base.add("port-1", on: "w-1") { $0.hostPorts = [HostPort(port: 80)] }
        base.add("port-2", on: "w-3") { $0.hostPorts = [HostPort(port: 80)] }
        base.add("gpu-1", on: "w-2") { $0.requests.extended = ["gpu": 1] }
        for pod in ["db-1", "db-2"] { base.add(pod, on: "w-3") { $0.claims = ["data"] } }
        base.volumes = [
            Volume(
                claim: ClusterBuilder.id("data"),
                binding: .bound(volume: "pv-1"),
                topology: [zoneKey: ["b"]],
                attachesToOneNode: true
            )
        ]
        base.add("pin-1", on: "w-6") { $0.nodeSelector = [hostKey: "w-6"] }
        base.add("bare-1", on: "w-5") { $0.owner = nil }
        base.add("tight-1", on: "w-2")
        base.builder.addBudget("web", app: "web", .maxUnavailable(.count(1)))
        base.builder.addBudget("tight", app: "tight", .maxUnavailable(.count(0)))
        base.builder.addWorkload("agent", kind: "DaemonSet", on: base.builder.nodes.map(\.name))
    }

    private mutating func addPolicy() {
        base.policy = Policy(
            maxOut: .count(2),
            perZone: .count(2),
            pools: [PoolLimit(selector: LabelSelector(matchLabels: ["pool": "gpu"]), maxOut: .count(1))],
            oneZoneAtATime: true,
            defaultBudget: .count(1),
            canary: Canary(nodes: 1, soak: .seconds(60)),
            waivers: [
                waiver(.pinnedPod, "shop/pin-1"), waiver(.barePod, "shop/bare-1"),
                waiver(.impossibleBudget, "shop/tight"),
            ]
        )
    }

    private func waiver(_ rule: Finding.Rule, _ subject: String) -> Waiver {
        Waiver(rule: rule, subject: subject, reason: "agreed", expires: Self.dayAfter)
    }

    /// Each pod's next place is told; where it stands by then is known.
    private mutating func addWaves() {
        for name in ["cp-1", "cp-2", "cp-3"] { base.drain([name], [:], to: Self.wanted) }
        base.drain(["w-1"], ["web-1": "w-2", "side-1": "w-2", "port-1": "w-2"], to: Self.wanted)
        base.drain(
            ["w-2"],
            ["web-1": "w-1", "side-1": "w-1", "port-1": "w-1", "gpu-1": "w-4", "tight-1": "w-1"],
            to: Self.wanted
        )
        base.drain(
            ["w-3"],
            ["web-2": "w-4", "port-2": "w-2", "db-1": "w-4", "db-2": "w-4"],
            to: Self.wanted
        )
        base.drain(["w-4"], ["web-2": "w-3", "gpu-1": "w-2", "db-1": "w-3", "db-2": "w-3"], to: Self.wanted)
        base.drain(["w-5", "w-6"], ["web-3": "w-2", "bare-1": "w-5", "pin-1": "w-6"], to: Self.wanted)
        base.waves[3].isCanary = true
    }

    /// Where every pod stands after the wave at `index`, by name.
    func homes(after index: Int) -> [String: String] {
        var homes: [String: String] = [:]
        for pod in base.builder.pods where !pod.isDaemon { homes[pod.id.name] = pod.node }
        for move in base.waves[...index].flatMap(\.moves) { homes[move.pod.name] = move.to }
        return homes
    }

    func zone(_ node: String) -> String { base.builder.nodes.first { $0.name == node }?.zone ?? "" }

    /// Every move, by the place of its wave and its own in it.
    var moves: [(wave: Int, place: Int, move: Move)] {
        base.waves.indices.flatMap { wave in
            base.waves[wave].moves.enumerated().map { (wave, $0.offset, $0.element) }
        }
    }
}
