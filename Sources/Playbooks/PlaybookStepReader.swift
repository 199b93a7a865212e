/// Turns the steps of a playbook document into values.
enum PlaybookStepReader {
    /// The steps, each with the place of its name.
    static func steps(_ place: LocatedYAML) -> [(step: PlaybookStep, name: LocatedYAML)]? {
        guard let items = place.items(of: "steps") else { return nil }
        guard !items.isEmpty else { return place.complain("has no step") }
        return items.compactMap(step)
    }

    private static func step(_ place: LocatedYAML) -> (step: PlaybookStep, name: LocatedYAML)? {
        guard let keys = place.mapping(keys: PlaybookSection.step.keys) else { return nil }
        let name = keys.required("name")
        let text = name?.line("the name")
        let step = PlaybookStep(
            name: text ?? "",
            check: keys["check"].flatMap(script),
            run: keys["run"].flatMap(script),
            verify: keys["verify"].flatMap(script),
            reboot: keys["reboot"]?.boolean() ?? false,
            timeout: keys["timeout"]?.duration() ?? PlaybookStep.defaultTimeout,
            retries: keys["retries"]?.integer(in: 0...PlaybookStep.mostRetries) ?? 0,
            become: keys["become"]?.boolean() ?? true
        )
        if !step.reboot, !["check", "run", "verify"].contains(where: keys.has) {
            place.complain("the step does nothing", fix: "give it `check`, `run`, `verify` or `reboot: true`")
        }
        guard let name, text != nil else { return nil }
        return (step, name)
    }

    private static func script(_ place: LocatedYAML) -> String? {
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
