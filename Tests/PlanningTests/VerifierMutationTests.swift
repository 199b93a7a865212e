import ClusterModel
import Testing

@testable import Planning

/// A plan that holds, made wrong in one thing at every place where that can be done: it must be refused, and for that.
struct VerifierMutationTests {
    /// One way to make a plan wrong.
    struct Kind: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// All the plans that this makes, and what the verifier must say to each.
        var make: @Sendable (RichPlan) -> [(plan: RichPlan, reason: (BrokenClaim) -> Bool)]

        init(
            _ name: String,
            _ make: @escaping @Sendable (RichPlan) -> [(plan: RichPlan, reason: (BrokenClaim) -> Bool)]
        ) {
            testDescription = name
            self.make = make
        }
    }

    @Test func `the plan as it is holds`() {
        #expect(RichPlan().base.claims == [])
    }

    @Test(arguments: kinds) func `a plan with one claim broken is refused for that`(kind: Kind) {
        let mutants = kind.make(RichPlan())
        #expect(!mutants.isEmpty)
        for (number, mutant) in mutants.enumerated() {
            let claims = mutant.plan.base.claims
            #expect(claims.contains(where: mutant.reason), "mutant \(number): \(claims)")
        }
    }

    static let kinds = moves + places + fellows + nodes + controlPlane + versions + budgets + waivers

    /// One mutant whose reason is one claim.
    static func one(
        _ name: String,
        _ claim: BrokenClaim,
        _ change: @escaping @Sendable (inout PlacementScenario) -> Void
    ) -> Kind {
        Kind(name) { plan in
            var plan = plan
            change(&plan.base)
            return [(plan, { $0 == claim })]
        }
    }

    /// A mutant for every move, where `change` makes one of it.
    static func everyMove(
        _ name: String,
        _ change: @escaping @Sendable (inout RichPlan, _ wave: Int, _ place: Int, Move) -> ((BrokenClaim) -> Bool)?
    ) -> Kind {
        Kind(name) { plan in
            plan.moves.compactMap { wave, place, move in
                var plan = plan
                guard let reason = change(&plan, wave, place, move) else { return nil }
                return (plan, reason)
            }
        }
    }

    /// A mutant for every move of `app` that `isWrong` sends elsewhere.
    static func redirected(
        _ name: String,
        app: String,
        where isWrong: @escaping @Sendable (RichPlan, _ wave: Int, Move, _ to: String) -> Bool,
        _ isReason: @escaping @Sendable (BrokenClaim.TargetFault) -> Bool
    ) -> Kind {
        Kind(name) { plan in
            plan.moves.filter { $0.move.pod.name.hasPrefix(app) }.flatMap { wave, place, move in
                (1...6).map { "w-\($0)" }.filter { to in
                    !plan.base.waves[wave].nodes.contains(to) && isWrong(plan, wave, move, to)
                }.map { to in
                    var mutant = plan
                    mutant.base.waves[wave].moves[place].to = to
                    return (mutant, refuses(move.pod, to, wave, isReason))
                }
            }
        }
    }

    static func refuses(
        _ pod: PodID,
        _ node: String,
        _ wave: Int,
        _ isReason: @escaping (BrokenClaim.TargetFault) -> Bool
    ) -> (BrokenClaim) -> Bool {
        { claim in
            guard case .target(pod, node, let fault, wave + 1) = claim else { return false }
            return isReason(fault)
        }
    }
}

