import Foundation
import Testing

/// The running cluster that `Tests/Lab/control-plane.sh` has made, as described by the folder in `EVENKEEL_LAB`.
struct Lab: Sendable {
    /// Nil where no lab runs, and the tests that need one are skipped.
    static let current = ProcessInfo.processInfo.environment["EVENKEEL_LAB"].flatMap(Lab.init(path:))

    let folder: URL
    let server: String
    let sshPort: Int
    let sshUser: String
    /// What to dial for each node, by the node's name.
    let addresses: [String: String]

    private init?(path: String) {
        let folder = URL(fileURLWithPath: path, isDirectory: true)
        func text(_ name: String) -> String? {
            let text = try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
            return text?.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        guard let server = text("server"), let port = text("ssh_port").flatMap({ Int($0) }),
            let user = text("ssh_user"), let table = text("addresses.tsv")
        else { return nil }
        let rows = table.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
        self.folder = folder
        self.server = server
        self.sshPort = port
        self.sshUser = user
        addresses = Dictionary(uniqueKeysWithValues: rows.filter { $0.count == 2 }.map { ($0[0], $0[1]) })
    }

    /// The lab, or a failed requirement where a test that needs it runs without.
    static func required() throws -> Lab {
        try #require(current, "EVENKEEL_LAB names no folder of a running lab")
    }

    var nodes: [String] { addresses.keys.sorted() }

    /// A file of the lab's folder.
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func kubeconfig(_ name: String) -> String { path("kubeconfig-\(name)") }

    /// Arguments for `curl` as the cluster's administrator.
    func curl(_ method: String, _ resource: String, body: String? = nil, type: String = "application/json") -> [String]
    {
        var arguments = [
            "--silent", "--show-error", "--no-buffer", "--request", method, "--cacert", path("pki/ca.crt"),
            "--cert", path("pki/admin.crt"), "--key", path("pki/admin.key"),
        ]
        if let body { arguments += ["--header", "Content-Type: \(type)", "--data-binary", body] }
        return arguments + [server + resource]
    }

    /// An answer that does not come is a failure too.
    private static let once = ["--fail", "--max-time", "60"]

    /// Merges `body` into an object.
    func patch(_ resource: String, _ body: String) async throws {
        let arguments = curl("PATCH", resource, body: body, type: "application/merge-patch+json")
        let result = try await Command("curl", arguments + Self.once).run()
        try #require(result.status == 0, "PATCH \(resource): \(result.errors)")
    }

    func create(_ resource: String, _ body: String) async throws {
        let result = try await Command("curl", curl("POST", resource, body: body) + Self.once).run()
        try #require(result.status == 0, "POST \(resource): \(result.errors)")
    }

    /// One request, answered by a JSON object.
    func request(_ method: String, _ resource: String, body: String? = nil) async throws -> JSONObject {
        let result = try await Command("curl", curl(method, resource, body: body) + Self.once).run()
        try #require(result.status == 0, "\(method) \(resource): \(result.errors)")
        return try #require(JSONObject(text: result.output), "\(method) \(resource) answered no JSON object")
    }
}

/// Everything that runs against the lab: one test at a time, since all share one cluster. The limit is each test's.
@Suite(
    .serialized,
    .enabled(if: Lab.current != nil, "start it with Tests/Lab/control-plane.sh"),
    .timeLimit(.minutes(5))
)
enum Conformance {}
