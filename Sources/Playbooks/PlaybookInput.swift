/// A value that a playbook asks for; its scripts see it as an environment variable of the same name.
package struct PlaybookInput: Codable, Hashable, Sendable {
    package var name: String
    package var description: String
    /// Used where the operator gives nothing; without one the variable is empty then.
    package var `default`: String?
    package var required: Bool
    /// Never shown, logged or journaled.
    package var secret: Bool

    package init(
        name: String,
        description: String = "",
        default: String? = nil,
        required: Bool = false,
        secret: Bool = false
    ) {
        self.name = name
        self.description = description
        self.default = `default`
        self.required = required
        self.secret = secret
    }
}

/// A value given for an input, or left out, against what the playbook declares.
package enum PlaybookInputProblem: Hashable, Sendable, CustomStringConvertible {
    /// The playbook declares no such input; `nearest` may have been meant.
    case unknown(name: String, nearest: String?)
    case missing(name: String, description: String)
    case containsNUL(name: String)
    /// Longer than the kernel lets one environment variable be.
    case tooLong(name: String, bytes: Int)

    package var description: String {
        switch self {
        case .unknown(let name, let nearest):
            "there is no input \(name)" + (nearest.map { ", did you mean \($0)?" } ?? "")
        case .missing(let name, let description):
            "input \(name)\(description.isEmpty ? "" : " (\(description))") is required: give \(name)=VALUE"
        case .containsNUL(let name):
            "input \(name) contains a NUL character, which no environment variable can hold"
        case .tooLong(let name, let bytes):
            "input \(name) has \(bytes) bytes, more than the \(PlaybookScript.longestText) that a variable may have"
        }
    }
}

/// The inputs given do not fit the playbook.
package enum PlaybookInputError: Error, Hashable, Sendable, CustomStringConvertible {
    case unfit(playbook: String, [PlaybookInputProblem])

    package var description: String {
        switch self {
        case .unfit(let playbook, let problems):
            "playbook \(playbook): " + problems.map(\.description).joined(separator: "; ")
        }
    }
}

extension Playbook {
    /// The variables for the declared inputs: what was given, else the default, else empty.
    package func resolveInputs(given: [String: String]) throws(PlaybookInputError) -> [String: String] {
        let known = inputs.map(\.name)
        var problems = given.keys.sorted().filter { !known.contains($0) }.map { name in
            PlaybookInputProblem.unknown(name: name, nearest: Suggestion.nearest(to: name, in: known))
        }
        var values: [String: String] = [:]
        for input in inputs {
            if input.required, given[input.name] == nil {
                problems.append(.missing(name: input.name, description: input.description))
            }
            let value = given[input.name] ?? input.default ?? ""
            values[input.name] = value
            if value.utf8.contains(0) { problems.append(.containsNUL(name: input.name)) }
            if value.utf8.count > PlaybookScript.longestText {
                problems.append(.tooLong(name: input.name, bytes: value.utf8.count))
            }
        }
        guard problems.isEmpty else { throw .unfit(playbook: name, problems) }
        return values
    }

    /// The names of the inputs whose values must never be shown.
    package var secretInputs: [String] {
        inputs.filter(\.secret).map(\.name)
    }
}
