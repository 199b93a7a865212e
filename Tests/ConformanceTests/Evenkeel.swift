import Foundation
import Testing

/// The built command, called as an operator calls it.
struct Evenkeel: Sendable {
    let executable: String

    /// The one that `EVENKEEL_BINARY` names, else the one built beside these tests.
    init() throws {
        let given = ProcessInfo.processInfo.environment["EVENKEEL_BINARY"]
        let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        executable = given ?? tests.deletingLastPathComponent().appendingPathComponent("evenkeel").path
        try #require(
            FileManager.default.isExecutableFile(atPath: executable),
            "there is no \(executable): build it, or name it in EVENKEEL_BINARY"
        )
    }

    /// Runs it; the caller's own configuration is out of reach.
    func run(_ arguments: String...) async throws -> Command.Result { try await run(arguments) }

    func run(_ arguments: [String]) async throws -> Command.Result {
        let environment = ["KUBECONFIG": "/nonexistent", "HOME": "/nonexistent", "NO_COLOR": "1"]
        return try await Command(executable, arguments, environment: environment).run()
    }
}

extension Lab {
    /// Writes the site settings that reach the lab's nodes, and answers the file's path.
    func writeSettings(in scratch: Scratch) throws -> String {
        let hosts = nodes.compactMap { node in
            addresses[node].map { "- match: {name: \(node)}\n  ssh: {host: \($0)}" }
        }
        return try scratch.write(
            "evenkeel.yaml",
            """
            cluster: lab
            ssh:
              user: \(sshUser)
              port: \(sshPort)
              identity: \(path("id_ed25519"))
              knownHosts: \(path("known_hosts"))
              become: none
            nodes:
            \(hosts.joined(separator: "\n"))

            """
        )
    }

    /// Writes a playbook that leaves one line for each service of a node in `marks`.
    func writePlaybook(in scratch: Scratch, marks: String) throws -> String {
        try scratch.write(
            "service.yaml",
            """
            name: lab-service
            description: Leaves a mark for each service.
            inputs:
              LAB_MARKS:
                description: The folder for the marks.
                default: \(marks)
            steps:
            - name: mark
              run: echo "$RUN_ID" >>"$LAB_MARKS/$NODE"
              verify: test -s "$LAB_MARKS/$NODE"

            """
        )
    }

    /// Everything in the cluster that a campaign could change, as text; heartbeats leave it as it is.
    func fingerprint() async throws -> [String] {
        var lines: [String] = []
        for node in try await request("GET", "/api/v1/nodes").objects("items") {
            let metadata = node.object("metadata")
            let name = metadata.string("name") ?? ""
            lines.append("node \(name) \(node.object("spec").text) \(metadata.object("annotations").text)")
        }
        for pod in try await request("GET", "/api/v1/pods").objects("items") {
            let metadata = pod.object("metadata")
            lines.append("pod \(metadata.string("uid") ?? "") \(metadata.has("deletionTimestamp"))")
        }
        for lease in try await request("GET", "/apis/coordination.k8s.io/v1/leases").objects("items") {
            let metadata = lease.object("metadata")
            lines.append("lease \(metadata.string("namespace") ?? "") \(metadata.string("name") ?? "")")
        }
        return lines.sorted()
    }
}
