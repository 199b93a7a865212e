import ArgumentParser
import Foundation
import Playbooks

struct PlaybookShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows what a playbook does on each kind of node, in order.",
        discussion: """
              evenkeel playbook show playbooks/k3s-upgrade.yaml
              evenkeel playbook show kernel.yaml --role worker --scripts
              evenkeel playbook show kernel.yaml --output json
            """
    )

    @Argument(help: "The playbook.")
    var file: String

    @Option(help: "Only this kind of node: firstControlPlane, controlPlane or worker.")
    var role: PlaybookRole?

    @Flag(help: "Show the scripts too.")
    var scripts = false

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    func run() async throws {
        try await Evenkeel.reporting {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw CommandFailure("\(file): there is no such playbook: name another file")
            }
            let playbook = try Playbook.load(file: file, text: String(decoding: data, as: UTF8.self))
            let picture = PlaybookPicture(playbook, roles: role.map { [$0] } ?? PlaybookRole.allCases)
            switch output {
            case .json: Console.result(try Console.json(picture))
            case .text: Console.result(picture.text(withScripts: scripts))
            }
        }
    }
}

extension PlaybookRole: ExpressibleByArgument {}

/// A playbook as people and programs read it.
struct PlaybookPicture: Encodable, Sendable {
    struct Input: Encodable, Sendable {
        var name: String
        var description: String
        var `default`: String?
        var required: Bool
        var secret: Bool
    }

    struct Upload: Encodable, Sendable {
        var file: String
        var to: String
        var sha256: String?
        var mode: String
    }

    struct Step: Encodable, Sendable {
        var name: String
        var check: String?
        var upload: [Upload]
        var run: String?
        var reboot: Bool
        var verify: String?
        var undo: String?
        var timeout: String
        var retries: Int
        var become: Bool
    }

    struct Role: Encodable, Sendable {
        var role: String
        var steps: [Step]
    }

    var name: String
    var description: String
    var inputs: [Input]
    var nodes: [String]?
    var rebootTimeout: String
    var roles: [Role]

    init(_ playbook: Playbook, roles wanted: [PlaybookRole]) {
        name = playbook.name
        description = playbook.description
        nodes = playbook.nodes?.map(\.name)
        rebootTimeout = DurationText.format(playbook.rebootTimeout)
        inputs = playbook.inputs.map {
            Input(
                name: $0.name,
                description: $0.description,
                default: $0.default,
                required: $0.required,
                secret: $0.secret
            )
        }
        roles = wanted.map { role in Role(role: role.rawValue, steps: playbook.steps(for: role).map(Step.init)) }
    }
}

extension PlaybookPicture.Step {
    fileprivate init(_ step: PlaybookStep) {
        self.init(
            name: step.name,
            check: step.check,
            upload: step.uploads.map {
                PlaybookPicture.Upload(
                    file: $0.file.text,
                    to: $0.target.text,
                    sha256: $0.sha256,
                    mode: "0" + String($0.mode, radix: 8)
                )
            },
            run: step.run,
            reboot: step.reboot,
            verify: step.verify,
            undo: step.undo,
            timeout: DurationText.format(step.timeout),
            retries: step.retries,
            become: step.become
        )
    }
}

// MARK: Text

extension PlaybookPicture {
    func text(withScripts: Bool) -> String {
        var lines = ["\(name)\(description.isEmpty ? "" : ": \(description)")"]
        if let nodes { lines.append("only on \(nodes.joined(separator: ", "))") }
        if !inputs.isEmpty {
            lines += ["", "inputs"] + inputs.map { "  \($0.text)" }
        }
        for role in roles {
            lines += ["", role.role]
            if role.steps.isEmpty { lines.append("  nothing is done") }
            for (index, step) in role.steps.enumerated() {
                lines += step.lines(number: index + 1, withScripts: withScripts)
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension PlaybookPicture.Input {
    fileprivate var text: String {
        let kind = [required ? "required" : nil, secret ? "secret" : nil].compactMap(\.self).joined(separator: ", ")
        let start = `default`.map { " = \($0)" } ?? ""
        return name + start + (kind.isEmpty ? "" : " (\(kind))") + (description.isEmpty ? "" : ": \(description)")
    }
}

extension PlaybookPicture.Step {
    fileprivate func lines(number: Int, withScripts: Bool) -> [String] {
        var lines = ["  \(number). \(name)  [\(traits.joined(separator: ", "))]"]
        func add(_ kind: String, _ script: String?) {
            guard withScripts, let script else { return }
            lines.append("       \(kind):")
            lines += script.split(separator: "\n").map { "         \($0)" }
        }
        add("check", check)
        lines += upload.map { "       upload \($0.file) to \($0.to), mode \($0.mode)" }
        add("run", run)
        add("verify", verify)
        add("undo", undo)
        return lines
    }

    /// Which parts it has, in the order in which they are done, and its limits.
    private var traits: [String] {
        let parts: [(String, Bool)] = [
            ("check", check != nil), ("upload", !upload.isEmpty), ("run", run != nil), ("reboot", reboot),
            ("verify", verify != nil), ("undo", undo != nil),
        ]
        let limits = ["timeout \(timeout)", retries > 0 ? "retries \(retries)" : nil, become ? nil : "not as root"]
        return [parts.filter(\.1).map(\.0).joined(separator: " \u{2192} ")] + limits.compactMap(\.self)
    }
}
