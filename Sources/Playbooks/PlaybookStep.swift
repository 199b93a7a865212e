/// One step of a playbook, done on one node: check, upload, run, reboot, verify, each where it is given.
package struct PlaybookStep: Codable, Hashable, Sendable {
    package var name: String
    /// Exit code 0 says that the step is done already, and it is skipped.
    package var check: String?
    /// Files to put on the node before `run`.
    package var uploads: [PlaybookUpload]
    package var run: String?
    /// Must exit with 0 after `run` and `reboot`, or the step has failed.
    package var verify: String?
    /// Reboot the node after `run`, and wait until it is back with a new boot id.
    package var reboot: Bool
    /// Runs once the step has failed for good, to leave the node as it was before.
    package var undo: String?
    /// For each script by itself.
    package var timeout: Duration
    /// How often the whole step is tried again after a failure.
    package var retries: Int
    /// Run the scripts as root, by the way the site settings name.
    package var become: Bool

    package static let defaultTimeout: Duration = .seconds(300)
    package static let mostRetries = 10

    package init(
        name: String,
        check: String? = nil,
        uploads: [PlaybookUpload] = [],
        run: String? = nil,
        verify: String? = nil,
        undo: String? = nil,
        reboot: Bool = false,
        timeout: Duration = defaultTimeout,
        retries: Int = 0,
        become: Bool = true
    ) {
        self.name = name
        self.check = check
        self.uploads = uploads
        self.run = run
        self.verify = verify
        self.undo = undo
        self.reboot = reboot
        self.timeout = timeout
        self.retries = retries
        self.become = become
    }

    /// The scripts that are there, in the order in which they run.
    package var scripts: [(kind: ScriptKind, text: String)] {
        let all: [(ScriptKind, String?)] = [(.check, check), (.run, run), (.verify, verify), (.undo, undo)]
        return all.compactMap { kind, text in text.map { (kind, $0) } }
    }

    /// Which of a step's scripts.
    package enum ScriptKind: String, Codable, Hashable, Sendable {
        case check
        case run
        case verify
        case undo
    }
}
