import ClusterModel

/// From the API's JSON to the values of the cluster model.
extension LabelSelector {
    /// nil (which selects nothing) where there is no selector at all.
    init?(json: JSONValue?) {
        guard let json, json.object != nil else { return nil }
        self.init(
            matchLabels: Dictionary(json["matchLabels"]?.stringMembers.map { ($0.key, $0.value) } ?? []) { $1 },
            matchExpressions: (json["matchExpressions"]?.array ?? []).compactMap(Requirement.init(json:))
        )
    }
}

extension LabelSelector.Requirement {
    init?(json: JSONValue) {
        guard let key = json["key"]?.string, let kind = json["operator"]?.string.flatMap(Operator.init) else {
            return nil
        }
        self.init(key: key, operator: kind, values: (json["values"]?.array ?? []).compactMap(\.string))
    }
}

extension NodeSelectorTerm {
    init(json: JSONValue) {
        self.init(
            matchExpressions: (json["matchExpressions"]?.array ?? []).compactMap(LabelSelector.Requirement.init(json:)),
            matchFields: (json["matchFields"]?.array ?? []).compactMap(LabelSelector.Requirement.init(json:))
        )
    }
}

extension Taint {
    init?(json: JSONValue) {
        guard let key = json["key"]?.string, let effect = json["effect"]?.string.flatMap(Effect.init) else {
            return nil
        }
        self.init(key: key, value: json["value"]?.string ?? "", effect: effect)
    }
}

extension Toleration {
    init(json: JSONValue) {
        let key = json["key"]?.string
        self.init(
            key: key == "" ? nil : key,
            exists: json["operator"]?.string == "Exists",
            value: json["value"]?.string ?? "",
            effect: json["effect"]?.string.flatMap(Taint.Effect.init)
        )
    }
}

extension Resources {
    /// A resource list (`requests`, `allocatable`); what cannot be read counts as nothing.
    init(json: JSONValue?) {
        self.init()
        for (name, value) in json?.object?.members ?? [] {
            _ = set(name, quantity: value.string ?? value.integer.map(String.init) ?? "0")
        }
    }

    /// What the scheduler counts for a pod: the containers together with the sidecars, or a larger init container.
    init(podSpec spec: JSONValue) {
        var total = Resources()
        for container in spec["containers"]?.array ?? [] {
            total += Resources(json: container["resources", "requests"])
        }
        var sidecars = Resources()
        var starting = Resources()
        for container in spec["initContainers"]?.array ?? [] {
            let request = Resources(json: container["resources", "requests"])
            if container["restartPolicy"]?.string == "Always" {
                sidecars += request
            } else {
                starting = starting.maximum(sidecars + request)
            }
        }
        self = (total + sidecars).maximum(starting) + Resources(json: spec["overhead"])
        pods = 1
    }
}

extension JSONValue {
    /// Whether a status condition of this type is True.
    func condition(_ type: String) -> String? {
        self["status", "conditions"]?.array?.first { $0["type"]?.string == type }?["status"]?.string
    }

    /// Sets a status condition; the transition time changes only with the status.
    mutating func setCondition(_ type: String, _ status: String, at time: Instant, _ details: JSONValue = [:]) {
        var conditions = self["status", "conditions"]?.array ?? []
        let index = conditions.firstIndex { $0["type"]?.string == type }
        let old = index.map { conditions[$0] }
        var condition: JSONValue = ["type": .string(type), "status": .string(status)]
        for member in details.object?.members ?? [] { condition[member.key] = member.value }
        let kept = old?["status"]?.string == status ? old?["lastTransitionTime"] : nil
        condition["lastTransitionTime"] = kept ?? .string(time.rfc3339)
        if let index { conditions[index] = condition } else { conditions.append(condition) }
        self["status", "conditions"] = .array(conditions)
    }
}
