import ClusterModel

/// What a client asks for before it knows what there is.
extension PracticeCluster {
    func discovery(_ route: Route, _ request: PracticeRequest) throws(Refusal) -> PracticeResponse? {
        switch route {
        case .root: return .json(["paths": .array(paths.map { .string($0) })])
        case .health(let name): return .text(request.parameter("verbose") == nil ? "ok" : verboseHealth(name))
        case .version: return .json(versionInfo)
        case .coreVersions:
            return .json(["kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []])
        case .groups:
            return .json(["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map(groupInfo))])
        case .group(let name):
            var group: JSONValue = ["kind": "APIGroup", "apiVersion": "v1"]
            for member in groupInfo(name).object?.members ?? [] { group[member.key] = member.value }
            return .json(group)
        case .resources(let group, let version): return .json(resourceList(group, version))
        case .accessReview:
            var review = (try? JSONValue(parsing: request.body)) ?? [:]
            review["status"] = ["allowed": true]
            return .json(review, status: 201)
        case .unknownResource: throw .noSuchResource
        case .unknown:
            var response = PracticeResponse.text("404 page not found\n", status: 404)
            response.headers.append(("X-Content-Type-Options", "nosniff"))
            return response
        case .collection, .object: return nil
        }
    }

    private var groups: [String] {
        var seen: [String] = []
        for kind in ResourceKind.allCases where !kind.group.isEmpty && !seen.contains(kind.group) {
            seen.append(kind.group)
        }
        return seen
    }

    private func versions(of group: String) -> [String] { group == "policy" ? options.policyVersions : ["v1"] }

    private var paths: [String] {
        ["/api", "/api/v1", "/apis"]
            + groups.flatMap { group in
                ["/apis/\(group)"] + versions(of: group).map { "/apis/\(group)/\($0)" }
            } + ["/healthz", "/livez", "/readyz", "/version"]
    }

    private func verboseHealth(_ name: String) -> String {
        "[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]informer-sync ok\n\(name) check passed\n"
    }

    private func groupInfo(_ name: String) -> JSONValue {
        let all = versions(of: name).map { version -> JSONValue in
            ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
        }
        return ["name": .string(name), "versions": .array(all), "preferredVersion": all[0]]
    }

    private var versionInfo: JSONValue {
        let version = options.serverVersion
        return [
            "major": .string(String(version.major)), "minor": .string(String(version.minor)),
            "gitVersion": .string(version.description), "gitCommit": "0000000000000000000000000000000000000000",
            "gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z", "goVersion": "go1.26",
            "compiler": "gc", "platform": "linux/amd64",
        ]
    }

    private func resourceList(_ group: String, _ version: String) -> JSONValue {
        var resources: [JSONValue] = []
        for kind in ResourceKind.allCases where kind.group == group {
            resources.append(resource(kind, verbs: ["create", "delete", "get", "list", "patch", "update", "watch"]))
            if kind.hasStatus { resources.append(resource(kind, part: "status", verbs: ["get", "patch", "update"])) }
            if kind.hasScale {
                var scale = resource(kind, part: "scale", verbs: ["get", "patch", "update"])
                scale["group"] = "autoscaling"
                scale["version"] = "v1"
                scale["kind"] = "Scale"
                resources.append(scale)
            }
            guard kind == .pod else { continue }
            var eviction = resource(kind, part: "eviction", verbs: ["create"])
            eviction["kind"] = "Eviction"
            eviction["group"] = "policy"
            eviction["version"] = .string(options.evictionVersion)
            resources.append(eviction)
        }
        return [
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"), "resources": .array(resources),
        ]
    }

    private func resource(_ kind: ResourceKind, part: String? = nil, verbs: [String]) -> JSONValue {
        var resource: JSONValue = [
            "name": .string(part.map { "\(kind.plural)/\($0)" } ?? kind.plural),
            "singularName": .string(part == nil ? kind.rawValue.lowercased() : ""),
            "namespaced": .bool(kind.isNamespaced), "kind": .string(kind.rawValue),
            "verbs": .array(verbs.map { .string($0) }),
        ]
        if part == nil, !kind.shortNames.isEmpty {
            resource["shortNames"] = .array(kind.shortNames.map { .string($0) })
        }
        return resource
    }
}
