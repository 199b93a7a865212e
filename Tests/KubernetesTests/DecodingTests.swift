import ClusterModel
import Testing

@testable import Kubernetes

struct DecodingTests {
    private static let node = """
        {"metadata":{"name":"n1","uid":"u1","resourceVersion":"7","labels":{"pool":"gpu"},
         "annotations":{"evenkeel.io/cordoned-by":"run-1"},"managedFields":[{"fieldsV1":{"f:spec":{"f:taints":{}}}}]},
         "spec":{"unschedulable":true,"taints":[{"key":"a","value":"b","effect":"NoSchedule","timeAdded":"2026-11-23T07:04:30Z"},
         {"key":"c","effect":"Unheard"}]},
         "status":{"allocatable":{"cpu":"3920m","memory":"8Gi","pods":"110","ephemeral-storage":"1Gi","nvidia.com/gpu":"2"},
         "conditions":[{"type":"DiskPressure","status":"False"},{"type":"Ready","status":"True"}],
         "addresses":[{"type":"Hostname","address":"n1"},{"type":"InternalIP","address":"10.0.0.1"}],
         "nodeInfo":{"kubeletVersion":"v1.35.4","bootID":"b1","swap":{"capacity":1024}}}}
        """

    @Test func `a node is read with what a campaign looks at`() throws {
        let node = try scan(Self.node) { try Node(json: &$0) }
        #expect(
            node
                == Node(
                    name: "n1",
                    uid: "u1",
                    resourceVersion: "7",
                    labels: ["pool": "gpu"],
                    taints: [Taint(key: "a", value: "b", effect: .noSchedule)],
                    unschedulable: true,
                    cordonOwner: "run-1",
                    ready: true,
                    allocatable: Resources(
                        cpu: 3920,
                        memory: 8 << 30,
                        ephemeralStorage: 1 << 30,
                        pods: 110,
                        extended: ["nvidia.com/gpu": 2]
                    ),
                    kubeletVersion: Version(major: 1, minor: 35, patch: 4),
                    bootID: "b1",
                    address: "10.0.0.1"
                )
        )
    }

    @Test(arguments: [("\"True\"", true), ("\"False\"", false), ("\"Unknown\"", false)])
    func `a node is ready only if its condition says True`(status: String, ready: Bool) throws {
        let json = "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\(status)}]}}"
        #expect(try scan(json) { try Node(json: &$0) }.ready == ready)
    }

    @Test func `a missing unschedulable means schedulable, whatever the taints say`() throws {
        let json = #"{"spec":{"taints":[{"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule"}]}}"#
        let node = try scan(json) { try Node(json: &$0) }
        #expect(!node.unschedulable)
        #expect(node.taints.count == 1)
    }

    @Test func `a pod is read with what decides where it may run`() throws {
        let json = """
            {"metadata":{"namespace":"shop","name":"web-1","uid":"p1","labels":{"app":"web"},
             "deletionTimestamp":"2026-11-23T07:26:33Z","ownerReferences":[
             {"kind":"Tenant","name":"t","uid":"x"},{"kind":"StatefulSet","name":"web","uid":"s1","controller":true}]},
             "spec":{"nodeName":"n1","nodeSelector":{"pool":"a"},"priority":1000,"containers":[{"name":"c"}],
             "volumes":[{"name":"v","emptyDir":{}},{"name":"w","hostPath":{"path":"/"}}],
             "tolerations":[{"operator":"Exists"},{"key":"k","operator":"Equal","value":"v","effect":"NoExecute","tolerationSeconds":300},
             {"key":"d","value":"e"}],
             "affinity":{"podAntiAffinity":{},"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[],
             "requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[
             {"matchExpressions":[{"key":"zone","operator":"In","values":["a","b"]}]},
             {"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]}]}}}},
             "status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}
            """
        let pod = try scan(json) { try Pod(json: &$0) }
        #expect(
            pod
                == Pod(
                    id: PodID(namespace: "shop", name: "web-1"),
                    uid: "p1",
                    labels: ["app": "web"],
                    node: "n1",
                    phase: .running,
                    ready: true,
                    terminating: true,
                    owner: OwnerReference(kind: "StatefulSet", name: "web", uid: "s1"),
                    workload: WorkloadID(kind: "StatefulSet", namespace: "shop", name: "web"),
                    nodeSelector: ["pool": "a"],
                    nodeAffinity: [
                        NodeSelectorTerm(matchExpressions: [.init(key: "zone", operator: .in, values: ["a", "b"])]),
                        NodeSelectorTerm(matchFields: [.init(key: "metadata.name", operator: .in, values: ["n1"])]),
                    ],
                    tolerations: [
                        Toleration(key: nil, exists: true),
                        Toleration(key: "k", exists: false, value: "v", effect: .noExecute),
                        Toleration(key: "d", exists: false, value: "e"),
                    ],
                    priority: 1000,
                    hasEmptyDir: true,
                    qualityOfService: .bestEffort
                )
        )
    }

    @Test func `a mirror pod and a bare pod are told apart`() throws {
        let mirror = #"{"metadata":{"annotations":{"kubernetes.io/config.mirror":"x"}},"spec":{}}"#
        #expect(try scan(mirror) { try Pod(json: &$0) }.isMirror)
        let bare = try scan("{\"metadata\":{\"name\":\"b\"},\"spec\":{}}") { try Pod(json: &$0) }
        #expect(!bare.isMirror)
        #expect(bare.owner == nil)
        #expect(bare.workload == nil)
        #expect(!bare.ready)
    }

    @Test(arguments: [
        ("Deployment", "{\"replicas\":3,\"minReadySeconds\":10}", Int?.some(3), 10), ("Deployment", "{}", 1, 0),
        ("StatefulSet", "{\"replicas\":0}", 0, 0), ("ReplicationController", "{\"replicas\":null}", 1, 0),
        ("DaemonSet", "{\"minReadySeconds\":5}", nil, 5), ("Job", "{\"parallelism\":4}", nil, 0),
    ])
    func `controllers state how many pods they keep`(kind: String, spec: String, replicas: Int?, ready: Int) throws {
        let json = "{\"metadata\":{\"namespace\":\"a\",\"name\":\"b\"},\"spec\":\(spec)}"
        let workload = try scan(json) { try Controller(kind: kind, json: &$0) }.workload
        let id = WorkloadID(kind: kind, namespace: "a", name: "b")
        #expect(workload == Workload(id: id, replicas: replicas, minReadySeconds: ready))
    }
}

