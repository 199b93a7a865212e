package import ClusterModel

extension PracticeCluster {
    /// Answers one request as the API server would at `now`. Everything due until then happens first.
    package mutating func handle(_ request: PracticeRequest, now instant: Instant) -> PracticeResponse {
        advance(to: instant)
        requestCount += 1
        var response: PracticeResponse
        do throws(Refusal) {
            response = try answer(request)
        } catch {
            response = error.response
        }
        response.headers.insert(("Audit-Id", .init(auditRandom.uuid())), at: 0)
        response.headers.insert(("Cache-Control", "no-cache, private"), at: 1)
        response.headers.append(("Date", now.httpDate))
        record(request, response.status)
        return response
    }

    private mutating func record(_ request: PracticeRequest, _ status: Int) {
        guard !["GET", "HEAD"].contains(request.method) else { return }
        let query = request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        auditLog.append(
            AuditEntry(
                instant: now,
                method: request.method,
                path: request.path + (query.isEmpty ? "" : "?\(query)"),
                userAgent: request.header("User-Agent") ?? "",
                status: status
            )
        )
        if auditLog.count > options.auditLimit { auditLog.removeFirst() }
    }

    private mutating func answer(_ request: PracticeRequest) throws(Refusal) -> PracticeResponse {
        let route = Route(request.path, policyVersions: options.policyVersions)
        try admit(request, route)
        if let overloaded = overload(route) { return overloaded }
        if let discovery = try discovery(route, request) { return discovery }
        guard accepts(request) else { throw notAcceptable }
        let writes = !["GET", "HEAD"].contains(request.method)
        if writes, let message = faults.writesFail { throw Refusal(500, "InternalError", message) }
        switch (route, request.method) {
        case (.collection(let kind, let namespace), "GET"):
            return request.flag("watch")
                ? try startWatch(kind, namespace, request) : try list(kind, namespace, request)
        case (.collection(let kind, let namespace), "POST"): return try create(kind, namespace, request)
        case (.object(let kind, let key, subresource: "eviction"), "POST") where kind == .pod:
            return try evict(key, request)
        case (.object(_, _, subresource: "eviction"), _): throw .methodNotAllowed
        case (.object(let kind, let key, subresource: "scale"), _): return try scale(kind, key, request)
        case (.object(let kind, let key, _), "GET"): return try get(kind, key, request)
        case (.object(let kind, let key, let part), "PUT"): return try replace(kind, key, part, request)
        case (.object(let kind, let key, let part), "PATCH"): return try patch(kind, key, part, request)
        case (.object(let kind, let key, nil), "DELETE"): return try delete(kind, key, request)
        default: throw .methodNotAllowed
        }
    }

    /// The plain-text 429 of an overloaded server; `/version` and the health checks are exempt.
    private mutating func overload(_ route: Route) -> PracticeResponse? {
        guard let seconds = faults.overloadRetryAfter, faults.overloadedRequests != 0 else { return nil }
        switch route {
        case .version, .health: return nil
        default: break
        }
        if let left = faults.overloadedRequests { faults.overloadedRequests = left - 1 }
        var response = PracticeResponse.text("Too many requests, please try again later.\n", status: 429)
        response.headers.append(("Retry-After", String(seconds)))
        response.headers.append(("X-Content-Type-Options", "nosniff"))
        return response
    }

    private func accepts(_ request: PracticeRequest) -> Bool {
        guard let accept = request.header("Accept"), !accept.isEmpty else { return true }
        return ["application/json", "*/*", "application/*"].contains { accept.contains($0) }
    }

    private var notAcceptable: Refusal {
        Refusal(
            406,
            "NotAcceptable",
            "406: Not Acceptable\n\nAvailable representations: application/json",
            details: [:]
        )
    }

    /// The version under which a kind is served on this path.
    func apiVersion(of kind: ResourceKind, _ request: PracticeRequest) -> String {
        if kind.group.isEmpty { return "v1" }
        let version = request.path.split(separator: "/").dropFirst(2).first ?? "v1"
        return "\(kind.group)/\(version)"
    }

    /// An object as it goes over the wire by itself.
    static func wire(_ kind: ResourceKind, _ apiVersion: String, _ object: JSONValue) -> JSONValue {
        let head: [(String, JSONValue)] = [("kind", .string(kind.rawValue)), ("apiVersion", .string(apiVersion))]
        return .object(JSONObject(head + (object.object?.members ?? []).map { ($0.key, $0.value) }))
    }

    private func get(
        _ kind: ResourceKind,
        _ key: ObjectKey,
        _ request: PracticeRequest
    ) throws(Refusal)
        -> PracticeResponse
    {
        guard let object = store[kind, key] else { throw .notFound(kind, key.name) }
        if Self.wantsTable(request) {
            return .json(
                table(kind, [object], metadata: ["resourceVersion": object["metadata", "resourceVersion"] ?? ""])
            )
        }
        return .json(Self.wire(kind, apiVersion(of: kind, request), object))
    }
}
