/// A file that a step puts on the node.
package struct PlaybookUpload: Codable, Hashable, Sendable {
    /// The file on this machine; a path that does not begin with `/` is seen from the playbook's folder.
    package var file: PlaybookText
    /// The absolute path on the node.
    package var target: PlaybookText
    /// What the file's SHA-256 digest has to be, in lower-case hexadecimal digits; nil for whatever it is.
    package var sha256: String?
    /// The permission bits.
    package var mode: UInt32

    package static let defaultMode: UInt32 = 0o644

    package init(file: PlaybookText, target: PlaybookText, sha256: String? = nil, mode: UInt32 = defaultMode) {
        self.file = file
        self.target = target
        self.sha256 = sha256
        self.mode = mode
    }
}

/// Text with variables in it, written `${NAME}`. It names files and never reaches a shell.
package struct PlaybookText: Codable, Hashable, Sendable, ExpressibleByStringLiteral {
    package var text: String

    package init(_ text: String) { self.text = text }
    package init(stringLiteral value: String) { self.init(value) }

    /// The names of the variables, in the order of the text; nil where a `${` has no end or no name.
    package var names: [String]? {
        var names: [String] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            let after = rest[start.upperBound...]
            guard let end = after.firstIndex(of: "}") else { return nil }
            let name = String(after[..<end])
            guard PlaybookEnvironment.isIdentifier(name) else { return nil }
            names.append(name)
            rest = after[after.index(after: end)...]
        }
        return names
    }

    /// The text with the variables' values; one that is not there is empty, as in a shell.
    package func replaced(by values: [String: String]) -> String {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            result += rest[..<start.lowerBound]
            result += values[String(rest[start.upperBound..<end])] ?? ""
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
