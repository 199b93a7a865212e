import Testing

@testable import ClusterModel
@testable import Planning

struct VerifierMoveTests {
    @Test(arguments: moves + targets + room)
    func `a plan with a wrong move is refused for it`(mutation: Mutation) {
        var scenario = VerifierScenario()
        mutation.apply(&scenario)
        #expect(scenario.claims.contains(mutation.expected), "\(scenario.claims)")
    }

    static let web = ClusterBuilder.id("web-1")
    static let other = ClusterBuilder.id("other")

    static let moves: [Mutation] = [
        Mutation("missing", .move(web, .missing(node: "w-1"), wave: 4)) { $0.waves[3].moves.removeFirst() },
        Mutation("missing where it went", .move(web, .missing(node: "w-4"), wave: 7)) {
            $0.waves[6].moves.removeFirst()
        },
        Mutation("twice", .move(web, .repeated, wave: 4)) { $0.waves[3].moves.append(move("web-1", "w-1", "w-5")) },
        Mutation("unknown pod", .move(other, .unknownPod, wave: 4)) {
            $0.waves[3].moves.append(move("other", "w-1", "w-4"))
        },
        Mutation("stands elsewhere", .move(ClusterBuilder.id("web-3"), .needless, wave: 4)) {
            $0.waves[3].moves.append(move("web-3", "w-3", "w-4"))
        },
        Mutation("DaemonSet", .move(ClusterBuilder.id("agent-4"), .needless, wave: 4)) {
            $0.waves[3].moves.append(move("agent-4", "w-1", "w-4"))
        },
        Mutation("mirror", .move(ClusterBuilder.id("etcd-cp-1"), .needless, wave: 1)) {
            $0.waves[0].moves.append(move("etcd-cp-1", "cp-1", "w-4"))
        },
        Mutation("finished", .move(web, .needless, wave: 4)) {
            $0.builder.changePod("web-1") { $0.phase = .succeeded }
        },
        Mutation("terminating", .move(web, .needless, wave: 4)) {
            $0.builder.changePod("web-1") { $0.terminating = true }
        },
        Mutation("unplaced", .move(web, .needless, wave: 4)) { $0.builder.changePod("web-1") { $0.node = nil } },
        Mutation("wrong origin", .move(web, .wrongOrigin(claimed: "w-2", actual: "w-1"), wave: 4)) {
            $0.firstMove.from = "w-2"
        },
        Mutation("from where it was before", .move(web, .wrongOrigin(claimed: "w-1", actual: "w-4"), wave: 7)) {
            $0.waves[6].moves[0].from = "w-1"
        },
        Mutation("bare", .move(other, .bare(node: "w-1"), wave: 4)) {
            $0.builder.addPod("other", on: "w-1")
            $0.waves[3].moves.append(move("other", "w-1", "w-4"))
        },
        Mutation(
            "two budgets",
            .move(web, .twoBudgets([ClusterBuilder.id("second"), ClusterBuilder.id("web")]), wave: 4)
        ) {
            $0.builder.addBudget("second", app: "web", .maxUnavailable(.count(3)))
        },
    ]

    static let targets: [Mutation] = [
        Mutation("into the wave", .target(web, to: "w-1", .inWave, wave: 4)) { $0.firstMove.to = "w-1" },
        Mutation("to a fellow of the wave", .target(web, to: "w-2", .inWave, wave: 4)) {
            $0.joinTwoWorkers()
            $0.firstMove.to = "w-2"
        },
        Mutation("nowhere", .target(web, to: "w-9", .unknown, wave: 4)) { $0.firstMove.to = "w-9" },
        Mutation("not ready", .target(web, to: "w-5", .notReady, wave: 4)) { $0.spoilTarget { $0.ready = false } },
        Mutation("cordoned", .target(web, to: "w-5", .unschedulable, wave: 4)) {
            $0.spoilTarget { $0.unschedulable = true }
        },
        Mutation("NoSchedule", .target(web, to: "w-5", .taint(Taint(key: "gpu", effect: .noSchedule)), wave: 4)) {
            $0.spoilTarget { $0.taints = [Taint(key: "gpu", effect: .noSchedule)] }
        },
        Mutation("NoExecute", .target(web, to: "w-5", .taint(Taint(key: "gpu", effect: .noExecute)), wave: 4)) {
            $0.spoilTarget { $0.taints = [Taint(key: "gpu", effect: .noExecute)] }
            $0.builder.changePod("web-1") {
                $0.tolerations = [Toleration(key: "gpu", exists: true, effect: .noSchedule)]
            }
        },
        Mutation("node selector", .target(web, to: "w-5", .nodeSelector, wave: 4)) {
            $0.spoilTarget { _ in }
            $0.builder.changePod("web-1") { $0.nodeSelector = ["disk": "ssd"] }
        },
        Mutation("node affinity", .target(web, to: "w-5", .nodeAffinity, wave: 4)) {
            $0.spoilTarget { _ in }
            $0.builder.changePod("web-1") { $0.nodeAffinity = [inZones("a", "b")] }
        },
    ]

