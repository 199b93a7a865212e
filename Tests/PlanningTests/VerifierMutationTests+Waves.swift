import ClusterModel

@testable import Planning

extension VerifierMutationTests {
    static let nodes: [Kind] = [
        Kind("a node out twice") { plan in
            plan.base.waves.indices.map { index in
                var mutant = plan
                let node = plan.base.waves[index].nodes[0]
                mutant.base.drain([node], [:], to: RichPlan.wanted)
                return (mutant, { $0 == .node(node, .repeated, wave: 9) })
            }
        },
        one("a node that is not there", .node("w-9", .unknown, wave: 8)) { $0.waves[7].nodes.append("w-9") },
        one("a skipped node", .node("w-3", .notChosen, wave: 6)) { $0.campaign.skippedNodes = ["w-3"] },
        one("a node not Ready", .node("w-3", .notReady, wave: 6)) { $0.builder.changeNode("w-3") { $0.ready = false } },
        one("somebody's cordon", .node("w-3", .foreignCordon(by: nil), wave: 6)) {
            $0.builder.changeNode("w-3") { $0.unschedulable = true }
        },
        one("too many nodes", .wave(.tooManyNodes(2, limit: 1), wave: 8)) { $0.policy.maxOut = .count(1) },
        one("two zones in a wave", .wave(.severalZones(["b", "c"]), wave: 8)) { $0.waves[7].nodes = ["w-3", "w-6"] },
        one("the limit of a zone", .wave(.tooManyInZone("c", 2, limit: 1), wave: 8)) { $0.policy.perZone = .count(1) },
        one(
            "the limit of a pool",
            .wave(.tooManyInPool(LabelSelector(matchLabels: ["pool": "gpu"]), 2, limit: 1), wave: 8)
        ) { scenario in
            scenario.builder.changeNode("w-5") { $0.labels["pool"] = "gpu" }
        },
        one("an empty wave", .wave(.empty, wave: 9)) { $0.drain([], [:], to: RichPlan.wanted) },
        one("waves not in order", .wave(.number(after: 8), wave: 7)) { $0.waves.swapAt(5, 7) },
        one("no canary", .wave(.noCanary, wave: 4)) { $0.waves[3].isCanary = false },
        one("two canaries", .wave(.needlessCanary, wave: 5)) { $0.waves[4].isCanary = true },
        one("a canary too big", .wave(.canaryTooBig(2, limit: 1), wave: 4)) { $0.waves[3].nodes.append("w-2") },
    ]

    static let controlPlane: [Kind] = [
        Kind("the control plane after workers") { plan in
            (0..<3).map { index in
                var mutant = plan
                let wave = mutant.base.waves.remove(at: index)
                mutant.base.waves.append(wave)
                mutant.base.renumber()
                return (mutant, { $0 == .controlPlane(.afterWorkers(wave.nodes[0]), wave: 8) })
            }
        },
        Kind("the leader first") { plan in
            (0..<2).map { index in
                var mutant = plan
                mutant.base.waves.swapAt(index, 2)
                mutant.base.renumber()
                return (
                    mutant,
                    { claim in
                        guard case .controlPlane(.leaderFirst("cp-3", _), index + 1) = claim else { return false }
                        return true
                    }
                )
            }
        },
        one("two control-plane nodes", .controlPlane(.several(["cp-1", "cp-2"]), wave: 1)) {
            $0.waves[0].nodes.append("cp-2")
        },
        one("a control-plane node with a worker", .controlPlane(.withWorkers("cp-3"), wave: 3)) {
            $0.waves[2].nodes.append("w-5")
        },
        one("no majority", .controlPlane(.quorum(ready: 1, needed: 2, members: 3), wave: 1)) {
            $0.builder.changeNode("cp-2") { $0.ready = false }
        },
    ]

