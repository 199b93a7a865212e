import Playbooks
import Testing

/// A bad file and the complaints that must be made about it, exactly and in this order.
struct BadFile: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let expected: [String]

    init(_ name: String, _ text: String, _ expected: String...) {
        testDescription = name
        self.text = text
        self.expected = expected
    }
}

/// What `load` complains about, one line each; empty where it takes the file.
func complaints(_ load: () throws(YAMLProblems) -> Void) -> [String] {
    do {
        try load()
        return []
    } catch {
        return error.description.split(separator: "\n").map(String.init)
    }
}