extension VerifierMutationTests {
    static let moves: [Kind] = [
        everyMove("a move left out") { plan, wave, place, move in
            plan.base.waves[wave].moves.remove(at: place)
            return { $0 == .move(move.pod, .missing(node: move.from), wave: wave + 1) }
        },
        everyMove("a move twice") { plan, wave, _, move in
            plan.base.waves[wave].moves.append(move)
            return { $0 == .move(move.pod, .repeated, wave: wave + 1) }
        },
        everyMove("a wrong origin") { plan, wave, place, move in
            plan.base.waves[wave].moves[place].from = "cp-1"
            return { $0 == .move(move.pod, .wrongOrigin(claimed: "cp-1", actual: move.from), wave: wave + 1) }
        },
        everyMove("an unknown pod") { plan, wave, place, move in
            plan.base.waves[wave].moves[place].pod.name += "-x"
            let pod = plan.base.waves[wave].moves[place].pod
            return { $0 == .move(pod, .unknownPod, wave: wave + 1) }
        },
        everyMove("a pod too many") { plan, wave, _, move in
            guard let other = plan.moves.first(where: { $0.wave > wave && $0.move.from != move.from })?.move else {
                return nil
            }
            if plan.base.waves[wave].moves.contains(where: { $0.pod == other.pod }) { return nil }
            plan.base.waves[wave].moves.append(other)
            return { $0 == .move(other.pod, .needless, wave: wave + 1) }
        },
        everyMove("a DaemonSet's pod") { plan, wave, place, move in
            let agents = plan.base.builder.pods.filter { $0.isDaemon && $0.node == move.from }
            guard let agent = agents.first?.id else { return nil }
            plan.base.waves[wave].moves[place].pod = agent
            return { $0 == .move(agent, .needless, wave: wave + 1) }
        },
    ]

    static let places: [Kind] = [
        everyMove("to its own node without a waiver") { plan, wave, place, move in
            if move.to == move.from { return nil }
            plan.base.waves[wave].moves[place].to = move.from
            return refuses(move.pod, move.from, wave) { $0 == .inWave }
        },
        everyMove("to another node of the wave") { plan, wave, place, move in
            guard let other = plan.base.waves[wave].nodes.first(where: { $0 != move.from }) else { return nil }
            plan.base.waves[wave].moves[place].to = other
            return refuses(move.pod, other, wave) { $0 == .inWave }
        },
        everyMove("to a node that is not there") { plan, wave, place, move in
            plan.base.waves[wave].moves[place].to = "w-9"
            return refuses(move.pod, "w-9", wave) { $0 == .unknown }
        },
        everyMove("to a cordoned node") { plan, wave, _, move in
            if move.to == move.from { return nil }
            plan.base.builder.changeNode(move.to) { $0.unschedulable = true }
            return refuses(move.pod, move.to, wave) { $0 == .unschedulable }
        },
        everyMove("to a node that is not Ready") { plan, wave, _, move in
            if move.to == move.from { return nil }
            plan.base.builder.changeNode(move.to) { $0.ready = false }
            return refuses(move.pod, move.to, wave) { $0 == .notReady }
        },
        everyMove("to a tainted node") { plan, wave, _, move in
            if move.to == move.from { return nil }
            let taint = Taint(key: "x", effect: .noSchedule)
            plan.base.builder.changeNode(move.to) { $0.taints = [taint] }
            return refuses(move.pod, move.to, wave) { $0 == .taint(taint) }
        },
        everyMove("to a node that its affinity excludes") { plan, wave, _, move in
            if move.to == move.from { return nil }
            plan.base.builder.changePod(move.pod.name) { $0.nodeAffinity = [VerifierMoveTests.inZones("z")] }
            return refuses(move.pod, move.to, wave) { $0 == .nodeAffinity }
        },
        everyMove("to a full node") { plan, wave, _, move in
            if move.to == move.from { return nil }
            plan.base.builder.changeNode(move.to) { $0.allocatable.pods = 1 }
            return { claim in
                guard case .room(move.to, let shortage, wave + 1) = claim else { return false }
                return shortage.resource == "pods" && shortage.free < shortage.wanted
            }
        },
        Kind("a node short of an extended resource") { plan in
            ["w-2", "w-4"].map { node in
                var plan = plan
                plan.base.builder.changeNode(node) { $0.allocatable.extended = [:] }
                return (
                    plan,
                    { claim in
                        if case .room(node, let shortage, _) = claim { shortage.resource == "gpu" } else { false }
                    }
                )
            }
        },
    ]

