/// Why a kubeconfig is of no use.
package enum KubeconfigError: Error, Hashable, Sendable {
    case missing(String)
    case broken(String, why: String)
    case noCurrentContext(String, known: [String])
    case unknown(String, kind: String, name: String, known: [String])
    case unsupported(String, what: String)
    case unreadable(String, file: String)
    /// A kubeconfig on another machine that leans on more than its own text.
    case notWhole(String, what: String)

    static func line(of error: any Error) -> String {
        if case DecodingError.keyNotFound(let key, _) = error { return "\(key.stringValue) is missing" }
        if case DecodingError.dataCorrupted(let context) = error, let cause = context.underlyingError {
            return "\(cause)".split(separator: "\n").joined(separator: " ")
        }
        return "it is no kubeconfig"
    }
}

extension KubeconfigError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let path): "\(path): there is no such kubeconfig: name one with --kubeconfig or $KUBECONFIG"
        case .broken(let path, let why): "\(path): \(why): compare it with one that kubectl accepts"
        case .noCurrentContext(let path, let known):
            "\(path): it has no current-context: choose one with --context (there are: \(Self.list(known)))"
        case .unknown(let path, let kind, let name, let known):
            "\(path): it has no \(kind) \u{201C}\(name)\u{201D}: there are: \(Self.list(known))"
        case .unsupported(let path, let what): "\(path): \(what) is not supported: use a client certificate or a token"
        case .unreadable(let path, let file):
            "\(path): \(file), which it names, cannot be read: is it there, and readable?"
        case .notWhole(let path, let what):
            "\(path): it names \(what), and only its own text is read there: "
                + "name one that `kubectl config view --raw --flatten` wrote"
        }
    }

    private static func list(_ names: [String]) -> String {
        names.isEmpty ? "none" : names.joined(separator: ", ")
    }
}
