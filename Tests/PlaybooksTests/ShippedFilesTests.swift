import Foundation
import Playbooks
import Testing
import Yams

@Suite struct ShippedFilesTests {
    static let playbooks = [
        "containerd-upgrade", "k3s-upgrade", "kernel-reboot", "kubeadm-upgrade-bundle",
        "kubeadm-upgrade-rpm", "kubeadm-upgrade", "node-replace", "os-patch", "rke2-upgrade", "service-reboot",
    ]

    private func text(_ path: String) throws -> String {
        try String(contentsOf: projectFolder.appending(path: path), encoding: .utf8)
    }

    private func playbook(_ name: String) throws -> Playbook {
        let path = "playbooks/\(name).yaml"
        return try Playbook.load(file: path, text: text(path))
    }

    @Test func `every playbook that is shipped is tested here`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: projectFolder.appending(path: "playbooks").path)
        #expect(files.filter { $0.hasSuffix(".yaml") }.sorted() == Self.playbooks.map { "\($0).yaml" })
    }

    @Test(arguments: playbooks)
    func `a shipped playbook loads and its scripts are shell`(name: String) throws {
        let playbook = try playbook(name)
        #expect(playbook.name == name)
        #expect(!playbook.description.isEmpty)
        for role in PlaybookRole.allCases {
            #expect(!playbook.steps(for: role).isEmpty)
        }
        for script in playbook.stages.flatMap(\.steps).flatMap(\.scripts) {
            for shell in PlaybookScriptTests.shells {
                let result = try ShellRun(shell + ["-n"], input: script.text)
                #expect(result.code == 0, "\(script.text)\n\(result.errors)")
            }
        }
    }

    @Test(arguments: playbooks)
    func `a shipped playbook uses no variable that is not there`(name: String) throws {
        let playbook = try playbook(name)
        let known = Set(PlaybookEnvironment.names + playbook.inputs.map(\.name))
        for script in playbook.stages.flatMap(\.steps).flatMap(\.scripts) {
            for match in script.text.matches(of: /\$\{?([A-Z][A-Z_]+)/) {
                #expect(known.contains(String(match.1)), "\(match.0)")
            }
        }
    }

    @Test(arguments: ["kubeadm-upgrade", "kubeadm-upgrade-bundle", "kubeadm-upgrade-rpm"])
    func `only the first control-plane node applies the upgrade to the cluster`(name: String) throws {
        let playbook = try playbook(name)
        let whoApplies = PlaybookRole.allCases.filter { role in
            playbook.steps(for: role).contains { $0.run?.contains("kubeadm upgrade apply") == true }
        }
        #expect(whoApplies == [.firstControlPlane])
        for role in PlaybookRole.allCases {
            #expect(playbook.steps(for: role).last?.name == "restart kubelet")
        }
    }

    @Test func `the example is the defaults, but for what there is none of by default`() throws {
        var settings = try SiteSettings.load(file: "e", text: text("docs/evenkeel.example.yaml"))
        #expect(settings.nodes.count == 2)
        settings.nodes = []
        #expect(settings.objectives.first == ObjectiveSettings(workload: GlobPattern("shop/web"), availability: 0.9995))
        #expect(settings.objectives.map(\.name) == ["shop/web", "shop/* (tier=gold)"])
        #expect(settings.probes.map(\.source) == ["http", "tcp", "command", "prometheus"])
        settings.probes = []
        settings.objectives = []
        #expect(settings.policy.pools.count == 1)
        #expect(settings.policy.canary == PolicySettings.Canary())
        #expect(settings.policy.waivers.map(\.until) == ["2026-12-24"])
        #expect(settings.gates.count == 7)
        #expect(settings.hooks.count == 2)
        settings.gates = []
        settings.hooks = []
        settings.policy.pools = []
        settings.policy.canary = nil
        settings.policy.waivers = []
        settings.ssh.written = []
        #expect(settings == .default)
    }

    @Test func `the example writes every default out`() throws {
        let example = try #require(try Yams.compose(yaml: text("docs/evenkeel.example.yaml"))?.mapping)
        let empty = example.flatMap { key, value -> [String] in
            guard let section = value.mapping else {
                return value.scalar?.string.isEmpty == true ? [key.string ?? ""] : []
            }
            return section.filter { $0.value.scalar?.string.isEmpty == true }.map {
                "\(key.string ?? "").\($0.key.string ?? "")"
            }
        }
        #expect(
            empty.sorted() == [
                "cluster", "kubernetes.context", "kubernetes.kubeconfig", "policy.perZone", "ssh.sudoPasswordFile",
            ]
        )
    }

    @Test(arguments: SettingsSection.allCases)
    func `every key of the settings is in the example and documented`(section: SettingsSection) throws {
        let example = try #require(try Yams.compose(yaml: text("docs/evenkeel.example.yaml")))
        let found = keys(of: section.rawValue.split(separator: ".").map(String.init), in: example)
        #expect(found == Set(section.keys))
        let reference = try text("docs/configuration.md")
        for key in section.keys {
            let path = section.rawValue.isEmpty ? key : "\(section.rawValue).\(key)"
            #expect(reference.contains("`\(path)`"), "\(path)")
        }
    }

    /// The keys of the mappings at a path such as `nodes[]`, `match`.
    private func keys(of path: [String], in node: Yams.Node) -> Set<String> {
        guard let first = path.first else { return Set(node.mapping?.keys.compactMap(\.string) ?? []) }
        let rest = Array(path.dropFirst())
        guard first.hasSuffix("[]") else { return node[first].map { keys(of: rest, in: $0) } ?? [] }
        let items = node[String(first.dropLast(2))]?.sequence.map(Array.init) ?? []
        return items.reduce(into: []) { $0.formUnion(keys(of: rest, in: $1)) }
    }

    @Test(arguments: PlaybookSection.allCases)
    func `every key of a playbook is documented`(section: PlaybookSection) throws {
        let reference = try text("docs/playbooks.md")
        for key in section.keys { #expect(reference.contains("| `\(key)` |"), "\(section): \(key)") }
        for name in PlaybookEnvironment.names { #expect(reference.contains("| `\(name)` |")) }
    }

    @Test func `the example in the reference is a playbook`() throws {
        let reference = try text("docs/playbooks.md")
        let example = try #require(reference.firstMatch(of: /(?s)```yaml\n(.*?)```/))
        let playbook = try Playbook.load(file: "docs/playbooks.md", text: String(example.1))
        #expect(playbook.steps(for: .firstControlPlane).count > playbook.steps(for: .worker).count)
        for script in playbook.stages.flatMap(\.steps).flatMap(\.scripts) {
            #expect(try ShellRun(["sh", "-n"], input: script.text).code == 0)
        }
    }
}