    static let fellows: [Kind] = [
        redirected("anti-affinity violated", app: "web") { plan, wave, move, to in
            plan.homes(after: wave).contains { $0.key.hasPrefix("web") && $0.key != move.pod.name && $0.value == to }
        } _: {
            if case .antiAffinity = $0 { true } else { false }
        },
        everyMove("anti-affinity of a pod at rest violated") { plan, wave, _, move in
            if move.to == move.from { return nil }
            let app = String(move.pod.name.prefix { $0 != "-" })
            plan.base.add("guard-1", on: move.to) {
                $0.owner?.kind = "DaemonSet"
                $0.podAntiAffinity = [term(app, hostKey)]
            }
            return refuses(move.pod, move.to, wave) {
                if case .foreignAntiAffinity = $0 { true } else { false }
            }
        },
        redirected("skew broken", app: "web") { plan, wave, move, to in
            // Tainted, cordoned and drained nodes make no domain.
            let open = (1...6).map { "w-\($0)" }.filter { !plan.base.waves[wave].nodes.contains($0) }
            var counts = Dictionary(open.map { (plan.zone($0), 0) }, uniquingKeysWith: { first, _ in first })
            for (pod, node) in plan.homes(after: wave) where pod.hasPrefix("web") && pod != move.pod.name {
                counts[plan.zone(node), default: 0] += 1
            }
            counts[plan.zone(to), default: 0] += 1
            return counts[plan.zone(to), default: 0] - (counts.values.min() ?? 0) > 1
        } _: {
            if case .spread = $0 { true } else { false }
        },
        redirected("affinity without a fellow", app: "side") { plan, wave, _, to in
            !plan.homes(after: wave).contains { $0.key.hasPrefix("web") && $0.value == to }
        } _: {
            if case .affinity = $0 { true } else { false }
        },
        everyMove("a cycle of affinity") { plan, wave, _, move in
            guard move.pod.name == "side-1" else { return nil }
            for pod in ["web-1", "web-2", "web-3"] {
                plan.base.builder.changePod(pod) { $0.podAffinity = [term("side")] }
            }
            return refuses(move.pod, move.to, wave) {
                if case .affinity = $0 { true } else { false }
            }
        },
        redirected("a volume of another zone", app: "db") { plan, _, _, to in
            plan.zone(to) != "b"
        } _: {
            $0 == .unreachableVolume(ClusterBuilder.id("data"))
        },
        everyMove("a volume torn apart") { plan, wave, place, move in
            guard move.pod.name == "db-2" else { return nil }
            plan.base.builder.addNode("w-7", zone: "b", version: RichPlan.wanted)
            plan.base.waves[wave].moves[place].to = "w-7"
            return refuses(move.pod, "w-7", wave) {
                if case .attachedVolume(_, ClusterBuilder.id("db-1"), move.to) = $0 { true } else { false }
            }
        },
        everyMove("a volume for one pod") { plan, wave, _, move in
            guard move.pod.name.hasPrefix("db") else { return nil }
            plan.base.volumes[0].isForOnePod = true
            return refuses(move.pod, move.to, wave) {
                if case .takenVolume = $0 { true } else { false }
            }
        },
        everyMove("a volume that is not bound") { plan, wave, _, move in
            guard move.pod.name.hasPrefix("db") else { return nil }
            plan.base.volumes[0].binding = .unbound
            return refuses(move.pod, move.to, wave) { $0 == .unboundVolume(ClusterBuilder.id("data")) }
        },
        redirected("a host port taken", app: "port") { plan, wave, move, to in
            plan.homes(after: wave).contains { $0.key.hasPrefix("port") && $0.key != move.pod.name && $0.value == to }
        } _: {
            if case .hostPort = $0 { true } else { false }
        },
    ]
}
