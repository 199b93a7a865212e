import Foundation

/// What the API server wrote down of one user's requests.
struct AuditLog: Sendable {
    struct Request: Hashable, Sendable {
        let id: String
        let verb: String
        /// As `pods/eviction`.
        let resource: String
        /// `NAMESPACE/NAME`.
        let object: String
        let code: Int
    }

    /// Whose kubeconfig a client has.
    enum User: String, Sendable {
        /// `kubeconfig-admin-token`.
        case token = "lab-token"
        /// `kubeconfig-peer`.
        case peer = "lab-peer"
    }

    private let file: URL
    private let start: UInt64

    /// From now on.
    init(_ lab: Lab) {
        file = lab.folder.appendingPathComponent("logs/audit.log")
        let handle = try? FileHandle(forReadingFrom: file)
        start = (try? handle?.seekToEnd()) ?? 0
    }

    /// Every request once, also one that is answered at length.
    func requests(of user: User) throws -> [Request] {
        let handle = try FileHandle(forReadingFrom: file)
        try handle.seek(toOffset: start)
        let text = String(decoding: try handle.readToEnd() ?? Data(), as: UTF8.self)
        var requests: [String: Request] = [:]
        var order: [String] = []
        // A server that was killed leaves half a line behind.
        for line in text.split(separator: "\n") where line.contains("\"username\":\"\(user.rawValue)\"") {
            guard let entry = JSONObject(text: line), let id = entry.string("auditID") else { continue }
            let object = entry.object("objectRef")
            let resource = [
                object.string("resource") ?? entry.string("requestURI") ?? "", object.string("subresource"),
            ]
            if requests[id] == nil { order.append(id) }
            requests[id] = Request(
                id: id,
                verb: entry.string("verb") ?? "",
                resource: resource.compactMap { $0 }.joined(separator: "/"),
                object: "\(object.string("namespace") ?? "")/\(object.string("name") ?? "")",
                code: entry.object("responseStatus").integer("code") ?? 0
            )
        }
        return order.compactMap { requests[$0] }
    }

    /// What is wrong with a user's evictions, and with deletions beside them.
    func faults(of user: User, in seen: Observation) throws -> [String] {
        let requests = try requests(of: user)
        let evicted = requests.filter { $0.resource == "pods/eviction" && $0.code == 201 }.map(\.object)
        let deleted = requests.filter { $0.verb.hasPrefix("delete") && $0.resource == "pods" }
        return EvictionJudge(seen, evicted: evicted).faults
            + deleted.map { "\($0.object) was deleted past its budget" }
    }
}
