/// Who may do what: with a token everybody asks as its administrator, or as somebody who may do nothing.
extension PracticeCluster {
    func admit(_ request: PracticeRequest, _ route: Route) throws(Refusal) {
        guard let token = options.bearerToken else { return }
        switch request.header("Authorization") {
        case "Bearer \(token)": return
        case "Bearer \(PracticeOptions.powerlessToken)": try refusePowerless(request, route)
        default: throw .unauthorized
        }
    }

    private func refusePowerless(_ request: PracticeRequest, _ route: Route) throws(Refusal) {
        switch route {
        case .collection(let kind, let namespace):
            let verb = request.method == "POST" ? "create" : request.flag("watch") ? "watch" : "list"
            throw .forbidden(verb, kind, in: namespace)
        case .object(let kind, let key, let subresource):
            let verbs = ["GET": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "POST": "create"]
            let namespace = kind.isNamespaced ? key.namespace : nil
            let verb = verbs[request.method] ?? request.method.lowercased()
            throw .forbidden(verb, kind, subresource, name: key.name, in: namespace)
        default: return
        }
    }
}

extension Refusal {
    /// The rule that is missing: the verb, the resource, its group and where.
    fileprivate static func forbidden(
        _ verb: String,
        _ kind: ResourceKind,
        _ subresource: String? = nil,
        name: String? = nil,
        in namespace: String?
    ) -> Refusal {
        let resource = kind.plural + (subresource.map { "/\($0)" } ?? "")
        let subject = name.map { "\(kind.qualifiedPlural) \"\($0)\"" } ?? kind.qualifiedPlural
        let place = namespace.map { "in the namespace \"\($0)\"" } ?? "at the cluster scope"
        var details: JSONValue = name.map { Self.details(kind, $0) } ?? ["kind": .string(kind.plural)]
        if name == nil, !kind.group.isEmpty { details["group"] = .string(kind.group) }
        return Refusal(
            403,
            "Forbidden",
            "\(subject) is forbidden: User \"practice-powerless\" cannot \(verb) resource \"\(resource)\" "
                + "in API group \"\(kind.group)\" \(place)",
            details: details
        )
    }
}