    static let versions: [Kind] = [
        one(
            "a minor skipped",
            .skew("cp-2", .tooFar(from: Version(major: 1, minor: 34), to: RichPlan.wanted), wave: 1)
        ) { scenario in
            scenario.builder.changeNode("cp-2") { $0.kubeletVersion = Version(major: 1, minor: 34) }
        },
        one(
            "a worker newer than an API server",
            .skew(
                "w-1",
                .newerThanServer(target: RichPlan.wanted, server: Version(major: 1, minor: 35, patch: 1)),
                wave: 4
            )
        ) { $0.waves.remove(at: 0) },
        one(
            "a worker too old",
            .skew("w-6", .tooOld(kubelet: Version(major: 1, minor: 32), server: RichPlan.wanted, limit: 3), wave: 1)
        ) { scenario in
            scenario.builder.changeNode("w-6") { $0.kubeletVersion = Version(major: 1, minor: 32) }
        },
        one(
            "a version lowered",
            .skew("w-6", .downgrade(from: Version(major: 1, minor: 36, patch: 3), to: RichPlan.wanted), wave: 8)
        ) { scenario in
            scenario.builder.changeNode("w-6") { $0.kubeletVersion = Version(major: 1, minor: 36, patch: 3) }
        },
        Kind("no version") { plan in
            plan.base.waves.indices.map { index in
                var mutant = plan
                mutant.base.waves[index].version = nil
                return (mutant, { $0 == .wave(.noVersion(wanted: RichPlan.wanted), wave: index + 1) })
            }
        },
        Kind("another version") { plan in
            plan.base.waves.indices.map { index in
                var mutant = plan
                let version = Version(major: 1, minor: 36, patch: 1)
                mutant.base.waves[index].version = version
                let claim = BrokenClaim.wave(.notOnTheWay(version, wanted: RichPlan.wanted), wave: index + 1)
                return (mutant, { $0 == claim })
            }
        },
        Kind("a node left on the way") { plan in
            plan.base.waves.indices.map { index in
                var mutant = plan
                let version = Version(major: 1, minor: 35)
                mutant.base.waves[index].version = version
                let node = plan.base.waves[index].nodes[0]
                let claim = BrokenClaim.node(
                    node,
                    .leftBehind(at: version, wanted: RichPlan.wanted),
                    wave: index + 1
                )
                return (mutant, { $0 == claim })
            }
        },
    ]

    static let budgets: [Kind] = [
        Kind("rounds too few or too many") { plan in
            plan.base.waves.indices.flatMap { index in
                [0, 2].map { rounds in
                    var mutant = plan
                    mutant.base.waves[index].rounds = rounds
                    return (mutant, { $0 == .rounds(claimed: rounds, needed: 1, wave: index + 1) })
                }
            }
        },
        one("two rounds needed", .rounds(claimed: 1, needed: 2, wave: 8)) { scenario in
            scenario.add("web-4", on: "w-5")
            scenario.waves[7].moves.append(move("web-4", "w-5", "w-4"))
        },
        one(
            "a budget overspent",
            .budget("shop/web", evictions: 2, allowed: 1, rounds: 1, isDefault: false, wave: 8)
        ) { scenario in
            scenario.add("web-4", on: "w-6")
            scenario.waves[7].moves.append(move("web-4", "w-6", "w-4"))
        },
        one(
            "a budget that another pod spends",
            .budget("shop/web", evictions: 1, allowed: 0, rounds: 1, isDefault: false, wave: 4)
        ) { scenario in
            scenario.builder.changePod("web-3") { $0.ready = false }
        },
        one(
            "a default overspent",
            .budget("Deployment shop/api", evictions: 2, allowed: 1, rounds: 1, isDefault: true, wave: 8)
        ) { scenario in
            scenario.builder.addWorkload("api", on: ["w-5", "w-6"])
            scenario.waves[7].moves += [move("api-1", "w-5", "w-4"), move("api-2", "w-6", "w-4")]
        },
        one(
            "two budgets",
            .move(
                ClusterBuilder.id("web-1"),
                .twoBudgets([ClusterBuilder.id("all"), ClusterBuilder.id("web")]),
                wave: 4
            )
        ) { $0.builder.addBudget("all", app: "web", .maxUnavailable(.count(3))) },
    ]

    /// What the verifier says where a waiver of the plan counts no more, in the order of the waivers.
    private static let unwaived: [BrokenClaim] = [
        refused("pin-1", "w-6", .inWave, wave: 8),
        .move(ClusterBuilder.id("bare-1"), .bare(node: "w-5"), wave: 8),
        .budget("shop/tight", evictions: 1, allowed: 0, rounds: 1, isDefault: false, wave: 5),
    ]

    private static func waiver(_ name: String, _ change: @escaping @Sendable (inout Waiver) -> Void) -> Kind {
        Kind(name) { plan in
            unwaived.enumerated().map { place, claim in
                var mutant = plan
                change(&mutant.base.policy.waivers[place])
                return (mutant, { $0 == claim })
            }
        }
    }

    static let waivers: [Kind] = [
        waiver("a waiver expired") { $0.expires = Instant(milliseconds: 0) },
        waiver("a waiver of another subject") { $0.subject += "-x" },
        waiver("a waiver of another rule") { $0.rule = .versionSkew },
        one("a bare pod made again", .move(ClusterBuilder.id("bare-1"), .notMadeAgain(to: "w-1"), wave: 8)) {
            for place in $0.waves[7].moves.indices where $0.waves[7].moves[place].pod.name == "bare-1" {
                $0.waves[7].moves[place].to = "w-1"
            }
        },
    ]
}

extension PlacementScenario {
    fileprivate mutating func renumber() {
        for index in waves.indices { waves[index].number = index + 1 }
    }
}
