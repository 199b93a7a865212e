import ClusterModel
import NIOHTTP1
import Ports

/// A taint of ours on nodes, whose owner stands in an annotation.
///
/// `spec.taints` is one list for everybody, and other taints carry times of their own: so it is changed by JSON Patch, which
/// touches our entry only, and by a write that fails if anything else has changed.
struct OwnedTaint: Sendable {
    var key: String
    var value: String?
    var effect: Taint.Effect
    var annotation: String

    /// The annotation's name in a JSON Pointer (RFC 6901).
    fileprivate var pointer: String { annotation.split(separator: "/").joined(separator: "~1") }

    fileprivate var json: String {
        let value = value.map { "\"value\":\(quoted($0))," } ?? ""
        return "{\"key\":\(quoted(key)),\(value)\"effect\":\(quoted(effect.rawValue))}"
    }
}

extension KubernetesClient {
    /// Nil for a node that is gone.
    func node(_ name: String, as taint: OwnedTaint) async throws -> TaintedNode? {
        try await existing(APITransport.Request(path: "/api/v1/nodes/\(name)", purpose: "get nodes")) {
            try TaintedNode(json: &$0, taint)
        }
    }

    /// Writes the owner down, and adds the taint where it is not there yet.
    func taint(_ node: TaintedNode, owner: String) async throws {
        try await change(node, [node.annotationChange(owner)] + (node.place == nil ? [node.addition] : []))
    }

    func untaint(_ node: TaintedNode) async throws {
        try await change(node, [node.annotationRemoval] + (node.removal.map { [$0] } ?? []))
    }

    private func change(_ node: TaintedNode, _ changes: [String]) async throws {
        let version =
            "{\"op\":\"replace\",\"path\":\"/metadata/resourceVersion\",\"value\":\(quoted(node.resourceVersion))}"
        try await requireLease()
        try await write(
            APITransport.Request(
                method: .PATCH,
                path: "/api/v1/nodes/\(node.name)",
                purpose: "patch nodes",
                json: "[\(([version] + changes).joined(separator: ","))]",
                contentType: "application/json-patch+json"
            )
        )
    }
}

/// A node as far as one taint of ours goes.
struct TaintedNode {
    private let taint: OwnedTaint
    private(set) var name = ""
    private(set) var resourceVersion = ""
    /// Whom our annotation names.
    private(set) var owner: String?
    /// Where the taint stands in the list.
    private(set) var place: Int?
    private var hasAnnotations = false
    private var taints = 0

    init(json cursor: inout JSONCursor, _ taint: OwnedTaint) throws {
        self.taint = taint
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try readMetadata(&cursor)
            case "spec":
                try cursor.object(at: "taints") { try $0.array { cursor in take(try cursor.map()) } }
            default: try cursor.skip()
            }
        }
    }

    private mutating func readMetadata(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "name": name = try cursor.text()
            case "resourceVersion": resourceVersion = try cursor.text()
            case "annotations":
                let annotations = try cursor.map()
                owner = annotations[taint.annotation]
                hasAnnotations = !annotations.isEmpty
            default: try cursor.skip()
            }
        }
    }

    private mutating func take(_ other: [String: String]) {
        if other["key"] == taint.key, other["effect"] == taint.effect.rawValue { place = taints }
        taints += 1
    }

    fileprivate func annotationChange(_ owner: String) -> String {
        hasAnnotations
            ? "{\"op\":\"add\",\"path\":\"/metadata/annotations/\(taint.pointer)\",\"value\":\(quoted(owner))}"
            : "{\"op\":\"add\",\"path\":\"/metadata/annotations\","
                + "\"value\":{\(quoted(taint.annotation)):\(quoted(owner))}}"
    }

    fileprivate var annotationRemoval: String {
        "{\"op\":\"remove\",\"path\":\"/metadata/annotations/\(taint.pointer)\"}"
    }

    fileprivate var addition: String {
        taints > 0
            ? "{\"op\":\"add\",\"path\":\"/spec/taints/-\",\"value\":\(taint.json)}"
            : "{\"op\":\"add\",\"path\":\"/spec/taints\",\"value\":[\(taint.json)]}"
    }

    fileprivate var removal: String? { place.map { "{\"op\":\"remove\",\"path\":\"/spec/taints/\($0)\"}" } }
}
