/// The document is JSON, but holds no Kubernetes object.
struct NoObject: Error {}

extension ObjectCollector {
    /// Reads one document: a list of any kind, or a single object.
    ///
    /// kubectl writes a list's items before its kind, the API after it; items are read in the first pass wherever the
    /// kind is known by then, or the items say their own.
    mutating func readDocument(_ cursor: inout JSONCursor, _ shared: SharedParts, depth: Int = 0) throws {
        if depth > Self.deepest { throw cursor.error("lists within lists, deeper than \(Self.deepest)") }
        guard try cursor.peek() == .object else { throw NoObject() }
        let start = cursor
        var type = ObjectType()
        var hasItems = false
        var postponed: JSONCursor?
        try cursor.object { cursor, key in
            switch key {
            case "kind": type.kind = try cursor.text()
            case "apiVersion": type.apiVersion = try cursor.text()
            case "items":
                hasItems = true
                if try type.item != nil || Self.namesKinds(cursor) {
                    return try readItems(&cursor, of: type.item, shared, depth)
                }
                postponed = cursor
                try cursor.skip()
            default: try cursor.skip()
            }
        }
        if type.kind.isEmpty { throw NoObject() }
        if let item = type.item, item.isKnown { kinds.insert(item.kind) }
        if var items = postponed { return try readItems(&items, of: type.item, shared, depth) }
        if hasItems || type.isList { return }
        var again = start
        try read(type, &again, shared)
    }

    /// Whether the first item of the array says what it is.
    private static func namesKinds(_ cursor: JSONCursor) throws -> Bool {
        var ahead = cursor
        guard try ahead.peek() == .array else { return false }
        try ahead.take("[")
        return ahead.takeIf("]") ? false : try ObjectType(ofObjectAt: ahead) != nil
    }

    private static let deepest = 16

    private mutating func readItems(
        _ cursor: inout JSONCursor,
        of type: ObjectType?,
        _ shared: SharedParts,
        _ depth: Int
    ) throws {
        try cursor.array { cursor in
            guard let type = try type ?? ObjectType(ofObjectAt: cursor) else { return try cursor.skip() }
            if type.isList { return try readDocument(&cursor, shared, depth: depth + 1) }
            try read(type, &cursor, shared)
        }
    }
}
