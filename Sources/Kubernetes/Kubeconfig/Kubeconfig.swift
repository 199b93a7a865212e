import Foundation
import Yams

/// Where a cluster's API is and how to prove who asks, from a kubeconfig.
package struct Kubeconfig: Sendable, Hashable {
    package var context: String
    /// An http or https URL.
    package var server: String
    package var authority: Material?
    package var skipsVerification: Bool
    /// The name that the server's certificate is made out to, where it is not the URL's.
    package var serverName: String?
    package var certificate: Material?
    package var key: Material?
    package var token: String?
    /// A file whose token is read anew for each request: whoever writes it may replace it.
    package var tokenFile: String?
    /// A program that gives tokens.
    package var plugin: CredentialPlugin?
    /// An http proxy's URL, through which the server is reached.
    package var proxy: String?

    /// PEM, and where it came from.
    package struct Material: Sendable, Hashable {
        package var pem: String
        package var source: String
    }

    /// Reads a kubeconfig.
    ///
    /// - Parameters:
    ///   - path: a file, or several with colons between them as `$KUBECONFIG` may have; the first to name something
    ///     wins, and files that do not exist are passed over as long as one does.
    ///   - context: nil for the current-context.
    package static func load(path: String, context: String? = nil) throws(KubeconfigError) -> Kubeconfig {
        let paths = path.split(separator: ":").map(String.init)
        var files: [(path: String, file: KubeconfigFile)] = []
        for path in paths {
            guard FileManager.default.fileExists(atPath: path) else { continue }
            files.append((path, try read(path)))
        }
        if files.isEmpty { throw KubeconfigError.missing(path) }
        return try KubeconfigResolution(files: files).resolve(context: context)
    }

    /// Reads a kubeconfig that lies on another machine: nothing that it names besides its own text is followed.
    ///
    /// - Parameters:
    ///   - place: where it lies, for messages.
    ///   - context: nil for the current-context.
    package static func read(
        text: String,
        from place: String,
        context: String? = nil
    ) throws(KubeconfigError) -> Kubeconfig {
        let file = try parse(text, place)
        return try KubeconfigResolution(files: [(place, file)], isRemote: true).resolve(context: context)
    }

    /// The service account of the pod that this program runs in; nil outside of a cluster.
    ///
    /// - Parameter folder: where the kubelet puts the account's token and the cluster's authority.
    package static func inCluster(
        environment: [String: String],
        folder: String = "/var/run/secrets/kubernetes.io/serviceaccount"
    ) throws(KubeconfigError) -> Kubeconfig? {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], !host.isEmpty,
            let port = environment["KUBERNETES_SERVICE_PORT"], !port.isEmpty
        else { return nil }
        let authority = "\(folder)/ca.crt"
        guard let data = FileManager.default.contents(atPath: authority) else {
            throw KubeconfigError.unreadable("the pod's service account", file: authority)
        }
        return Kubeconfig(
            context: "in-cluster",
            server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)",
            authority: Material(pem: String(decoding: data, as: UTF8.self), source: authority),
            skipsVerification: false,
            tokenFile: "\(folder)/token"
        )
    }

    private static func read(_ path: String) throws(KubeconfigError) -> KubeconfigFile {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw KubeconfigError.broken(path, why: "it cannot be read")
        }
        return try parse(String(decoding: data, as: UTF8.self), path)
    }

    private static func parse(_ text: String, _ place: String) throws(KubeconfigError) -> KubeconfigFile {
        do {
            return try YAMLDecoder().decode(KubeconfigFile.self, from: text)
        } catch {
            throw KubeconfigError.broken(place, why: KubeconfigError.line(of: error))
        }
    }
}
