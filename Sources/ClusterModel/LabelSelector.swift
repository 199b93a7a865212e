/// The labels of an object.
package typealias Labels = [String: String]

/// A Kubernetes label selector: all of its requirements must hold; one without requirements selects everything.
package struct LabelSelector: Hashable, Sendable {
    package var matchLabels: Labels
    package var matchExpressions: [Requirement]

    package init(matchLabels: Labels = [:], matchExpressions: [Requirement] = []) {
        self.matchLabels = matchLabels
        self.matchExpressions = matchExpressions
    }

    package var isEmpty: Bool { matchLabels.isEmpty && matchExpressions.isEmpty }

    package func matches(_ labels: Labels) -> Bool {
        matchLabels.allSatisfy { labels[$0.key] == $0.value } && matchExpressions.allSatisfy { $0.matches(labels) }
    }

    /// One condition on one label.
    package struct Requirement: Hashable, Sendable {
        package enum Operator: String, Hashable, Sendable {
            case `in` = "In"
            case notIn = "NotIn"
            case exists = "Exists"
            case doesNotExist = "DoesNotExist"
            case greaterThan = "Gt"
            case lessThan = "Lt"
        }

        package var key: String
        package var `operator`: Operator
        package var values: [String]

        package init(key: String, operator: Operator, values: [String] = []) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }

        package func matches(_ labels: Labels) -> Bool { matches(value: labels[key]) }

        /// Judges the label's value, nil where the object has no such label. `Gt` and `Lt` compare integers, as node
        /// affinity does.
        package func matches(value: String?) -> Bool {
            switch `operator` {
            case .in: value.map(values.contains) ?? false
            case .notIn: value.map { !values.contains($0) } ?? true
            case .exists: value != nil
            case .doesNotExist: value == nil
            case .greaterThan: compare(value, >)
            case .lessThan: compare(value, <)
            }
        }

        private func compare(_ value: String?, _ holds: (Int, Int) -> Bool) -> Bool {
            guard let value, let left = Int(value), let first = values.first, let right = Int(first) else {
                return false
            }
            return holds(left, right)
        }
    }
}

extension LabelSelector {
    /// Reads the text form that `kubectl --selector` takes: `app=web,tier!=db,pool in (a, b),gpu,!spot`.
    package init?(text: String) {
        self.init()
        for part in LabelSelector.requirements(in: text) {
            guard let requirement = Requirement(text: part) else { return nil }
            matchExpressions.append(requirement)
        }
    }

    /// Splits at the commas that stand outside of parentheses.
    private static func requirements(in text: String) -> [Substring] {
        var parts: [Substring] = []
        var start = text.startIndex
        var depth = 0
        for index in text.indices {
            switch text[index] {
            case "(": depth += 1
            case ")": depth -= 1
            case "," where depth == 0:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        parts.append(text[start...])
        return parts
    }
}

extension LabelSelector.Requirement {
    fileprivate init?(text: Substring) {
        let text = text.trimmingSpaces()
        if text.isEmpty { return nil }
        if let set = Self.set(text, " notin ", .notIn) ?? Self.set(text, " in ", .in) {
            self = set
        } else if let pair = Self.pair(text, "!=", .notIn) ?? Self.pair(text, "==", .in) ?? Self.pair(text, "=", .in) {
            self = pair
        } else if text.hasPrefix("!") {
            self.init(key: String(text.dropFirst().trimmingSpaces()), operator: .doesNotExist)
        } else {
            self.init(key: String(text), operator: .exists)
        }
        if key.isEmpty || key.contains(where: { " ()=!,".contains($0) }) { return nil }
    }

    private static func set(_ text: Substring, _ word: String, _ kind: Operator) -> Self? {
        guard let range = text.firstRange(of: word), text.hasSuffix(")") else { return nil }
        let list = text[range.upperBound...].trimmingSpaces()
        guard list.hasPrefix("(") else { return nil }
        let values = list.dropFirst().dropLast().split(separator: ",").map { String($0.trimmingSpaces()) }
        return Self(key: String(text[..<range.lowerBound].trimmingSpaces()), operator: kind, values: values)
    }

    private static func pair(_ text: Substring, _ sign: String, _ kind: Operator) -> Self? {
        guard let range = text.firstRange(of: sign) else { return nil }
        let value = String(text[range.upperBound...].trimmingSpaces())
        return Self(key: String(text[..<range.lowerBound].trimmingSpaces()), operator: kind, values: [value])
    }
}

extension Substring {
    fileprivate func trimmingSpaces() -> Substring {
        var text = self.drop { $0 == " " }
        while text.last == " " { text = text.dropLast() }
        return text
    }
}
