import Playbooks
import Ports
import SSH

/// Putting a step's files on a machine.
extension SSHNodeShell {
    /// - Returns: why a file of the step could not be put in its place, or nil.
    func upload(_ work: StepWork) async throws -> String? {
        for upload in work.step.uploads {
            do {
                let (file, target) = try await files(of: upload, work)
                try await put(file, at: target, mode: upload.mode, work)
            } catch let problem as UploadProblem {
                return "upload: \(problem)"
            } catch let error as SSHError where error.isAboutFiles {
                return "upload: \(error)"
            }
        }
        return nil
    }

    /// The file here, and where it belongs.
    func files(of upload: PlaybookUpload, _ work: StepWork) async throws -> (file: SSHLocalFile, target: String) {
        let path = path(upload.file.replaced(by: work.variables))
        let target = upload.target.replaced(by: work.variables)
        guard target.hasPrefix("/"), !target.hasSuffix("/") else {
            throw UploadProblem("`\(target)` is no absolute path of a file")
        }
        let file = try await files.file(path)
        if let expected = upload.sha256, expected != file.sha256 {
            throw UploadProblem("\(path) has the SHA-256 digest \(file.sha256), the playbook wants \(expected)")
        }
        return (file, target)
    }

    private func path(_ file: String) -> String {
        file.hasPrefix("/") ? file : "\(options.uploadFolder)/\(file)"
    }

    /// A file that was staged is put in its place on the node. One that was not goes straight there where the user who
    /// logs in may write, else by way of the staging folder.
    private func put(_ file: SSHLocalFile, at target: String, mode: UInt32, _ work: StepWork) async throws {
        let rooted = work.placing(file, at: target, mode: mode)
        switch try await status(of: Self.placeStaged, rooted) {
        case .exited(.status(0), _): return
        case .exited(.status(Self.isNotStaged), _): break
        case let end: throw UploadProblem("\(target): \(end.failure(limit: work.step.timeout) ?? "")")
        }
        guard options.become(work.step, user: work.node.ssh.user) != .no else {
            _ = try await send(file, to: target, permissions: mode, work)
            return
        }
        _ = try await send(file, to: work.staged(file), permissions: 0o600, work)
        let tail = OutputTail(secrets: options.allSecrets)
        let end = try await executeAgainIfLost(Self.placeStaged, rooted, tail)
        let words = tail.text.split(separator: "\n").last.map { " (\($0))" } ?? ""
        if let failure = end.failure(limit: work.step.timeout) { throw UploadProblem("\(target): \(failure)\(words)") }
    }

    /// How a script that only looks, or can be done twice, ends.
    func status(of script: String, _ work: StepWork) async throws -> ScriptEnd {
        let end = try await executeAgainIfLost(script, work, OutputTail(secrets: []))
        if case .lost(let error) = end { throw error }
        return end
    }

    private static let isNotStaged = 69

    /// In one step, from a copy beside the target; the staged file goes last, so that this can be done twice.
    private static let placeStaged = """
        holds() { test -f "$1" && test "$(sha256sum <"$1")" = "$DIGEST  -"; }
        if holds "$TARGET"; then
            chmod "$MODE" "$TARGET"
            rm -f "$STAGED"
            exit 0
        fi
        test -f "$STAGED" || exit \(isNotStaged)
        mkdir -p "$(dirname "$TARGET")"
        cp "$STAGED" "$TARGET.part"
        if ! holds "$TARGET.part"; then
            rm -f "$TARGET.part" "$STAGED"
            exit \(isNotStaged)
        fi
        chmod "$MODE" "$TARGET.part"
        mv -f "$TARGET.part" "$TARGET"
        rm -f "$STAGED"
        """

    /// Goes on where it was when the connection breaks.
    func send(
        _ file: SSHLocalFile,
        to target: String,
        permissions: UInt32,
        _ work: StepWork
    ) async throws -> SSHUploadOutcome {
        var transfer = options.transfer
        if let progress = work.progress { transfer.onProgress = { progress(file.path, $0) } }
        var attempt = 1
        while true {
            do {
                return try await connection(to: work.node)
                    .upload(file, to: target, permissions: permissions, options: transfer)
            } catch let error as SSHError where error.meansLostConnection && attempt < Self.uploadAttempts {
                await drop(work.node)
                attempt += 1
            }
        }
    }

    private static let uploadAttempts = 5
}

/// Why a file is not where it belongs.
struct UploadProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension StepWork {
    /// Where files wait on the node, seen from the login folder.
    /// A folder for each node, as nodes may share one login folder.
    func staged(_ file: SSHLocalFile) -> String { ".evenkeel/\(node.node)/\(file.sha256)" }

    /// The same, told about one file.
    func placing(_ file: SSHLocalFile, at target: String, mode: UInt32) -> StepWork {
        var work = self
        work.variables = [
            "TARGET": target, "STAGED": staged(file), "DIGEST": file.sha256, "MODE": String(mode, radix: 8),
        ]
        return work
    }
}

extension SSHError {
    /// The connection is good, the files are not.
    var isAboutFiles: Bool {
        switch self {
        case .fileUnreadable, .transferFailed, .transferStalled, .subsystemRefused: true
        default: false
        }
    }
}
