import ClusterModel

/// Every write to the store passes here: it keeps the metadata and the indexes right and wakes who must react.
extension PracticeCluster {
    mutating func ensureNamespace(_ name: String) {
        let key = ObjectKey(name: name)
        guard store[.namespace, key] == nil else { return }
        insert(
            .namespace,
            [
                "metadata": ["name": .string(name), "labels": ["kubernetes.io/metadata.name": .string(name)]],
                "spec": ["finalizers": ["kubernetes"]],
                "status": ["phase": "Active"],
            ]
        )
    }

    /// Stores a new object under the name in its metadata, with a UID, a creation time and a generation where it has none.
    @discardableResult
    mutating func insert(_ kind: ResourceKind, _ object: JSONValue) -> JSONValue {
        let (key, stored) = prepared(kind, object)
        return write(kind, key, stored)
    }

    /// What ``insert(_:_:)`` would store.
    mutating func prepared(_ kind: ResourceKind, _ object: JSONValue) -> (key: ObjectKey, object: JSONValue) {
        var object = object
        var metadata: JSONValue = [:]
        let given = object["metadata"] ?? [:]
        metadata["name"] = given["name"]
        metadata["generateName"] = given["generateName"]
        if kind.isNamespaced { metadata["namespace"] = given["namespace"] ?? "default" }
        metadata["uid"] = given["uid"] ?? .string(random.uuid())
        metadata["resourceVersion"] = ""
        if kind.hasGeneration { metadata["generation"] = given["generation"] ?? 1 }
        metadata["creationTimestamp"] = given["creationTimestamp"] ?? .string(now.rfc3339)
        for member in given.object?.members ?? [] where metadata[member.key] == nil && !member.value.isNull {
            metadata[member.key] = member.value
        }
        object["kind"] = nil
        object["apiVersion"] = nil
        object["metadata"] = nil
        object = .object(
            JSONObject([("metadata", metadata)] + (object.object?.members ?? []).map { ($0.key, $0.value) })
        )
        return (key(of: kind, object), object)
    }

    func key(of kind: ResourceKind, _ object: JSONValue) -> ObjectKey {
        ObjectKey(
            namespace: kind.isNamespaced ? object["metadata", "namespace"]?.string ?? "default" : "",
            name: object["metadata", "name"]?.string ?? ""
        )
    }

    /// Stores an object's new state. One that differs in nothing is no write: the resourceVersion stays.
    @discardableResult
    mutating func write(_ kind: ResourceKind, _ key: ObjectKey, _ object: JSONValue) -> JSONValue {
        var object = object
        if let old = store[kind, key] {
            object["metadata", "resourceVersion"] = old["metadata", "resourceVersion"]
            if object == old { return old }
            if kind.hasGeneration, object["spec"] != old["spec"], old["metadata", "deletionTimestamp"] == nil {
                object["metadata", "generation"] = JSONValue((old["metadata", "generation"]?.integer ?? 0) + 1)
            }
        }
        let change = store.put(kind, key, object)
        react(to: change)
        return change.object
    }

    mutating func erase(_ kind: ResourceKind, _ key: ObjectKey) {
        guard let change = store.remove(kind, key) else { return }
        react(to: change)
    }

    /// Changes an object in place, where it is still there.
    mutating func update(_ kind: ResourceKind, _ key: ObjectKey, _ body: (inout JSONValue) -> Void) {
        guard var object = store[kind, key] else { return }
        body(&object)
        write(kind, key, object)
    }
}

extension PracticeCluster {
    private mutating func react(to change: Change) {
        switch change.kind {
        case .pod: podChanged(change)
        case .node: nodeChanged(change)
        case .budget: budgetChanged(change)
        case .deployment, .replicaSet, .replicationController, .statefulSet, .daemonSet, .job:
            workloadChanged(change)
        case .namespace where change.object["metadata", "deletionTimestamp"] != nil && change.verb != .deleted:
            reconcile(.namespace, change.key)
        default: break
        }
    }

    private mutating func budgetChanged(_ change: Change) {
        guard change.verb != .deleted else {
            budgets[change.key] = nil
            return
        }
        budgets[change.key] = LabelSelector(json: change.object["spec", "selector"])
        if change.previous?["spec"] != change.object["spec"] { reconcile(.budget, change.key) }
    }

    private mutating func workloadChanged(_ change: Change) {
        if change.verb == .deleted {
            collectGarbage(ownedBy: change.object["metadata", "uid"]?.string ?? "", in: change.key.namespace)
        } else {
            reconcile(change.kind, change.key)
        }
        if let owner = change.object.controller, let kind = ResourceKind(rawValue: owner.kind) {
            reconcile(kind, ObjectKey(namespace: change.key.namespace, name: owner.name))
        }
        guard change.previous?["spec", "replicas"] != change.object["spec", "replicas"] else { return }
        for budget in budgets.keys.sorted() where budget.namespace == change.key.namespace {
            reconcile(.budget, budget)
        }
    }

    /// Deletes what a deleted object controlled.
    private mutating func collectGarbage(ownedBy uid: String, in namespace: String) {
        for kind in [ResourceKind.replicaSet, .job] {
            for (key, object) in store.all(kind) where key.namespace == namespace && object.controller?.uid == uid {
                erase(kind, key)
            }
        }
        for key in pods.keys(ownedBy: uid) { deletePod(key, grace: nil) }
    }

    /// Empties a terminating namespace, and ends it when nothing is left.
    mutating func finishNamespace(_ key: ObjectKey) {
        guard store[.namespace, key]?["metadata", "deletionTimestamp"] != nil else { return }
        for kind in ResourceKind.allCases where kind.isNamespaced && kind != .pod {
            for place in store.keys(kind) where place.namespace == key.name { erase(kind, place) }
        }
        for place in pods.keys(in: key.name) { deletePod(place, grace: nil) }
        if pods.keys(in: key.name).isEmpty { erase(.namespace, key) }
    }
}

extension JSONValue {
    /// The owner reference that is marked as the controller.
    var controller: OwnerReference? {
        for owner in self["metadata", "ownerReferences"]?.array ?? [] where owner["controller"]?.bool == true {
            return OwnerReference(
                kind: owner["kind"]?.string ?? "",
                name: owner["name"]?.string ?? "",
                uid: owner["uid"]?.string ?? ""
            )
        }
        return nil
    }

    var labels: Labels {
        Dictionary(self["metadata", "labels"]?.stringMembers.map { ($0.key, $0.value) } ?? []) { $1 }
    }
}
