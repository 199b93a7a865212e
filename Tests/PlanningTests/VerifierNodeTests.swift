import ClusterModel
import Testing

@testable import Planning

struct VerifierNodeTests {
    @Test func `a correct plan breaks no claim`() {
        #expect(VerifierScenario().claims == [])
    }

    @Test(arguments: nodes + waves + controlPlane + skew)
    func `a plan that is wrong in its nodes is refused for it`(mutation: Mutation) {
        var scenario = VerifierScenario()
        mutation.apply(&scenario)
        #expect(scenario.claims.contains(mutation.expected), "\(scenario.claims)")
    }

    static let nodes: [Mutation] = [
        Mutation("unknown node", .node("w-9", .unknown, wave: 6)) { $0.waves[5].nodes = ["w-9"] },
        Mutation("not in the names", .node("w-3", .notChosen, wave: 6)) {
            $0.campaign.nodeNames = ["cp-1", "cp-2", "cp-3", "w-1", "w-2", "w-4"]
        },
        Mutation("not in the selector", .node("w-4", .notChosen, wave: 7)) {
            $0.campaign.selector = LabelSelector(matchExpressions: [
                .init(key: "kubernetes.io/hostname", operator: .notIn, values: ["w-4"])
            ])
        },
        Mutation("twice in the plan", .node("w-1", .repeated, wave: 6)) { $0.waves[5].nodes = ["w-1"] },
        Mutation("twice in one wave", .node("w-3", .repeated, wave: 6)) {
            $0.policy.maxOut = .count(2)
            $0.waves[5].nodes = ["w-3", "w-3"]
        },
        Mutation("not ready", .node("w-3", .notReady, wave: 6)) { $0.builder.changeNode("w-3") { $0.ready = false } },
        Mutation("cordoned by somebody", .node("w-3", .foreignCordon(by: nil), wave: 6)) {
            $0.builder.changeNode("w-3") { $0.unschedulable = true }
        },
    ]

    static let waves: [Mutation] = [
        Mutation("empty wave", .wave(.empty, wave: 8)) {
            $0.waves.append(Wave(number: 8, rounds: 1, nodes: [], moves: []))
        },
        Mutation("number not upwards", .wave(.number(after: 3), wave: 3)) { $0.waves[3].number = 3 },
        Mutation("number from zero", .wave(.number(after: 0), wave: 0)) { $0.waves[0].number = 0 },
        Mutation("one node too many", .wave(.tooManyNodes(2, limit: 1), wave: 4)) {
            $0.joinTwoWorkers()
            $0.policy.maxOut = .count(1)
        },
        Mutation("one node over a percentage", .wave(.tooManyNodes(2, limit: 1), wave: 4)) {
            $0.joinTwoWorkers()
            $0.policy.maxOut = .percent(24)  // of 8 nodes: 1.92, cut
        },
        Mutation("two zones", .wave(.severalZones(["a", "b"]), wave: 4)) {
            $0.joinTwoWorkers()
            $0.policy.oneZoneAtATime = true
            $0.waves[3].nodes = ["w-1", "w-3"]
        },
        Mutation("a zone and none", .wave(.severalZones(["", "a"]), wave: 4)) {
            $0.joinTwoWorkers()
            $0.policy.oneZoneAtATime = true
            $0.builder.changeNode("w-2") { $0.labels = [:] }
        },
    ]

    static let controlPlane: [Mutation] = [
        Mutation("two control planes", .controlPlane(.several(["cp-1", "cp-2"]), wave: 1)) {
            $0.waves[0].nodes = ["cp-1", "cp-2"]
        },
        Mutation("control plane with a worker", .controlPlane(.withWorkers("cp-3"), wave: 3)) {
            $0.waves[2].nodes = ["cp-3", "w-5"]
        },
        Mutation("worker first", .controlPlane(.afterWorkers("cp-3"), wave: 8)) {
            $0.waves[2].nodes = ["w-5"]
            $0.waves.append(Wave(number: 8, rounds: 1, nodes: ["cp-3"], moves: []))
        },
        Mutation("another member is down", .controlPlane(.quorum(ready: 1, needed: 2, members: 3), wave: 1)) {
            $0.builder.changeNode("cp-3") { $0.ready = false }
        },
        Mutation("two of three leave", .controlPlane(.quorum(ready: 1, needed: 2, members: 3), wave: 1)) {
            $0.waves[0].nodes = ["cp-1", "cp-2"]
        },
    ]

