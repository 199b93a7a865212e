/// Collects the complaints about one file while it is read.
final class YAMLReport {
    /// What a key without a value means.
    enum EmptyValue {
        /// A mistake: in a playbook an empty `run:` would skip work in silence.
        case refused
        /// The default, as if the key were not there.
        case absent
    }

    let file: String
    let emptyValue: EmptyValue
    private var diagnostics: [YAMLDiagnostic] = []

    init(file: String, emptyValue: EmptyValue) {
        self.file = file
        self.emptyValue = emptyValue
    }

    var isEmpty: Bool { diagnostics.isEmpty }

    func add(_ message: String, fix: String? = nil, path: String = "", line: Int, column: Int) {
        diagnostics.append(
            YAMLDiagnostic(file: file, line: line, column: column, path: path, message: message, fix: fix)
        )
    }

    /// The finished value, or everything that was complained about.
    func finish<Value>(_ value: Value?) throws(YAMLProblems) -> Value {
        guard diagnostics.isEmpty, let value else { throw YAMLProblems(diagnostics) }
        return value
    }
}
