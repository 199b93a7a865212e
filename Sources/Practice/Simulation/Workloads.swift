import ClusterModel

/// The controllers of deployments and replica sets.
extension PracticeCluster {
    /// Keeps one replica set for the present template at the wanted size; older ones go to zero.
    mutating func reconcileDeployment(_ key: ObjectKey) {
        guard let deployment = store[.deployment, key] else { return }
        let uid = deployment["metadata", "uid"]?.string ?? ""
        let replicas = deployment["spec", "replicas"]?.integer ?? 1
        let template = deployment["spec", "template"] ?? [:]
        let hash = Self.templateHash(template)
        let own = ObjectKey(namespace: key.namespace, name: "\(key.name)-\(hash)")
        let current = replicaSet(of: uid, for: template) ?? own
        if store[.replicaSet, current] == nil { makeReplicaSet(current, for: deployment, hash) }
        for (place, set) in store.all(.replicaSet) where set.controller?.uid == uid {
            let wanted = place == current ? replicas : 0
            if set["spec", "replicas"]?.integer != wanted {
                update(.replicaSet, place) { $0["spec", "replicas"] = JSONValue(wanted) }
            }
        }
        let owned = store.all(.replicaSet).filter { $0.object.controller?.uid == uid }.map(\.object)
        updateDeploymentStatus(key, owned, current: store[.replicaSet, current])
    }

    /// The replica set that has the present template, whoever named it.
    private func replicaSet(of uid: String, for template: JSONValue) -> ObjectKey? {
        store.all(.replicaSet).first { place in
            guard place.object.controller?.uid == uid else { return false }
            var own = place.object["spec", "template"] ?? [:]
            own["metadata", "labels", "pod-template-hash"] = nil
            return own == template
        }?.key
    }

    private mutating func makeReplicaSet(_ key: ObjectKey, for deployment: JSONValue, _ hash: String) {
        var template = deployment["spec", "template"] ?? [:]
        template["metadata", "labels", "pod-template-hash"] = .string(hash)
        var selector = deployment["spec", "selector"] ?? [:]
        selector["matchLabels", "pod-template-hash"] = .string(hash)
        insert(
            .replicaSet,
            [
                "metadata": [
                    "name": .string(key.name), "namespace": .string(key.namespace),
                    "labels": template["metadata", "labels"] ?? [:],
                    "ownerReferences": [Self.reference(to: deployment, .deployment)],
                ],
                "spec": [
                    "replicas": deployment["spec", "replicas"] ?? 1, "selector": selector, "template": template,
                ],
                "status": ["replicas": 0],
            ]
        )
    }

    private mutating func updateDeploymentStatus(_ key: ObjectKey, _ owned: [JSONValue], current: JSONValue?) {
        func sum(_ field: String) -> Int { owned.reduce(0) { $0 + ($1["status", field]?.integer ?? 0) } }
        let (total, ready, updated) = (
            sum("replicas"), sum("readyReplicas"), current?["status", "replicas"]?.integer ?? 0
        )
        update(.deployment, key) { [now] object in
            let wanted = object["spec", "replicas"]?.integer ?? 1
            object["status", "observedGeneration"] = object["metadata", "generation"]
            object.setCount("replicas", total)
            object.setCount("updatedReplicas", updated)
            object.setCount("readyReplicas", ready)
            object.setCount("availableReplicas", ready)
            object.setCount("unavailableReplicas", max(0, wanted - ready))
            // The default rolling update lets a quarter be away.
            let available = ready >= wanted - wanted / 4
            object.setCondition(
                "Available",
                available ? "True" : "False",
                at: now,
                ["reason": available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable"]
            )
        }
    }

    /// A replica set or replication controller: as many active pods as wanted.
    mutating func reconcileReplicas(_ kind: ResourceKind, _ key: ObjectKey) {
        guard let set = store[kind, key] else { return }
        let owned = pods.owned(by: set["metadata", "uid"]?.string ?? "")
        let active = owned.filter(\.isActive)
        let wanted = set["spec", "replicas"]?.integer ?? 1
        if active.count < wanted {
            for _ in active.count..<wanted { makePod(from: set, kind, name: nil) }
        } else if active.count > wanted {
            let goingFirst = active.sorted { left, right in
                let order = (left.node == nil ? 0 : 1, left.isReady ? 1 : 0)
                let other = (right.node == nil ? 0 : 1, right.isReady ? 1 : 0)
                return order == other ? left.key > right.key : order < other
            }
            for pod in goingFirst.prefix(active.count - wanted) { deletePod(pod.key, grace: nil) }
        }
        let present = pods.owned(by: set["metadata", "uid"]?.string ?? "").filter(\.isActive)
        update(kind, key) { object in
            object["status", "replicas"] = JSONValue(present.count)
            object.setCount("fullyLabeledReplicas", present.count)
            object.setCount("readyReplicas", present.count(where: \.isReady))
            object.setCount("availableReplicas", present.count(where: \.isReady))
            object["status", "observedGeneration"] = object["metadata", "generation"]
        }
    }

    static func reference(to owner: JSONValue, _ kind: ResourceKind) -> JSONValue {
        [
            "apiVersion": .string(kind.group.isEmpty ? "v1" : "\(kind.group)/v1"),
            "kind": .string(kind.rawValue), "name": owner["metadata", "name"] ?? "",
            "uid": owner["metadata", "uid"] ?? "", "controller": true, "blockOwnerDeletion": true,
        ]
    }

    /// FNV-1a over the template's text, in the letters of generated names.
    static func templateHash(_ template: JSONValue) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in template.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        var generator = SeededGenerator(seed: hash)
        return generator.nameSuffix(length: 10)
    }
}

extension JSONValue {
    /// A count in the status; zero is left out, as the API does.
    mutating func setCount(_ field: String, _ count: Int) {
        self["status", field] = count == 0 ? nil : JSONValue(count)
    }
}
