extension Playbook {
    /// Reads a playbook; everything that is wrong with it is reported at once.
    ///
    /// - Parameter file: The name to use in complaints.
    package static func load(file: String, text: String) throws(YAMLProblems) -> Playbook {
        let report = YAMLReport(file: file, emptyValue: .refused)
        let root = LocatedYAML.root(of: text, report: report)
        if root == nil, report.isEmpty {
            report.add("the playbook is empty", fix: "it needs at least `name` and `steps`", line: 1, column: 1)
        }
        return try report.finish(root.flatMap { PlaybookReader.playbook($0, file: file) })
    }
}

/// Turns the parts of a playbook document into values.
private enum PlaybookReader {
    static func playbook(_ root: LocatedYAML, file: String) -> Playbook? {
        guard let document = root.mapping(keys: PlaybookSection.document.keys) else { return nil }
        let name = document.required("name").flatMap(identifier)
        let timeout = document["rebootTimeout"]?.duration()
        let description = document["description"]?.text()
        let nodes = document["nodes"].flatMap(nodeNames)
        let inputs = document["inputs"].flatMap(inputs)
        guard let stages = stages(document, PlaybookStepReader(inputs: inputs ?? [])), let name else { return nil }
        return Playbook(
            name: name,
            description: description ?? "",
            inputs: inputs ?? [],
            stages: stages,
            rebootTimeout: timeout ?? Playbook.defaultRebootTimeout,
            nodes: nodes,
            file: file
        )
    }

    /// A name that can stand in a file name, a journal and a table.
    private static func identifier(_ place: LocatedYAML) -> String? {
        guard let name = place.line("the name") else { return nil }
        let isPlain = name.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || $0.isDigitOrSign) }
        guard isPlain, name.first != "-", name.first != "." else {
            return place.complain("`\(name)` is no plain name", fix: "use letters, digits, `-`, `_` and `.`")
        }
        return name
    }

    private static func nodeNames(_ place: LocatedYAML) -> [PlaybookNodeName]? {
        guard let items = place.items(of: "node names") else { return nil }
        guard !items.isEmpty else {
            return place.complain("names no node", fix: "take the key out to allow every node")
        }
        var names: [PlaybookNodeName] = []
        for item in items {
            guard let name = item.line("the node's name") else { continue }
            if names.contains(where: { $0.name == name }) { item.complain("node `\(name)` is named twice") }
            names.append(PlaybookNodeName(name: name, line: item.line, column: item.column))
        }
        return names
    }

    private static func stages(_ document: YAMLMapping, _ reader: PlaybookStepReader) -> [PlaybookStage]? {
        let stages: [(stage: PlaybookStage, places: [LocatedYAML])]
        switch (document.has("stages"), document.has("steps")) {
        case (true, true):
            document.place.complain("has both `stages` and `steps`", fix: "move the steps into a stage")
            return nil
        case (false, false):
            document.place.complain("`steps` is missing", fix: "give `steps`, or `stages` to tell roles apart")
            return nil
        case (true, false):
            guard let items = document["stages"]?.items(of: "stages") else { return nil }
            if items.isEmpty { document["stages"]?.complain("has no stage") }
            stages = items.compactMap { stage($0, reader) }
        case (false, true):
            guard let steps = document["steps"].flatMap(reader.steps) else { return nil }
            stages = [(PlaybookStage(steps: steps.map(\.step)), steps.map(\.name))]
        }
        reportRepeatedNames(stages)
        return stages.map(\.stage)
    }

    private static func stage(
        _ place: LocatedYAML,
        _ reader: PlaybookStepReader
    ) -> (stage: PlaybookStage, places: [LocatedYAML])? {
        guard let stage = place.mapping(keys: PlaybookSection.stage.keys) else { return nil }
        let roles = stage.required("roles").flatMap(roles)
        let steps = stage.required("steps").flatMap(reader.steps)
        guard let roles, let steps else { return nil }
        return (PlaybookStage(roles: roles, steps: steps.map(\.step)), steps.map(\.name))
    }

    private static func roles(_ place: LocatedYAML) -> Set<PlaybookRole>? {
        guard let items = place.items(of: "roles") else { return nil }
        if items.isEmpty { place.complain("names no role") }
        var roles: Set<PlaybookRole> = []
        for item in items {
            guard let role = item.choice(PlaybookRole.self) else { continue }
            if !roles.insert(role).inserted { item.complain("role \(role.rawValue) is named twice") }
        }
        return roles
    }

    /// A node's steps are told apart by their names, in the journal as on the screen.
    private static func reportRepeatedNames(_ stages: [(stage: PlaybookStage, places: [LocatedYAML])]) {
        var seen: [PlaybookRole: Set<String>] = [:]
        for (stage, places) in stages {
            for (step, place) in zip(stage.steps, places) {
                let repeated = stage.roles.sorted { $0.rawValue < $1.rawValue }.filter {
                    !seen[$0, default: []].insert(step.name).inserted
                }
                guard let role = repeated.first else { continue }
                place.complain("a \(role.rawValue) node has a step `\(step.name)` already", fix: "name it otherwise")
            }
        }
    }

    private static func inputs(_ place: LocatedYAML) -> [PlaybookInput]? {
        guard let declared = place.mapping(of: "a name for each input") else { return nil }
        return declared.entries.compactMap { entry in
            let name = entry.name
            guard PlaybookEnvironment.isIdentifier(name) else {
                let fix = "use letters, digits and `_`, and no digit first"
                return entry.key.complain("`\(name)` is no name for an environment variable", fix: fix)
            }
            guard !PlaybookEnvironment.names.contains(name) else {
                return entry.key.complain("`\(name)` is set by Evenkeel itself", fix: "choose another name")
            }
            guard !PlaybookEnvironment.isTheShells(name) else {
                return entry.key.complain("`\(name)` has a meaning for the shell", fix: "choose another name")
            }
            return entry.value.isNull ? PlaybookInput(name: name) : input(name, entry.value)
        }
        .sorted { $0.name < $1.name }
    }

    private static func input(_ name: String, _ place: LocatedYAML) -> PlaybookInput? {
        guard let keys = place.mapping(keys: PlaybookSection.input.keys) else { return nil }
        let input = PlaybookInput(
            name: name,
            description: keys["description"]?.line("the description") ?? "",
            default: keys["default"]?.text(),
            required: keys["required"]?.boolean() ?? false,
            secret: keys["secret"]?.boolean() ?? false
        )
        if input.required, keys.has("default") {
            keys["default"]?.complain("a required input has no default", fix: "take out `required` or `default`")
        }
        if input.secret, keys.has("default") {
            keys["default"]?.complain("a secret would stand in this file", fix: "take out `default`")
        }
        return input
    }
}

extension Unicode.Scalar {
    fileprivate var isDigitOrSign: Bool { ("0"..."9").contains(self) || "-_.".unicodeScalars.contains(self) }
}
