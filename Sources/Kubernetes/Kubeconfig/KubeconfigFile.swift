/// The file's own shape.
struct KubeconfigFile: Decodable {
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
        var user: String?
    }
    struct ClusterEntry: Decodable {
        var server: String
        var authorityFile: String?
        var authorityData: String?
        var skipsVerification: Bool?
        var serverName: String?
        var proxy: String?

        enum CodingKeys: String, CodingKey {
            case server
            case authorityFile = "certificate-authority"
            case authorityData = "certificate-authority-data"
            case skipsVerification = "insecure-skip-tls-verify"
            case serverName = "tls-server-name"
            case proxy = "proxy-url"
        }
    }
    struct Exec: Decodable {
        struct Variable: Decodable {
            var name: String
            var value: String
        }

        var apiVersion: String
        var command: String
        var args: [String]?
        var env: [Variable]?
        var interactiveMode: String?
        var installHint: String?
    }
    struct UserEntry: Decodable {
        var certificateFile: String?
        var certificateData: String?
        var keyFile: String?
        var keyData: String?
        var token: String?
        var tokenFile: String?
        var username: String?
        var impersonated: String?
        var exec: Exec?
        var provider: Plugin?

        struct Plugin: Decodable {}

        /// What this program does not know how to do, where the entry asks for it.
        var unsupported: String? {
            if exec?.interactiveMode == "Always" {
                return "a credential plugin that must ask somebody (interactiveMode)"
            }
            if provider != nil { return "an auth-provider" }
            if username != nil { return "a user name with a password" }
            return impersonated == nil ? nil : "acting as somebody else (as)"
        }

        enum CodingKeys: String, CodingKey {
            case certificateFile = "client-certificate"
            case certificateData = "client-certificate-data"
            case keyFile = "client-key"
            case keyData = "client-key-data"
            case impersonated = "as"
            case provider = "auth-provider"
            case token, tokenFile, username, exec
        }
    }
}