    static let skew: [Mutation] = [
        Mutation(
            "two minors at once",
            .skew("cp-1", .tooFar(from: version(34), to: Version(major: 1, minor: 36)), wave: 1)
        ) {
            $0.campaign.purpose = .upgrade(to: Version(major: 1, minor: 36))
        },
        Mutation("a member left behind", .skew("cp-3", .tooFar(from: version(33), to: target), wave: 1)) {
            $0.builder.changeNode("cp-3") { $0.kubeletVersion = version(33) }
        },
        Mutation("another major", .skew("cp-1", .tooFar(from: version(34), to: Version(major: 2, minor: 0)), wave: 1)) {
            $0.campaign.purpose = .upgrade(to: Version(major: 2, minor: 0))
        },
        Mutation("down a minor", .skew("w-3", .downgrade(from: version(36), to: target), wave: 6)) {
            $0.builder.changeNode("w-3") { $0.kubeletVersion = version(36) }
        },
        Mutation("down a patch", .skew("w-3", .downgrade(from: version(34), to: version(34, 1)), wave: 6)) {
            $0.campaign.purpose = .upgrade(to: version(34, 1))
        },
        Mutation("worker before a member", .skew("w-1", .newerThanServer(target: target, server: version(34)), wave: 4))
        {
            $0.waves.remove(at: 1)
        },
        Mutation(
            "server older than its kubelets",
            .skew("w-1", .newerThanServer(target: target, server: version(34)), wave: 4)
        ) {
            for name in ["cp-1", "cp-2", "cp-3"] { $0.builder.changeNode(name) { $0.kubeletVersion = version(35) } }
            $0.builder.serverVersion = version(34)
            $0.waves.removeSubrange(..<3)
        },
        Mutation("server without nodes", .skew("w-1", .newerThanServer(target: target, server: version(34)), wave: 4)) {
            $0.builder.nodes.removeAll(where: \.isControlPlane)
            $0.builder.serverVersion = version(34)
            $0.waves.removeSubrange(..<3)
        },
        Mutation(
            "a kubelet four behind",
            .skew("w-5", .tooOld(kubelet: version(31), server: target, limit: 3), wave: 1)
        ) {
            $0.builder.changeNode("w-5") { $0.kubeletVersion = version(31) }
        },
        Mutation(
            "three behind, before 1.28",
            .skew("w-5", .tooOld(kubelet: version(24), server: Version(major: 1, minor: 27), limit: 2), wave: 1)
        ) {
            for node in $0.builder.nodes { $0.builder.changeNode(node.name) { $0.kubeletVersion = version(26) } }
            $0.builder.changeNode("w-5") { $0.kubeletVersion = version(24) }
            $0.campaign.purpose = .upgrade(to: Version(major: 1, minor: 27))
        },
        Mutation("no kubelet version", .skew("w-3", .unknownVersion, wave: 6)) {
            $0.builder.changeNode("w-3") { $0.kubeletVersion = nil }
        },
        Mutation("no server version", .skew("w-1", .unknownServerVersion, wave: 4)) {
            $0.builder.nodes.removeAll(where: \.isControlPlane)
            $0.waves.removeSubrange(..<3)
        },
    ]

    static let target = Version(major: 1, minor: 35)

    static func version(_ minor: Int, _ patch: Int = 2) -> Version { Version(major: 1, minor: minor, patch: patch) }
}

struct VerifierLegalNodeTests {
    @Test(arguments: legal) func `what is allowed to the last is not refused`(change: Mutation) {
        var scenario = VerifierScenario()
        change.apply(&scenario)
        #expect(scenario.claims == [])
    }

    /// The expected claim is what one step further would bring.
    static let legal: [Mutation] = [
        Mutation("own cordon", .node("w-3", .foreignCordon(by: nil), wave: 6)) {
            $0.builder.changeNode("w-3") {
                $0.unschedulable = true
                $0.cordonOwner = "run-1"
            }
        },
        Mutation("one zone", .wave(.severalZones(["a", "b"]), wave: 4)) {
            $0.policy.oneZoneAtATime = true
        },
        Mutation("kubelet three behind", .wave(.empty, wave: 1)) {
            $0.builder.changeNode("w-5") { $0.kubeletVersion = Version(major: 1, minor: 32) }
        },
        Mutation("three behind, from 1.28 on", .wave(.empty, wave: 1)) {
            for node in $0.builder.nodes {
                $0.builder.changeNode(node.name) { $0.kubeletVersion = Version(major: 1, minor: 27) }
            }
            $0.builder.changeNode("w-5") { $0.kubeletVersion = Version(major: 1, minor: 25) }
            $0.campaign.purpose = .upgrade(to: Version(major: 1, minor: 28))
        },
        Mutation("target of a patch already there", .wave(.empty, wave: 1)) {
            $0.builder.changeNode("w-3") { $0.kubeletVersion = Version(major: 1, minor: 35, patch: 7) }
        },
        Mutation("a service of nodes without versions", .wave(.empty, wave: 1)) {
            $0.campaign.purpose = .service
            for node in $0.builder.nodes { $0.builder.changeNode(node.name) { $0.kubeletVersion = nil } }
        },
        Mutation("a server that the control plane's waves raise", .wave(.empty, wave: 1)) {
            $0.builder.serverVersion = VerifierScenario.old
        },
        Mutation("a terminating pod ends with its node's wave", .wave(.empty, wave: 1)) {
            $0.builder.addPod("other", on: "w-1", requests: Resources(cpu: 1000, pods: 1))
            $0.builder.changePod("other") { $0.terminating = true }
        },
        Mutation("two members, one by one", .controlPlane(.quorum(ready: 1, needed: 2, members: 2), wave: 1)) {
            $0.builder.nodes.removeAll { $0.name == "cp-3" }
            $0.waves.remove(at: 2)
        },
    ]

    @Test func `the cordon of another run is foreign to a run that has a name`() {
        var scenario = VerifierScenario()
        scenario.builder.changeNode("w-3") {
            $0.unschedulable = true
            $0.cordonOwner = "run-1"
        }
        let cluster = scenario.builder.cluster
        func claims(run: String) -> [BrokenClaim] {
            PlanVerifier(cluster: cluster, policy: scenario.policy, campaign: scenario.campaign, run: run)
                .brokenClaims(of: scenario.plan)
        }
        #expect(claims(run: "run-1") == [])
        #expect(claims(run: "run-2") == [.node("w-3", .foreignCordon(by: "run-1"), wave: 6)])
    }
}
