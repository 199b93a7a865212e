import ClusterModel
import NIOCore
import NIOHTTP1
import Ports

/// The Status object that a Kubernetes API answers a refusal with.
struct APIStatus {
    var code = 0
    var reason = ""
    var message = ""
    var causes: [(reason: String, message: String)] = []
    /// From the header.
    var retryAfter: Duration?
    /// The body was a Status; an overloaded server answers in plain text instead.
    var isStatus = false

    init(_ code: Int, _ headers: HTTPHeaders, _ body: [UInt8]) {
        retryAfter = headers.first(name: "Retry-After").flatMap { Int($0) }.map { .seconds($0) }
        let isJSON = headers.first(name: "Content-Type")?.hasPrefix("application/json") ?? false
        if isJSON { try? body.withUnsafeBufferPointer { try read($0) } }
        if message.isEmpty { message = String(decoding: body.prefix(200), as: UTF8.self) }
        self.code = code
    }

    /// A Status that came in a watch.
    init(json cursor: inout JSONCursor) throws { try read(&cursor) }

    private mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        var cursor = JSONCursor(bytes)
        try read(&cursor)
    }

    private mutating func read(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "kind": isStatus = try cursor.scalar() == "Status"
            case "code": code = try cursor.integer() ?? 0
            case "reason": reason = try cursor.scalar() ?? ""
            case "message": message = try cursor.scalar() ?? ""
            case "details": try cursor.object(at: "causes") { try readCauses(&$0) }
            default: try cursor.skip()
            }
        }
    }

    private mutating func readCauses(_ cursor: inout JSONCursor) throws {
        try cursor.array { cursor in
            let fields = try cursor.map()
            causes.append((fields["reason"] ?? "", fields["message"] ?? ""))
        }
    }

    /// What a refused eviction means; nil where it is nothing particular to evictions.
    var evictionOutcome: EvictionOutcome? {
        switch code {
        case 404, 409: return .gone
        case 403 where causes.contains { $0.reason == "NamespaceTerminating" }: return .namespaceTerminating
        case 429:
            guard isStatus else { return .overloaded(retryAfter: retryAfter ?? .seconds(1)) }
            if let retryAfter { return .budgetNotCounted(retryAfter: retryAfter) }
            let cause = causes.first { $0.reason == "DisruptionBudget" }?.message
            return .budgetSpent(message: cause ?? message)
        case 500 where message.contains("more than one PodDisruptionBudget"): return .impossible(message: message)
        default: return nil
        }
    }

    /// The line that a user reads.
    func error(doing what: String, at server: String) -> ControlError {
        switch code {
        case 401:
            .refused(
                "\(server): 401, it does not know who we are: the kubeconfig's token or certificate is not valid here"
            )
        case 403: .refused("\(server): 403, may not \(what): \(message): ask for a role that allows it")
        case 429, 502, 503, 504: .unreachable("\(server): \(code) for \(what): \(message)")
        default: .unexpected("\(server): \(code) for \(what): \(message)")
        }
    }
}
