import ClusterModel
import Testing

@testable import Planning

@Suite struct PlannerUpgradeTests {
    private static let target = Version(major: 1, minor: 36)

    private func cluster(
        controlPlane: [String],
        workers: [String],
        server: String? = nil,
        _ change: (inout ClusterBuilder) -> Void = { _ in }
    ) -> Cluster {
        var builder = ClusterBuilder()
        for (number, version) in zip(1..., controlPlane) {
            builder.addNode("cp-\(number)", isControlPlane: true, version: Version(version))
        }
        for (number, version) in zip(1..., workers) { builder.addNode("w-\(number)", version: Version(version)) }
        builder.serverVersion = server.flatMap { Version($0) }
        change(&builder)
        return builder.cluster
    }

    @Test func `an upgrade by one minor takes control plane and workers`() {
        let cluster = cluster(controlPlane: ["v1.35.1", "v1.35.1", "v1.35.1"], workers: ["v1.35.1", "v1.33.0"])
        let plan = plan(cluster, maxOut: 2, to: Self.target)
        #expect(plan.waves.map(\.nodes) == [["cp-1"], ["cp-2"], ["cp-3"], ["w-1", "w-2"]])
        #expect(plan.findings.isEmpty)
        #expect(plan.brokenClaims(on: cluster).isEmpty)
    }

    @Test func `two minors at once are an obstacle that names the step between`() {
        let cluster = cluster(controlPlane: ["v1.34.1"], workers: ["v1.34.1"])
        let plan = plan(cluster, to: Self.target)
        #expect(plan.waves.isEmpty)
        #expect(plan.finding(.versionSkew)?.fix == "upgrade to 1.35 first")
        #expect(plan.finding(.versionSkew)?.message.contains("v1.36 is 2 minors ahead") == true)
        #expect(plan.nodes(.controlPlaneFirst) == ["w-1"])
    }

    @Test func `a node at the target is left out with a note`() {
        let cluster = cluster(controlPlane: ["v1.36.0"], workers: ["v1.36.2", "v1.35.0"])
        let plan = plan(cluster, to: Self.target)
        #expect(plan.nodes(.alreadyThere) == ["cp-1", "w-1"])
        #expect(plan.nodes == ["w-2"])
        #expect(plan.brokenClaims(on: cluster).isEmpty)
    }

    @Test func `nothing is left to do where all are at the target`() {
        let plan = plan(cluster(controlPlane: ["v1.36.0"], workers: ["v1.36.2"]), to: Self.target)
        #expect(plan.finding(.nothingToDo)?.severity == .note)
        #expect(plan.obstacles.isEmpty)
    }

    @Test func `kubelets are not downgraded`() {
        let cluster = cluster(controlPlane: ["v1.36.0"], workers: ["v1.37.0", "v1.35.9"])
        let plan = plan(cluster, to: Self.target)
        #expect(plan.nodes(.versionSkew) == ["w-1"])
        #expect(plan.nodes == ["w-2"])
    }

    @Test func `a worker four minors behind holds the control plane, and both say why`() {
        let cluster = cluster(controlPlane: ["v1.35.0"], workers: ["v1.35.0", "v1.32.7"])
        let plan = plan(cluster, to: Self.target)
        #expect(plan.waves.isEmpty)
        #expect(plan.nodes(.versionSkew) == ["cp-1", "w-2"])
        #expect(plan.nodes(.controlPlaneFirst) == ["w-1", "w-2"])
        #expect(plan.findings.contains { $0.node == "w-2" && $0.message.contains("4 minors behind") })
        #expect(plan.findings.contains { $0.node == "w-2" && $0.fix.contains("1.33 or newer") })
    }

    @Test func `workers do not overtake a control plane that is not chosen`() {
        let cluster = cluster(controlPlane: ["v1.35.0"], workers: ["v1.35.0"])
        let plan = plan(cluster, to: Self.target, nodes: ["w-1"])
        #expect(plan.nodes(.versionSkew) == ["w-1"])
        #expect(plan.waves.isEmpty)
    }

    @Test(arguments: [("v1.36.1", true), ("v1.35.1", false), (nil, false)])
    func `under a managed control plane the stated version counts`(server: String?, isPlanned: Bool) {
        let cluster = cluster(controlPlane: [], workers: ["v1.35.0"], server: server)
        let plan = plan(cluster, to: Self.target)
        #expect(plan.nodes.isEmpty != isPlanned)
        #expect(plan.nodes(.versionSkew).isEmpty == isPlanned)
        #expect(plan.brokenClaims(on: cluster).isEmpty)
    }

    @Test func `an obstacle on a control-plane node keeps the workers, not the other members`() {
        let cluster = cluster(controlPlane: ["v1.35.0", "v1.35.0", "v1.35.0"], workers: ["v1.35.0"]) {
            $0.addPod("debug", on: "cp-2")
        }
        let plan = plan(cluster, to: Self.target)
        #expect(plan.nodes == ["cp-1", "cp-3"])
        #expect(plan.nodes(.barePod) == ["cp-2"])
        #expect(plan.nodes(.controlPlaneFirst) == ["w-1"])
        #expect(plan.brokenClaims(on: cluster).isEmpty)
    }

    @Test func `a control-plane node without room keeps the workers too`() {
        let cluster = cluster(controlPlane: ["v1.35.0"], workers: ["v1.35.0", "v1.35.0"]) {
            $0.addWorkload("api", on: ["cp-1"], requests: Resources(cpu: 3000, pods: 1))
            $0.addWorkload("web", on: ["w-1", "w-2"], requests: Resources(cpu: 3000, pods: 1))
        }
        let plan = plan(cluster, to: Self.target)
        #expect(plan.nodes(.noRoom) == ["cp-1"])
        #expect(plan.nodes(.controlPlaneFirst) == ["w-1", "w-2"])
        #expect(plan.waves.isEmpty)
    }

    @Test func `service of a worker does not wait for the control plane`() {
        let cluster = cluster(controlPlane: ["v1.35.0"], workers: ["v1.35.0"]) { $0.addPod("debug", on: "cp-1") }
        #expect(plan(cluster).nodes == ["w-1"])
    }

    @Test func `a member that is down costs the others the quorum`() {
        let cluster = cluster(controlPlane: ["v1.35.0", "v1.35.0", "v1.35.0"], workers: []) {
            $0.changeNode("cp-3") { $0.ready = false }
        }
        let plan = plan(cluster)
        #expect(plan.nodes(.controlPlaneQuorum) == ["cp-1", "cp-2"])
        #expect(plan.finding(.controlPlaneQuorum)?.message.contains("only 1 of 3") == true)
        #expect(plan.waves.isEmpty)
    }

    @Test func `a single control-plane node goes with a warning`() {
        let plan = plan(cluster(controlPlane: ["v1.35.0"], workers: []))
        #expect(plan.finding(.controlPlaneQuorum)?.severity == .warning)
        #expect(plan.nodes == ["cp-1"])
    }
}
