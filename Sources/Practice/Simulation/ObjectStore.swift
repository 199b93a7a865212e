import DequeModule

/// One write to the store, as a watch reports it.
struct Change: Sendable {
    enum Verb: String, Sendable {
        case added = "ADDED"
        case modified = "MODIFIED"
        case deleted = "DELETED"
    }

    let verb: Verb
    let kind: ResourceKind
    let key: ObjectKey
    let revision: Int
    /// The object after the write; for a deletion its last state with the revision of the deletion.
    let object: JSONValue
    let previous: JSONValue?
}

/// Objects by kind and key, one revision for each write, and a ring of the latest writes.
struct ObjectStore: Sendable {
    private var objects: [ResourceKind: [ObjectKey: JSONValue]] = [:]
    private(set) var history: Deque<Change> = []
    private(set) var revision = 1000
    /// Writes up to this revision have left the ring.
    private(set) var compacted = 1000
    private let historyLimit: Int

    init(historyLimit: Int) { self.historyLimit = max(1, historyLimit) }

    subscript(_ kind: ResourceKind, _ key: ObjectKey) -> JSONValue? { objects[kind]?[key] }

    func keys(_ kind: ResourceKind) -> [ObjectKey] { (objects[kind] ?? [:]).keys.sorted() }

    func all(_ kind: ResourceKind) -> [(key: ObjectKey, object: JSONValue)] { Self.sorted(objects[kind] ?? [:]) }

    private static func sorted(_ objects: [ObjectKey: JSONValue]) -> [(key: ObjectKey, object: JSONValue)] {
        objects.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    mutating func put(_ kind: ResourceKind, _ key: ObjectKey, _ object: JSONValue) -> Change {
        revision += 1
        var object = object
        object["metadata", "resourceVersion"] = .string(String(revision))
        let previous = objects[kind, default: [:]].updateValue(object, forKey: key)
        return remember(previous == nil ? .added : .modified, kind, key, object, previous)
    }

    mutating func remove(_ kind: ResourceKind, _ key: ObjectKey) -> Change? {
        guard let previous = objects[kind]?.removeValue(forKey: key) else { return nil }
        revision += 1
        var object = previous
        object["metadata", "resourceVersion"] = .string(String(revision))
        return remember(.deleted, kind, key, object, previous)
    }

    private mutating func remember(
        _ verb: Change.Verb,
        _ kind: ResourceKind,
        _ key: ObjectKey,
        _ object: JSONValue,
        _ previous: JSONValue?
    ) -> Change {
        let change = Change(
            verb: verb,
            kind: kind,
            key: key,
            revision: revision,
            object: object,
            previous: previous
        )
        history.append(change)
        while history.count > historyLimit, let first = history.popFirst() { compacted = first.revision }
        return change
    }

    /// Forgets every write so far, as an etcd compaction does.
    mutating func compact() {
        history.removeAll()
        compacted = revision
    }

    /// The writes after `revision`, or nil where some have left the ring.
    func changes(after revision: Int) -> Deque<Change>.SubSequence? {
        guard revision >= compacted else { return nil }
        // Revisions in the ring are consecutive: each write makes exactly one.
        return history.dropFirst(revision - compacted)
    }

    /// The objects of a kind as they were at a revision, or nil where the ring does not reach back.
    func all(_ kind: ResourceKind, at revision: Int) -> [(key: ObjectKey, object: JSONValue)]? {
        guard let later = changes(after: revision) else { return nil }
        var state = objects[kind] ?? [:]
        for change in later.reversed() where change.kind == kind { state[change.key] = change.previous }
        return Self.sorted(state)
    }
}
