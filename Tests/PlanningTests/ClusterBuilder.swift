import ClusterModel

/// Small clusters in a few words: workers `w-1`, `w-2`, …, workloads whose pods are `NAME-1`, `NAME-2`, … in `shop`.
struct ClusterBuilder {
    var nodes: [Node] = []
    var pods: [Pod] = []
    var workloads: [Workload] = []
    var budgets: [DisruptionBudget] = []
    var serverVersion: Version?

    static let namespace = "shop"

    var cluster: Cluster {
        Cluster(nodes: nodes, pods: pods, workloads: workloads, budgets: budgets, serverVersion: serverVersion)
    }

    static func id(_ name: String) -> PodID { PodID(namespace: namespace, name: name) }

    mutating func addNode(
        _ name: String,
        zone: String? = nil,
        isControlPlane: Bool = false,
        version: Version? = nil,
        allocatable: Resources = Resources(cpu: 4000, memory: 1 << 33, ephemeralStorage: 1 << 33, pods: 10)
    ) {
        var labels = ["kubernetes.io/hostname": name]
        if let zone { labels["topology.kubernetes.io/zone"] = zone }
        if isControlPlane { labels["node-role.kubernetes.io/control-plane"] = "" }
        let taints = isControlPlane ? [Taint(key: "node-role.kubernetes.io/control-plane", effect: .noSchedule)] : []
        nodes.append(
            Node(name: name, labels: labels, taints: taints, allocatable: allocatable, kubeletVersion: version)
        )
    }

    /// One pod on each of `places`, in that order; as many replicas unless said otherwise.
    mutating func addWorkload(
        _ name: String,
        kind: String = "Deployment",
        on places: [String],
        replicas: Int? = nil,
        requests: Resources = Resources(cpu: 1000, pods: 1)
    ) {
        let workload = WorkloadID(kind: kind, namespace: Self.namespace, name: name)
        let counts = kind != "DaemonSet" && kind != "Job"
        workloads.append(Workload(id: workload, replicas: counts ? replicas ?? places.count : nil))
        let owner = OwnerReference(kind: kind == "Deployment" ? "ReplicaSet" : kind, name: name)
        for (number, place) in zip(1..., places) {
            pods.append(
                Pod(
                    id: Self.id("\(name)-\(number)"),
                    labels: ["app": name],
                    node: place,
                    requests: requests,
                    owner: owner,
                    workload: workload
                )
            )
        }
    }

    /// A pod without a controller.
    mutating func addPod(_ name: String, on node: String, requests: Resources = Resources(cpu: 100, pods: 1)) {
        pods.append(Pod(id: Self.id(name), labels: ["app": name], node: node, requests: requests))
    }

    /// A budget for the pods of the workload `app`.
    mutating func addBudget(
        _ name: String,
        app: String,
        _ rule: DisruptionBudget.Rule,
        unhealthy: DisruptionBudget.UnhealthyPodEviction = .ifHealthyBudget,
        status: DisruptionBudget.Status? = nil
    ) {
        budgets.append(
            DisruptionBudget(
                id: Self.id(name),
                selector: LabelSelector(matchLabels: ["app": app]),
                rule: rule,
                unhealthyPodEviction: unhealthy,
                status: status
            )
        )
    }

    mutating func changeNode(_ name: String, _ change: (inout Node) -> Void) {
        for index in nodes.indices where nodes[index].name == name { change(&nodes[index]) }
    }

    mutating func changePod(_ name: String, _ change: (inout Pod) -> Void) {
        for index in pods.indices where pods[index].id.name == name { change(&pods[index]) }
    }
}

extension Cluster {
    /// Workers `w-1` to `w-COUNT`, and what `build` adds.
    static func with(nodes count: Int, _ build: (inout ClusterBuilder) -> Void = { _ in }) -> Cluster {
        var builder = ClusterBuilder()
        for number in 0..<count { builder.addNode("w-\(number + 1)") }
        build(&builder)
        return builder.cluster
    }
}
