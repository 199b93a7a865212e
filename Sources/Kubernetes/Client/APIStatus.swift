import ClusterModel
import NIOHTTP1
import Ports

/// The Status object that a Kubernetes API answers a refusal with.
struct APIStatus: Sendable {
    var code = 0
    var reason = ""
    var message = ""
    /// What the refusal is about: `details.kind`.
    var about = ""
    var causes: [Cause] = []
    /// From the header, or else the details.
    var retryAfter: Duration?
    /// The body was a Status; an overloaded server, and any proxy, answers in other words.
    var isStatus = false

    struct Cause: Hashable, Sendable {
        var reason: String
        var message: String
    }

    init(_ answer: APITransport.Answer) {
        try? answer.bytes.withUnsafeBufferPointer { bytes in
            var cursor = JSONCursor(bytes)
            self = try APIStatus(json: &cursor)
        }
        if !isStatus { self = APIStatus() }
        code = answer.status
        if let header = answer.headers.first(name: "Retry-After").flatMap({ Int($0) }) { retryAfter = .seconds(header) }
        if message.isEmpty { message = Self.oneLine(String(decoding: answer.bytes.prefix(200), as: UTF8.self)) }
    }

    private init() {}

    /// Reads a Status; in a watch it comes as the object of an event.
    init(json cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "kind": isStatus = try cursor.text() == "Status"
            case "code": code = try cursor.integer() ?? 0
            case "reason": reason = try cursor.text()
            case "message": message = Self.oneLine(try cursor.text())
            case "details": try readDetails(&cursor)
            default: try cursor.skip()
            }
        }
    }

    private mutating func readDetails(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "kind": about = try cursor.text()
            case "retryAfterSeconds": retryAfter = try cursor.integer().map { .seconds($0) }
            case "causes":
                try cursor.array { cursor in
                    let fields = try cursor.map()
                    causes.append(Cause(reason: fields["reason"] ?? "", message: fields["message"] ?? ""))
                }
            default: try cursor.skip()
            }
        }
    }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

extension APIStatus {
    /// What a user reads, and whether asking again may help.
    func setback(_ request: APITransport.Request, at server: String) -> Setback {
        let line = "\(server): \(code) for \u{201C}\(request.purpose)\u{201D}: \(message)"
        switch code {
        case 401:
            let fix = "get a new token or client certificate, and put it into the kubeconfig"
            return Setback(error: .refused("\(server): 401, it does not accept the kubeconfig's user: \(fix)"))
        case 403:
            let fix = "bind a role that allows it"
            return Setback(error: .refused("\(server): 403, may not \(request.purpose) (\(message)): \(fix)"))
        case 429, 502, 503, 504:
            return Setback(error: .unreachable(line), mayPass: true, retryAfter: retryAfter)
        case 500...599:
            // The server's own backends failed: etcd between two leaders, or frozen; a webhook that is down.
            return Setback(error: .unreachable(line), mayPass: true, retryAfter: retryAfter)
        default: return Setback(error: .unexpected(line))
        }
    }
}
