package import Playbooks
package import Ports
import SSH

/// Putting a step's files on a machine.
extension SSHNodeShell {
    /// Puts the files of some steps on a node, so that none is missing once the work begins.
    ///
    /// What is there already is not sent again, and a broken upload is gone on with.
    ///
    /// - Returns: why one could not be put there, or nil.
    /// - Throws: ``SSHError`` where no connection can be had, or `CancellationError`.
    package func stage(
        _ steps: [PlaybookStep],
        on node: NodeTarget,
        variables: [String: String]
    ) async throws -> String? {
        for step in steps {
            let work = StepWork(step: step, node: node, variables: variables, rebootTimeout: .zero)
            if let failure = try await upload(work) { return "\(step.name): \(redacted(failure))" }
        }
        return nil
    }

    /// - Returns: why a file of the step could not be put in its place, or nil.
    func upload(_ work: StepWork) async throws -> String? {
        for upload in work.step.uploads {
            let path = path(upload.file.replaced(by: work.variables))
            let target = upload.target.replaced(by: work.variables)
            guard target.hasPrefix("/"), !target.hasSuffix("/") else {
                return "upload: `\(target)` is no absolute path of a file"
            }
            do {
                let file = try await files.file(path)
                if let expected = upload.sha256, expected != file.sha256 {
                    return "upload: \(path) has the SHA-256 digest \(file.sha256), the playbook wants \(expected)"
                }
                if let failure = try await put(file, at: target, mode: upload.mode, work) {
                    return "upload: \(failure)"
                }
            } catch let error as SSHError where error.isAboutFiles {
                return "upload: \(error)"
            }
        }
        return nil
    }

    private func path(_ file: String) -> String {
        file.hasPrefix("/") ? file : "\(options.uploadFolder)/\(file)"
    }

    /// Where the user who logs in may not write, the file goes to that user's folder and is put in its place by root.
    private func put(_ file: SSHLocalFile, at target: String, mode: UInt32, _ work: StepWork) async throws -> String? {
        guard options.become(work.step, user: work.node.ssh.user) != .no else {
            try await send(file, to: target, permissions: mode, work.node)
            return nil
        }
        var rooted = work
        let staged = ".evenkeel/\(file.sha256)"
        rooted.variables = [
            "TARGET": target, "STAGED": staged, "DIGEST": file.sha256, "MODE": String(mode, radix: 8),
        ]
        let present = try await executeAgainIfLost(Self.isPlaced, rooted, OutputTail(secrets: []))
        if case .lost(let error) = present { throw error }
        if present.failure(limit: work.step.timeout) == nil { return nil }
        try await send(file, to: staged, permissions: 0o600, work.node)
        let tail = OutputTail(secrets: options.allSecrets)
        let end = try await executeAgainIfLost(Self.place, rooted, tail)
        let words = tail.text.split(separator: "\n").last.map { " (\($0))" } ?? ""
        return end.failure(limit: work.step.timeout).map { "\(target): \($0)\(words)" }
    }

    private static let isPlaced = """
        test -f "$TARGET"
        test "$(sha256sum <"$TARGET")" = "$DIGEST  -"
        chmod "$MODE" "$TARGET"
        """

    /// In one step, from a copy beside it; the staged file goes last, so that this can be done twice.
    private static let place = """
        if test ! -f "$STAGED" && test "$(sha256sum <"$TARGET")" = "$DIGEST  -"; then exit 0; fi
        mkdir -p "$(dirname "$TARGET")"
        cp "$STAGED" "$TARGET.part"
        test "$(sha256sum <"$TARGET.part")" = "$DIGEST  -"
        chmod "$MODE" "$TARGET.part"
        mv -f "$TARGET.part" "$TARGET"
        rm -f "$STAGED"
        """

    /// Goes on where it was when the connection breaks.
    private func send(_ file: SSHLocalFile, to target: String, permissions: UInt32, _ node: NodeTarget) async throws {
        var attempt = 1
        while true {
            do {
                _ = try await connection(to: node)
                    .upload(file, to: target, permissions: permissions, options: options.transfer)
                return
            } catch let error as SSHError where error.meansLostConnection && attempt < Self.uploadAttempts {
                await drop(node)
                attempt += 1
            }
        }
    }

    private static let uploadAttempts = 5
}

extension SSHError {
    /// The connection is good, the files are not.
    fileprivate var isAboutFiles: Bool {
        switch self {
        case .fileUnreadable, .transferFailed, .transferStalled, .subsystemRefused: true
        default: false
        }
    }
}
