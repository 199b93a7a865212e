/// RFC 6902: a list of operations; the first that fails refuses the whole patch.
enum JSONPatch {
    static func apply(_ patch: JSONValue, to object: JSONValue) throws(Refusal) -> JSONValue {
        guard let operations = patch.array else {
            throw .badRequest("error decoding patch: json: cannot unmarshal object into Go value of type []jsonPatchOp")
        }
        var object = object
        for operation in operations { try apply(operation: operation, to: &object) }
        return object
    }

    private static func apply(operation: JSONValue, to object: inout JSONValue) throws(Refusal) {
        guard let path = operation["path"]?.string.flatMap(pointer) else { throw .rejectedPatch }
        switch operation["op"]?.string {
        case "test":
            guard (value(at: path, in: object) ?? .null) == operation["value"] ?? .null else { throw .rejectedPatch }
        case "add": try change(&object, path, .add(operation["value"] ?? .null))
        case "replace":
            guard value(at: path, in: object) != nil else { throw .rejectedPatch }
            try change(&object, path, .replace(operation["value"] ?? .null))
        case "remove": try change(&object, path, .remove)
        case "copy", "move":
            guard let from = operation["from"]?.string.flatMap(pointer), let moved = value(at: from, in: object) else {
                throw .rejectedPatch
            }
            if operation["op"]?.string == "move" { try change(&object, from, .remove) }
            try change(&object, path, .add(moved))
        default: throw .rejectedPatch
        }
    }

    private enum Edit {
        case add(JSONValue)
        case replace(JSONValue)
        case remove
    }

    private static func pointer(_ text: String) -> [String]? {
        if text.isEmpty { return [] }
        guard text.hasPrefix("/") else { return nil }
        return text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
            .map { String($0.replacing("~1", with: "/").replacing("~0", with: "~")) }
    }

    private static func value(at path: [String], in object: JSONValue) -> JSONValue? {
        path.reduce(Optional(object)) { value, part in
            guard let elements = value?.array else { return value?[part] }
            return Int(part).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
        }
    }

    private static func change(_ target: inout JSONValue, _ path: [String], _ edit: Edit) throws(Refusal) {
        guard let first = path.first else {
            guard case .add(let value) = edit else { throw .rejectedPatch }
            target = value
            return
        }
        let rest = Array(path.dropFirst())
        switch target {
        case .object(var members):
            if rest.isEmpty {
                try changeMember(&members, first, edit)
            } else {
                guard var child = members[first] else { throw .rejectedPatch }
                try change(&child, rest, edit)
                members[first] = child
            }
            target = .object(members)
        case .array(var elements):
            try changeElement(&elements, first, rest, edit)
            target = .array(elements)
        default: throw .rejectedPatch
        }
    }

    private static func changeMember(_ members: inout JSONObject, _ key: String, _ edit: Edit) throws(Refusal) {
        switch edit {
        case .add(let value), .replace(let value): members[key] = value
        case .remove:
            guard members[key] != nil else { throw .rejectedPatch }
            members[key] = nil
        }
    }

    private static func changeElement(
        _ elements: inout [JSONValue],
        _ key: String,
        _ rest: [String],
        _ edit: Edit
    )
        throws(Refusal)
    {
        if rest.isEmpty, case .add(let value) = edit {
            let index = key == "-" ? elements.count : Int(key) ?? -1
            guard (0...elements.count).contains(index) else { throw .rejectedPatch }
            elements.insert(value, at: index)
            return
        }
        guard let index = Int(key), elements.indices.contains(index) else { throw .rejectedPatch }
        if !rest.isEmpty { return try change(&elements[index], rest, edit) }
        switch edit {
        case .replace(let value): elements[index] = value
        case .remove: elements.remove(at: index)
        case .add: break
        }
    }
}
