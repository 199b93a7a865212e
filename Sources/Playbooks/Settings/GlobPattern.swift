/// A pattern for names: `*` stands for any characters, `?` for one, everything else for itself.
package struct GlobPattern: Hashable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) {
        description = text
    }

    var hasWildcard: Bool {
        description.contains { $0 == "*" || $0 == "?" }
    }

    /// Whether the whole name fits. Takes time in proportion to both lengths at most.
    package func matches(_ name: String) -> Bool {
        let pattern = Array(description)
        let text = Array(name)
        var (p, t) = (0, 0)
        var retry: (pattern: Int, text: Int)?
        while t < text.count {
            if p < pattern.count, pattern[p] == "*" {
                retry = (p + 1, t)
                p += 1
            } else if p < pattern.count, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = retry {
                retry = (last.pattern, last.text + 1)
                (p, t) = (last.pattern, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
