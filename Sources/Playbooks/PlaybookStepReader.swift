/// Turns the steps of a playbook document into values.
struct PlaybookStepReader {
    let uploads: PlaybookUploadReader

    /// - Parameter inputs: what the playbook declares.
    init(inputs: [PlaybookInput]) {
        uploads = PlaybookUploadReader(variables: PlaybookEnvironment.names + inputs.map(\.name))
    }

    /// The steps, each with the place of its name.
    func steps(_ place: LocatedYAML) -> [(step: PlaybookStep, name: LocatedYAML)]? {
        guard let items = place.items(of: "steps") else { return nil }
        guard !items.isEmpty else { return place.complain("has no step") }
        return items.compactMap(step)
    }

    private func step(_ place: LocatedYAML) -> (step: PlaybookStep, name: LocatedYAML)? {
        guard let keys = place.mapping(keys: PlaybookSection.step.keys) else { return nil }
        let name = keys.required("name")
        let text = name?.line("the name")
        let step = PlaybookStep(
            name: text ?? "",
            check: keys["check"].flatMap(script),
            uploads: keys["upload"].flatMap(uploads.uploads) ?? [],
            run: keys["run"].flatMap(script),
            verify: keys["verify"].flatMap(script),
            undo: keys["undo"].flatMap(script),
            reboot: keys["reboot"]?.boolean() ?? false,
            timeout: keys["timeout"]?.duration() ?? PlaybookStep.defaultTimeout,
            retries: keys["retries"]?.integer(in: 0...PlaybookStep.mostRetries) ?? 0,
            become: keys["become"]?.boolean() ?? true
        )
        if !step.reboot, !["check", "upload", "run", "verify"].contains(where: keys.has) {
            let fix = "give it `check`, `upload`, `run`, `verify` or `reboot: true`"
            place.complain("the step does nothing", fix: fix)
        }
        guard let name, text != nil else { return nil }
        return (step, name)
    }

    private func script(_ place: LocatedYAML) -> String? {
        guard let text = place.text() else { return nil }
        guard !text.allSatisfy(\.isWhitespace) else { return place.complain("the script is empty") }
        guard text.utf8.count <= PlaybookScript.longestText else {
            let bytes = text.utf8.count
            return place.complain(
                "the script has \(bytes) bytes, more than \(PlaybookScript.longestText)",
                fix: "put the bulk in a file on the node"
            )
        }
        return text
    }
}
