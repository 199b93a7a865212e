import Yams

/// A mapping whose keys were checked: each is text and stands there once.
struct YAMLMapping {
    struct Entry {
        let key: LocatedYAML
        let name: String
        let value: LocatedYAML
    }

    let place: LocatedYAML
    let entries: [Entry]

    /// The value of a key; nil where it is missing or empty.
    subscript(key: String) -> LocatedYAML? {
        guard let value = entries.first(where: { $0.name == key })?.value, !value.isNull else { return nil }
        return value
    }

    /// Whether the key stands there, with or without a value.
    func has(_ key: String) -> Bool {
        entries.contains { $0.name == key }
    }

    /// The value of a key that must be there.
    func required(_ key: String) -> LocatedYAML? {
        if !has(key) || (place.report.emptyValue == .absent && self[key] == nil) {
            return place.complain("`\(key)` is missing")
        }
        return self[key]
    }
}

extension LocatedYAML {
    /// A mapping that may hold only these keys; others are reported and left out.
    func mapping(keys known: [String]) -> YAMLMapping? {
        guard let mapping = mapping(of: Suggestion.list(known, last: "and")) else { return nil }
        let entries = mapping.entries.filter { entry in
            if known.contains(entry.name) { return true }
            let nearest = Suggestion.nearest(to: entry.name, in: known)
            let fix = nearest.map { "did you mean `\($0)`?" } ?? "known here: \(known.joined(separator: ", "))"
            entry.key.complain("unknown key `\(entry.name)`", fix: fix)
            return false
        }
        for entry in entries where entry.value.isNull && report.emptyValue == .refused {
            entry.key.complain("`\(entry.name)` has no value", fix: "give it one, or take the key out")
        }
        return YAMLMapping(place: self, entries: entries)
    }

    /// A mapping whose keys the operator chooses.
    func mapping(of what: String) -> YAMLMapping? {
        guard case .mapping(let mapping) = node else {
            return complain("expected a mapping with \(what), found \(kind)")
        }
        var entries: [YAMLMapping.Entry] = []
        for (keyNode, valueNode) in mapping {
            let key = LocatedYAML(node: keyNode, path: path, report: report)
            guard let name = keyNode.scalar?.string else {
                key.complain("a key must be text, found \(key.kind)")
                continue
            }
            guard !entries.contains(where: { $0.name == name }) else {
                key.complain("`\(name)` is given twice", fix: "keep one")
                continue
            }
            let child = path.isEmpty ? name : "\(path).\(name)"
            let value = LocatedYAML(node: valueNode, path: child, report: report)
            let located = LocatedYAML(node: keyNode, path: child, report: report)
            entries.append(YAMLMapping.Entry(key: located, name: name, value: value))
        }
        return YAMLMapping(place: self, entries: entries)
    }
}
