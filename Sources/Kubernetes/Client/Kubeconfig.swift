import Foundation
import Yams

/// Where a cluster's API is and how to prove who asks, from a kubeconfig.
package struct Kubeconfig: Sendable, Hashable {
    package var context: String
    package var server: String
    package var authority: Material?
    package var skipsVerification: Bool
    package var serverName: String?
    package var certificate: Material?
    package var key: Material?
    package var token: String?

    /// PEM, and where it came from.
    package struct Material: Sendable, Hashable {
        package var pem: String
        package var source: String
    }

    /// Reads a kubeconfig file.
    ///
    /// - Parameter context: nil for the file's current-context.
    package static func load(path: String, context: String? = nil) throws(KubeconfigError) -> Kubeconfig {
        guard let data = FileManager.default.contents(atPath: path) else { throw KubeconfigError.missing(path) }
        do {
            let file = try YAMLDecoder().decode(KubeconfigFile.self, from: String(decoding: data, as: UTF8.self))
            return try Resolution(file: file, path: path).resolve(context: context)
        } catch let error as KubeconfigError {
            throw error
        } catch {
            throw KubeconfigError.broken(path, why: KubeconfigError.line(of: error))
        }
    }
}

/// Why a kubeconfig is of no use.
package enum KubeconfigError: Error, Hashable, Sendable {
    case missing(String)
    case broken(String, why: String)
    case noCurrentContext(String, known: [String])
    case unknown(String, kind: String, name: String, known: [String])
    case unsupported(String, what: String)
    case unreadable(String, file: String)

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
            "\(path): it has no current-context: choose one with --context (\(known.joined(separator: ", ")))"
        case .unknown(let path, let kind, let name, let known):
            "\(path): it has no \(kind) \u{201C}\(name)\u{201D}: there are \(known.joined(separator: ", "))"
        case .unsupported(let path, let what): "\(path): \(what) is not supported: use a client certificate or a token"
        case .unreadable(let path, let file): "\(path): \(file), which it names, cannot be read"
        }
    }
}

/// The file's own shape.
private struct KubeconfigFile: Decodable {
    var currentContext: String?
    var clusters: [NamedCluster]?
    var contexts: [NamedContext]?
    var users: [NamedUser]?

    enum CodingKeys: String, CodingKey {
        case currentContext = "current-context"
        case clusters, contexts, users
    }

    struct NamedCluster: Decodable {
        var name: String
        var cluster: ClusterEntry
    }
    struct NamedContext: Decodable {
        var name: String
        var context: ContextEntry
    }
    struct NamedUser: Decodable {
        var name: String
        var user: UserEntry
    }
    struct ContextEntry: Decodable {
        var cluster: String
        var user: String
    }
    struct ClusterEntry: Decodable {
        var server: String
        var authorityFile: String?
        var authorityData: String?
        var skipsVerification: Bool?
        var serverName: String?

        enum CodingKeys: String, CodingKey {
            case server
            case authorityFile = "certificate-authority"
            case authorityData = "certificate-authority-data"
            case skipsVerification = "insecure-skip-tls-verify"
            case serverName = "tls-server-name"
        }
    }
    struct UserEntry: Decodable {
        var certificateFile: String?
        var certificateData: String?
        var keyFile: String?
        var keyData: String?
        var token: String?
        var tokenFile: String?
        var exec: Plugin?

        struct Plugin: Decodable {}

        enum CodingKeys: String, CodingKey {
            case certificateFile = "client-certificate"
            case certificateData = "client-certificate-data"
            case keyFile = "client-key"
            case keyData = "client-key-data"
            case token, tokenFile, exec
        }
    }
}

/// Follows the names from context to cluster and user, and reads what they point at.
private struct Resolution {
    let file: KubeconfigFile
    let path: String

    func resolve(context wanted: String?) throws(KubeconfigError) -> Kubeconfig {
        let contexts = file.contexts ?? []
        let name = wanted ?? file.currentContext ?? ""
        if name.isEmpty { throw KubeconfigError.noCurrentContext(path, known: contexts.map(\.name)) }
        let context = try find(name, "context", contexts, \.name).context
        let cluster = try find(context.cluster, "cluster", file.clusters ?? [], \.name).cluster
        let user = try find(context.user, "user", file.users ?? [], \.name).user
        if user.exec != nil { throw KubeconfigError.unsupported(path, what: "a credential plugin (exec)") }
        let fromFile = try token(in: user.tokenFile)
        return Kubeconfig(
            context: name,
            server: cluster.server,
            authority: try material(cluster.authorityData, cluster.authorityFile, "certificate-authority-data"),
            skipsVerification: cluster.skipsVerification ?? false,
            serverName: cluster.serverName,
            certificate: try material(user.certificateData, user.certificateFile, "client-certificate-data"),
            key: try material(user.keyData, user.keyFile, "client-key-data"),
            token: user.token ?? fromFile
        )
    }

    private func find<Entry>(
        _ name: String,
        _ kind: String,
        _ entries: [Entry],
        _ key: KeyPath<Entry, String>
    ) throws(KubeconfigError) -> Entry {
        if let entry = entries.first(where: { $0[keyPath: key] == name }) { return entry }
        throw KubeconfigError.unknown(path, kind: kind, name: name, known: entries.map { $0[keyPath: key] })
    }

    private func material(
        _ data: String?,
        _ file: String?,
        _ key: String
    ) throws(KubeconfigError) -> Kubeconfig.Material? {
        if let data {
            guard let decoded = Data(base64Encoded: data, options: .ignoreUnknownCharacters) else {
                throw KubeconfigError.broken(path, why: "\(key) is no base64")
            }
            return Kubeconfig.Material(pem: String(decoding: decoded, as: UTF8.self), source: "\(path) (\(key))")
        }
        guard let file else { return nil }
        return Kubeconfig.Material(pem: try text(file), source: file)
    }

    private func token(in file: String?) throws(KubeconfigError) -> String? {
        guard let file else { return nil }
        return try text(file).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The content of a file that is named relative to the kubeconfig.
    private func text(_ file: String) throws(KubeconfigError) -> String {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        let url = URL(fileURLWithPath: file, relativeTo: folder)
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw KubeconfigError.unreadable(path, file: file)
        }
        return String(decoding: data, as: UTF8.self)
    }
}
