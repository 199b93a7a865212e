import ClusterModel
import NIOHTTP1
import Ports

/// The taint that steers pods away from nodes still to come.
///
/// `spec.taints` is one list for everybody, and other taints carry times of their own: so it is changed by JSON Patch, which
/// touches our entry only, and by a write that fails if anything else has changed.
extension KubernetesClient {
    package func mark(node: String, owner: String) async throws {
        try await longPersistence.run {
            guard let seen = try await self.steeredNode(node) else { return }
            if seen.place != nil, seen.owner == nil || seen.owner == owner { return }
            var changes = [seen.annotationChange(owner)]
            if seen.place == nil { changes.append(seen.addition) }
            try await self.change(seen, changes)
        }
    }

    package func unmark(node: String) async throws {
        try await longPersistence.run {
            guard let seen = try await self.steeredNode(node), seen.owner != nil else { return }
            var changes = ["{\"op\":\"remove\",\"path\":\"/metadata/annotations/\(SteeredNode.pointer)\"}"]
            if let place = seen.place { changes.append("{\"op\":\"remove\",\"path\":\"/spec/taints/\(place)\"}") }
            try await self.change(seen, changes)
        }
    }

    private func steeredNode(_ name: String) async throws -> SteeredNode? {
        try await existing(APITransport.Request(path: "/api/v1/nodes/\(name)", purpose: "get nodes")) {
            try SteeredNode(json: &$0)
        }
    }

    private func change(_ node: SteeredNode, _ changes: [String]) async throws {
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

/// A node as far as its steering mark goes.
private struct SteeredNode {
    var name = ""
    var resourceVersion = ""
    /// The run that our annotation names.
    var owner: String?
    /// Where our taint stands in the list.
    var place: Int?
    private var hasAnnotations = false
    private var taints = 0

    /// The annotation's name in a JSON Pointer (RFC 6901).
    static let pointer = String(SteeringMark.ownerAnnotation.split(separator: "/").joined(separator: "~1"))

    init(json cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "metadata": try readMetadata(&cursor)
            case "spec": try readSpec(&cursor)
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
                owner = annotations[SteeringMark.ownerAnnotation]
                hasAnnotations = !annotations.isEmpty
            default: try cursor.skip()
            }
        }
    }

    private mutating func readSpec(_ cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "taints": try cursor.array { cursor in take(try cursor.map()) }
            default: try cursor.skip()
            }
        }
    }

    private mutating func take(_ taint: [String: String]) {
        let mark = SteeringMark.taint
        if taint["key"] == mark.key, taint["effect"] == mark.effect.rawValue { place = taints }
        taints += 1
    }

    func annotationChange(_ owner: String) -> String {
        let name = quoted(SteeringMark.ownerAnnotation)
        return hasAnnotations
            ? "{\"op\":\"add\",\"path\":\"/metadata/annotations/\(Self.pointer)\",\"value\":\(quoted(owner))}"
            : "{\"op\":\"add\",\"path\":\"/metadata/annotations\",\"value\":{\(name):\(quoted(owner))}}"
    }

    var addition: String {
        let mark = SteeringMark.taint
        let taint = "{\"key\":\(quoted(mark.key)),\"effect\":\(quoted(mark.effect.rawValue))}"
        return taints > 0
            ? "{\"op\":\"add\",\"path\":\"/spec/taints/-\",\"value\":\(taint)}"
            : "{\"op\":\"add\",\"path\":\"/spec/taints\",\"value\":[\(taint)]}"
    }
}
