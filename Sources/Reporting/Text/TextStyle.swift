/// How text looks on a terminal that has colours (ECMA-48 SGR).
package enum TextStyle: Hashable, Sendable {
    case plain, bold, dim, good, warning, bad

    /// The text in this style; as it is where there is no colour, or no text.
    package func apply(to text: String, color: Bool) -> String {
        guard color, let code, !text.isEmpty else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }

    private var code: Int? {
        switch self {
        case .plain: nil
        case .bold: 1
        case .dim: 2
        case .bad: 31
        case .good: 32
        case .warning: 33
        }
    }
}
