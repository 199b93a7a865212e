/// A JSON value as the practice cluster stores it: objects keep the order of their keys, integers stay integers.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue: Equatable {
    /// Objects are equal whatever the order of their keys; the integer 1 equals the number 1.0.
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
        case (.string(let a), .string(let b)): a == b
        case (.array(let a), .array(let b)): a == b
        case (.object(let a), .object(let b)): a == b
        default: false
        }
    }
}

// MARK: - Reading

extension JSONValue {
    package var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var integer: Int? {
        switch self {
        case .integer(let value): Int(value)
        case .number(let value): Int(exactly: value)
        default: nil
        }
    }

    package var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    package var array: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The string members of an object, in their order; empty for anything else.
    package var stringMembers: [(key: String, value: String)] {
        (object?.members ?? []).compactMap { member in member.value.string.map { (member.key, $0) } }
    }

    /// The member at the end of a path of keys; `nil` where one is missing. Assigning `nil` removes the member,
    /// assigning a value makes the objects on the way.
    package subscript(_ keys: String...) -> JSONValue? {
        get { member(at: keys[...]) }
        set { setMember(newValue, at: keys[...]) }
    }

    private func member(at keys: ArraySlice<String>) -> JSONValue? {
        guard let first = keys.first else { return self }
        return object?[first]?.member(at: keys.dropFirst())
    }

    private mutating func setMember(_ value: JSONValue?, at keys: ArraySlice<String>) {
        guard let first = keys.first else {
            self = value ?? .null
            return
        }
        if value == nil, object?[first] == nil { return }
        var members = object ?? JSONObject()
        if keys.count == 1 {
            members[first] = value
        } else {
            var child = members[first] ?? .object(JSONObject())
            child.setMember(value, at: keys.dropFirst())
            members[first] = child
        }
        self = .object(members)
    }
}

// MARK: - Literals

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }

    package init(_ value: Int) { self = .integer(Int64(value)) }
    package init(_ value: String) { self = .string(value) }

    /// An object of strings, sorted by key.
    package init(_ values: [String: String]) {
        let sorted = values.sorted { $0.key < $1.key }
        self = .object(JSONObject(sorted.map { ($0.key, .string($0.value)) }))
    }
}
