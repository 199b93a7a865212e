/// The keys that a playbook may hold, by the mapping they stand in; the reader knows no others.
package enum PlaybookSection: String, CaseIterable, Sendable {
    case document = ""
    case input = "inputs.NAME"
    case stage = "stages[]"
    case step = "steps[]"
    case upload = "steps[].upload"

    package var keys: [String] {
        switch self {
        case .document: ["name", "description", "inputs", "stages", "steps", "rebootTimeout", "nodes"]
        case .input: ["description", "default", "required", "secret"]
        case .stage: ["roles", "steps"]
        case .step: ["name", "check", "upload", "run", "reboot", "verify", "undo", "timeout", "retries", "become"]
        case .upload: ["file", "to", "sha256", "mode"]
        }
    }
}
