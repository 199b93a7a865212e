import ClusterModel

/// One line of a watch.
enum WatchEvent {
    /// Nothing to tell where the object is of no consequence; the version counts all the same.
    case changes([ClusterChange], resourceVersion: String)
    /// The server ends the watch: with code 410 where it has forgotten what came next.
    case ended(APIStatus)

    init(_ line: [UInt8], of kind: WatchedKind, _ tracer: Tracer) throws {
        self = try line.withUnsafeBufferPointer { buffer in
            var cursor = JSONCursor(buffer)
            var type = ""
            var found: JSONCursor?
            try cursor.object { cursor, key in
                switch key {
                case "type": type = try cursor.text()
                case "object":
                    found = cursor
                    try cursor.skip()
                default: try cursor.skip()
                }
            }
            guard var object = found else { throw cursor.error("an event without an object") }
            return try WatchEvent(type, &object, of: kind, tracer)
        }
    }

    private init(_ type: String, _ object: inout JSONCursor, of kind: WatchedKind, _ tracer: Tracer) throws {
        if type == "ERROR" {
            self = .ended(try APIStatus(json: &object))
            return
        }
        var head = ObjectHead()
        var ahead = object
        try ahead.object(at: "metadata") { try head.read(&$0, annotations: .none) }
        let changes = type == "BOOKMARK" ? [] : try tracer.changes(of: kind.type, gone: type == "DELETED", &object)
        self = .changes(changes, resourceVersion: head.resourceVersion)
    }
}
