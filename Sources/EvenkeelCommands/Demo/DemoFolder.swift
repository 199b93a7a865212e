import Foundation

/// Everything the demo writes, in one temporary folder.
struct DemoFolder: Sendable {
    private let root: String

    init() throws {
        let name = "evenkeel-demo-\(UUID().uuidString.prefix(8).lowercased())"
        root = NSTemporaryDirectory() + name
        for folder in [root, root + "/machines"] {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        }
        try write(Self.playbook(machines: root + "/machines"), to: "upgrade.yaml")
    }

    func path(_ name: String) -> String { root + "/" + name }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
    }

    func remove() { try? FileManager.default.removeItem(atPath: root) }

    func writeSettings(port: Int) throws {
        let settings = """
            cluster: practice
            ssh:
              {user: \(NSUserName()), port: \(port), identity: client_key, knownHosts: known_hosts, become: none, jump: [],
              config: none}
            policy: {defaultBudget: 1}

            """
        try write(settings, to: "evenkeel.yaml")
    }

    /// What the playbook has installed on each machine by now.
    func installedVersions() -> [String: String] {
        let folder = path("machines")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.reduce(into: [:]) { versions, name in
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { return }
            let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            if !text.isEmpty { versions[name] = text }
        }
    }

    private static func playbook(machines: String) -> String {
        """
        name: practice-upgrade
        description: What an upgrade would do, on machines that only pretend.
        steps:
          - name: install kubelet
            check: grep -qx "$TARGET_VERSION" "\(machines)/$NODE"
            run: |
              sleep 1
              echo "$TARGET_VERSION" > "\(machines)/$NODE"
            verify: test -s "\(machines)/$NODE"
            timeout: 30s
            become: false

        """
    }

    /// The demo keeps its promise or fails: every node serviced, no budget broken.
    func judge() throws {
        struct Outcome: Decodable {
            struct Totals: Decodable {
                var nodes: Int
                var returned: Int
                var secondsBelowBudget: Double
            }
            var totals: Totals
        }
        let data = try Data(contentsOf: URL(fileURLWithPath: path("report.json")))
        let totals = try JSONDecoder().decode(Outcome.self, from: data).totals
        guard totals.returned == totals.nodes, totals.nodes == 12, totals.secondsBelowBudget == 0 else {
            throw CommandFailure(
                "the demo did not keep its promise: \(totals.returned) of \(totals.nodes) nodes back, "
                    + "\(totals.secondsBelowBudget) s below a budget"
            )
        }
    }
}