struct BudgetDecodingTests {
    private func budget(_ spec: String, status: String = "{}", isBeta: Bool = false) throws -> DisruptionBudget {
        let head = "{\"namespace\":\"a\",\"name\":\"b\",\"generation\":2}"
        return try scan("{\"metadata\":\(head),\"spec\":\(spec),\"status\":\(status)}") {
            try DisruptionBudget(json: &$0, isBeta: isBeta)
        }
    }

    @Test(arguments: [
        ("{\"minAvailable\":2}", DisruptionBudget.Rule.minAvailable(.count(2))),
        ("{\"minAvailable\":\"50%\"}", .minAvailable(.percent(50))),
        ("{\"maxUnavailable\":0}", .maxUnavailable(.count(0))),
        ("{\"maxUnavailable\":\"10%\",\"minAvailable\":null}", .maxUnavailable(.percent(10))),
        ("{}", .minAvailable(.count(1))),
    ])
    func `rules are numbers or percentages`(spec: String, rule: DisruptionBudget.Rule) throws {
        #expect(try budget(spec).rule == rule)
    }

    @Test func `a rule that is neither is an error`() {
        #expect(throws: JSONError.self) { try budget("{\"minAvailable\":\"half\"}") }
    }

    @Test func `an empty selector selects everything in v1, and nothing in v1beta1`() throws {
        #expect(try budget("{\"selector\":{}}").selector == LabelSelector())
        #expect(try budget("{\"selector\":{}}", isBeta: true).selector == nil)
        #expect(try budget("{}").selector == nil)
        let some = "{\"selector\":{\"matchLabels\":{\"a\":\"b\"}}}"
        #expect(try budget(some, isBeta: true).selector == LabelSelector(matchLabels: ["a": "b"]))
    }

    @Test func `what happens to unready pods is read, and has a default`() throws {
        #expect(try budget("{\"unhealthyPodEvictionPolicy\":\"AlwaysAllow\"}").unhealthyPodEviction == .alwaysAllow)
        #expect(try budget("{}").unhealthyPodEviction == .ifHealthyBudget)
    }

    private static let counts = "\"disruptionsAllowed\":1,\"currentHealthy\":3,\"desiredHealthy\":2,\"expectedPods\":3"

    @Test(arguments: [
        ("\"observedGeneration\":2", true), ("\"observedGeneration\":1", false), ("\"other\":0", false),
        (
            "\"observedGeneration\":2,\"conditions\":[{\"type\":\"DisruptionAllowed\",\"status\":\"True\",\"reason\":\"SufficientPods\"}]",
            true
        ),
        (
            "\"observedGeneration\":2,\"conditions\":[{\"type\":\"DisruptionAllowed\",\"status\":\"False\",\"reason\":\"SyncFailed\"}]",
            false
        ),
    ])
    func `a status counts only if the controller has seen the budget as it stands`(more: String, current: Bool) throws {
        let status = try budget("{}", status: "{\(Self.counts),\(more)}").status
        let expected = DisruptionBudget.Status(
            disruptionsAllowed: 1,
            currentHealthy: 3,
            desiredHealthy: 2,
            expectedPods: 3,
            isCurrent: current
        )
        #expect(status == expected)
    }

    @Test func `a budget without a status has none`() throws {
        #expect(try budget("{}").status == nil)
        #expect(
            try scan("{\"metadata\":{},\"spec\":{}}") { try DisruptionBudget(json: &$0, isBeta: false) }.status == nil
        )
    }
}
