package import Playbooks
package import Ports
package import SSH

/// One file of a playbook on a node, before the work begins.
package struct StagedFile: Hashable, Sendable, Codable {
    package enum Outcome: String, Hashable, Sendable, Codable {
        case sent
        /// The rest of it was sent: the beginning was there.
        case resumed
        /// It was there.
        case present
    }

    package var step: String
    /// The file on this machine.
    package var file: String
    /// Where the step will put it.
    package var target: String
    package var bytes: UInt64
    /// The SHA-256 digest that it was compared by, in lower-case hexadecimal digits.
    package var sha256: String
    package var outcome: Outcome
}

extension SSHNodeShell {
    /// Brings the files of some steps to a node, so that none is missing once the work begins.
    ///
    /// They wait in `.evenkeel` in the login user's folder: nothing that is in use on the node is touched. What is there
    /// already, or in its place, is not sent again, and a broken upload is gone on with.
    ///
    /// - Parameter progress: called now and then with a file's path and how much of it has arrived.
    /// - Returns: the files in their order, and why one could not be brought there, or nil.
    /// - Throws: ``SSHError`` where no connection can be had, or `CancellationError`.
    package func stage(
        _ steps: [PlaybookStep],
        on node: NodeTarget,
        variables: [String: String],
        progress: (@Sendable (String, SSHTransferProgress) -> Void)? = nil
    ) async throws -> (files: [StagedFile], failure: String?) {
        var staged: [StagedFile] = []
        for step in steps {
            var work = StepWork(step: step, node: node, variables: variables, rebootTimeout: .zero)
            work.progress = progress
            for upload in step.uploads {
                do {
                    staged.append(try await stage(upload, work))
                } catch let problem as UploadProblem {
                    return (staged, "\(step.name): upload: \(redacted("\(problem)"))")
                } catch let error as SSHError where error.isAboutFiles {
                    return (staged, "\(step.name): upload: \(redacted("\(error)"))")
                }
            }
        }
        return (staged, nil)
    }

    private func stage(_ upload: PlaybookUpload, _ work: StepWork) async throws -> StagedFile {
        let (file, target) = try await files(of: upload, work)
        var outcome = StagedFile.Outcome.present
        let rooted = work.placing(file, at: target, mode: upload.mode)
        if try await status(of: Self.isPlaced, rooted).failure(limit: work.step.timeout) != nil {
            switch try await send(file, to: work.staged(file), permissions: 0o600, work) {
            case .alreadyThere: outcome = .present
            case .uploaded(let resumedAt): outcome = resumedAt > 0 ? .resumed : .sent
            }
        }
        return StagedFile(
            step: work.step.name,
            file: redacted(file.path),
            target: redacted(target),
            bytes: file.size,
            sha256: file.sha256,
            outcome: outcome
        )
    }

    private static let isPlaced = """
        test -f "$TARGET"
        test "$(sha256sum <"$TARGET")" = "$DIGEST  -"
        """
}
