import ClusterModel

/// The rows that kubectl prints, for clients that ask for a Table.
extension PracticeCluster {
    static func wantsTable(_ request: PracticeRequest) -> Bool {
        request.header("Accept")?.contains("as=Table") == true
    }

    func table(_ kind: ResourceKind, _ objects: [JSONValue], metadata: JSONValue) -> JSONValue {
        let columns = ["Name"] + Self.columns(kind) + ["Age"]
        let definitions = columns.enumerated().map { index, name -> JSONValue in
            [
                "name": .string(name), "type": "string", "format": .string(index == 0 ? "name" : ""),
                "description": "", "priority": 0,
            ]
        }
        let rows = objects.map { object -> JSONValue in
            let cells = [object["metadata", "name"]?.string ?? ""] + Self.cells(kind, object) + [age(object)]
            var partial: JSONValue = ["kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"]
            partial["metadata"] = object["metadata"]
            return ["cells": .array(cells.map { .string($0) }), "object": partial]
        }
        return [
            "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
            "columnDefinitions": .array(definitions), "rows": .array(rows),
        ]
    }

    private func age(_ object: JSONValue) -> String {
        let created = object["metadata", "creationTimestamp"]?.string ?? ""
        for (seconds, unit) in [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")] as [(Int64, String)] {
            var count: Int64 = 0
            while count < 1000,
                Instant(milliseconds: now.milliseconds - (count + 1) * seconds * 1000).rfc3339 >= created
            {
                count += 1
            }
            if count > 0 { return "\(count)\(unit)" }
        }
        return "0s"
    }

    private static func columns(_ kind: ResourceKind) -> [String] {
        switch kind {
        case .node: ["Status", "Roles", "Version"]
        case .pod: ["Ready", "Status", "Node"]
        case .budget: ["Min Available", "Max Unavailable", "Allowed Disruptions"]
        case .deployment, .statefulSet: ["Ready"]
        case .daemonSet: ["Desired", "Ready"]
        case .namespace: ["Status"]
        default: []
        }
    }

    private static func cells(_ kind: ResourceKind, _ object: JSONValue) -> [String] {
        func text(_ keys: String..., or missing: String = "0") -> String {
            let value = keys.reduce(Optional(object)) { $0?[$1] }
            return value?.string ?? value?.integer.map(String.init) ?? missing
        }
        switch kind {
        case .node: return [nodeStatus(object), roles(object), text("status", "nodeInfo", "kubeletVersion", or: "")]
        case .pod: return [podReadiness(object), podStatus(object), text("spec", "nodeName", or: "<none>")]
        case .budget:
            return [
                text("spec", "minAvailable", or: "N/A"), text("spec", "maxUnavailable", or: "N/A"),
                text("status", "disruptionsAllowed"),
            ]
        case .deployment, .statefulSet: return ["\(text("status", "readyReplicas"))/\(text("spec", "replicas"))"]
        case .daemonSet: return [text("status", "desiredNumberScheduled"), text("status", "numberReady")]
        case .namespace: return [text("status", "phase", or: "")]
        default: return []
        }
    }

    private static func nodeStatus(_ node: JSONValue) -> String {
        let ready = node.condition("Ready") == "True" ? "Ready" : "NotReady"
        return node["spec", "unschedulable"]?.bool == true ? ready + ",SchedulingDisabled" : ready
    }

    private static func roles(_ node: JSONValue) -> String {
        let prefix = "node-role.kubernetes.io/"
        let roles = node.labels.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
        return roles.isEmpty ? "<none>" : roles.sorted().joined(separator: ",")
    }

    private static func podStatus(_ pod: JSONValue) -> String {
        pod["metadata", "deletionTimestamp"] != nil ? "Terminating" : pod["status", "phase"]?.string ?? "Pending"
    }

    private static func podReadiness(_ pod: JSONValue) -> String {
        let containers = pod["spec", "containers"]?.array?.count ?? 0
        return "\(pod.condition("Ready") == "True" ? containers : 0)/\(containers)"
    }
}
