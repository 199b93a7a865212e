import ClusterModel
import FoundationEssentials

extension PracticeCluster {
    func list(
        _ kind: ResourceKind,
        _ namespace: String?,
        _ request: PracticeRequest
    ) throws(Refusal)
        -> PracticeResponse
    {
        let filter = try ObjectFilter(kind, namespace, request)
        let token = try ContinueToken(request.parameter("continue"))
        let revision = try listRevision(request, token)
        guard let objects = revision == store.revision ? store.all(kind) : store.all(kind, at: revision) else {
            if let token { throw .expiredContinue(fresh: ContinueToken(revision: -1, last: token.last).text) }
            throw .expiredList
        }
        let matching = objects.filter { place in
            filter.matches(place.key, place.object) && token.map { $0.last < place.key } ?? true
        }
        return respond(kind, matching, revision, filter, request)
    }

    private func respond(
        _ kind: ResourceKind,
        _ matching: [(key: ObjectKey, object: JSONValue)],
        _ revision: Int,
        _ filter: ObjectFilter,
        _ request: PracticeRequest
    ) -> PracticeResponse {
        var metadata: JSONValue = ["resourceVersion": .string(String(revision))]
        var page = matching[...]
        if let limit = request.parameter("limit").flatMap({ Int($0) }), limit > 0, matching.count > limit {
            page = matching.prefix(limit)
            if let last = page.last {
                metadata["continue"] = .string(ContinueToken(revision: revision, last: last.key).text)
            }
            if !filter.hasSelector { metadata["remainingItemCount"] = JSONValue(matching.count - limit) }
        }
        if Self.wantsTable(request) { return .json(table(kind, page.map(\.object), metadata: metadata)) }
        return .json([
            "kind": .string(kind.rawValue + "List"), "apiVersion": .string(apiVersion(of: kind, request)),
            "metadata": metadata, "items": .array(page.map(\.object)),
        ])
    }

    /// At which revision to list: the token's, an exact one, or the latest.
    private func listRevision(_ request: PracticeRequest, _ token: ContinueToken?) throws(Refusal) -> Int {
        if let token { return token.revision < 0 ? store.revision : token.revision }
        guard let text = request.parameter("resourceVersion"), !text.isEmpty, text != "0" else { return store.revision }
        let wanted = try Self.revision(text)
        guard wanted <= store.revision else { throw .tooLargeRevision(wanted, current: store.revision) }
        return request.parameter("resourceVersionMatch") == "Exact" ? wanted : store.revision
    }

    static func revision(_ text: String) throws(Refusal) -> Int {
        guard let revision = Int(text), revision >= 0 else {
            throw Refusal(
                500,
                nil,
                "resourceVersion: Invalid value: \"\(text)\": strconv.ParseUint: parsing \"\(text)\": invalid syntax"
            )
        }
        return revision
    }
}

/// Where a list in pages goes on: after an object, at the revision of the first page, or -1 for the present.
struct ContinueToken {
    let revision: Int
    let last: ObjectKey

    init(revision: Int, last: ObjectKey) {
        self.revision = revision
        self.last = last
    }

    init?(_ text: String?) throws(Refusal) {
        guard let text, !text.isEmpty else { return nil }
        var padded = text.replacing("-", with: "+").replacing("_", with: "/")
        while padded.count % 4 != 0 { padded.append("=") }
        guard let data = Data(base64Encoded: padded), let json = try? JSONValue(parsing: Array(data)),
            let revision = json["rv"]?.integer, let start = json["start"]?.string
        else { throw .badRequest("invalid continue token: continue key is not valid: not a token of this server") }
        let parts = start.split(separator: "/").map { $0.filter { $0 != "\0" } }
        guard let name = parts.last else { throw .badRequest("invalid continue token: empty start") }
        self.revision = revision
        last = ObjectKey(namespace: parts.count > 1 ? parts[0] : "", name: name)
    }

    var text: String {
        let json: JSONValue = [
            "v": "meta.k8s.io/v1", "rv": JSONValue(revision), "start": .string("/\(last.description)\0"),
        ]
        return Data(json.bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
