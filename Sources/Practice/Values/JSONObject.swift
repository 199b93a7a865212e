/// The members of a JSON object in the order in which they were written. Kubernetes objects are small: a search from
/// the front beats hashing.
package struct JSONObject: Sendable {
    package private(set) var members: [(key: String, value: JSONValue)] = []

    package init() {}

    /// A later member of the same name replaces an earlier one.
    package init(_ members: [(String, JSONValue)]) {
        self.members.reserveCapacity(members.count)
        for (key, value) in members { self[key] = value }
    }

    package var isEmpty: Bool { members.isEmpty }
    package var count: Int { members.count }
    package var keys: [String] { members.map(\.key) }

    package subscript(_ key: String) -> JSONValue? {
        get { index(of: key).map { members[$0].value } }
        set {
            let index = index(of: key)
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((key, value))
            case (nil, nil): break
            }
        }
    }
}

extension JSONObject {
    /// A plain loop: this is what the practice cluster does most.
    private func index(of key: String) -> Int? {
        var index = 0
        while index < members.count {
            if members[index].key == key { return index }
            index += 1
        }
        return nil
    }
}

extension JSONObject: Equatable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        return left.members.enumerated().allSatisfy { position, member in
            let other = right.members[position]
            return (other.key == member.key ? other.value : right[member.key]) == member.value
        }
    }
}