    static func inZones(_ zones: String...) -> NodeSelectorTerm {
        NodeSelectorTerm(matchExpressions: [.init(key: "topology.kubernetes.io/zone", operator: .in, values: zones)])
    }

    /// `w-5` holds the agent (100 m, 1 pod); `web-1` brings what it requests.
    static let room: [Mutation] = [
        Mutation("cpu", .room("w-5", .init(resource: "cpu", wanted: 1000, free: 999), wave: 4)) {
            $0.spoilTarget { $0.allocatable.cpu = 1099 }
        },
        Mutation("memory", .room("w-5", .init(resource: "memory", wanted: 64, free: 63), wave: 4)) {
            $0.spoilTarget { $0.allocatable.memory = 63 }
            $0.builder.changePod("web-1") { $0.requests.memory = 64 }
        },
        Mutation("disk", .room("w-5", .init(resource: "ephemeral-storage", wanted: 64, free: 63), wave: 4)) {
            $0.spoilTarget { $0.allocatable.ephemeralStorage = 63 }
            $0.builder.changePod("web-1") { $0.requests.ephemeralStorage = 64 }
        },
        Mutation("pods", .room("w-5", .init(resource: "pods", wanted: 1, free: 0), wave: 4)) {
            $0.spoilTarget { $0.allocatable.pods = 1 }
        },
        Mutation("extended", .room("w-5", .init(resource: "gpu", wanted: 2, free: 1), wave: 4)) {
            $0.spoilTarget { $0.allocatable.extended = ["gpu": 1] }
            $0.builder.changePod("web-1") { $0.requests.extended = ["gpu": 2] }
        },
        Mutation("two that fit singly", .room("w-5", .init(resource: "cpu", wanted: 1500, free: 1499), wave: 4)) {
            $0.spoilTarget { $0.allocatable.cpu = 1599 }
            $0.waves[3].moves[1].to = "w-5"
        },
        Mutation("what came in an earlier wave", .room("w-1", .init(resource: "cpu", wanted: 1000, free: 999), wave: 7))
        {
            $0.builder.changeNode("w-1") { $0.allocatable.cpu = 3599 }
        },
        Mutation(
            "a terminating pod holds its room",
            .room("w-5", .init(resource: "cpu", wanted: 1000, free: 899), wave: 4)
        ) {
            $0.spoilTarget { $0.allocatable.cpu = 1099 }
            $0.builder.addPod("other", on: "w-5")
            $0.builder.changePod("other") { $0.terminating = true }
        },
    ]

    @Test(arguments: legal) func `a move that just fits its target is not refused`(change: Mutation) {
        var scenario = VerifierScenario()
        change.apply(&scenario)
        #expect(scenario.claims.filter { $0.waveNumber == 4 } == [])
    }

    /// The expected claim is what one step further would bring.
    static let legal: [Mutation] = [
        Mutation("exact cpu and pods", room[0].expected) {
            $0.spoilTarget { $0.allocatable = Resources(cpu: 1100, pods: 2) }
        },
        Mutation("exact cpu of two", room[5].expected) {
            $0.spoilTarget { $0.allocatable.cpu = 1600 }
            $0.waves[3].moves[1].to = "w-5"
        },
        Mutation("finished pods hold nothing", room[3].expected) {
            $0.spoilTarget { $0.allocatable = Resources(cpu: 1100, pods: 2) }
            $0.builder.addPod("other", on: "w-5")
            $0.builder.changePod("other") { $0.phase = .failed }
        },
        Mutation("overdrawn in what is not requested", room[1].expected) {
            $0.spoilTarget { $0.allocatable.memory = 10 }
            $0.builder.changePod("agent-8") { $0.requests.memory = 64 }
        },
        Mutation("tolerated taint", targets[5].expected) {
            $0.spoilTarget {
                $0.taints = [Taint(key: "gpu", effect: .noExecute), Taint(key: "x", effect: .preferNoSchedule)]
            }
            $0.builder.changePod("web-1") { $0.tolerations = [Toleration(key: "gpu", exists: true)] }
        },
        Mutation("second affinity term", targets[8].expected) {
            $0.spoilTarget { _ in }
            $0.builder.changePod("web-1") { $0.nodeAffinity = [inZones("a"), inZones("c")] }
        },
        Mutation("a finished bare pod stays behind", moves[12].expected) {
            $0.builder.addPod("other", on: "w-1")
            $0.builder.changePod("other") { $0.phase = .succeeded }
        },
        Mutation("a pending pod asks no budget", moves[13].expected) {
            $0.builder.addBudget("second", app: "web", .maxUnavailable(.count(3)))
            $0.builder.changePod("web-1") {
                $0.phase = .pending
                $0.ready = false
            }
        },
    ]
}

extension VerifierScenario {
    /// Sends `web-1` to `w-5`, which is changed before.
    fileprivate mutating func spoilTarget(_ change: (inout Node) -> Void) {
        builder.changeNode("w-5", change)
        firstMove.to = "w-5"
    }
}
