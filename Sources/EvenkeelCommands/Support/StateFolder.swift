import Foundation

/// Where runs are written down: one folder for each cluster.
enum StateFolder {
    private static let journal = "journal.sqlite"

    /// The file for drains by hand; they are no runs that another one could take up.
    static func drains(state: String?, cluster: String) -> String {
        String(file(state: state, cluster: cluster).dropLast(journal.count)) + "drains.sqlite"
    }

    /// The file for a run on the cluster of this name.
    static func file(state: String?, cluster: String) -> String {
        if let state { return "\(state)/\(journal)" }
        let name = String(cluster.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "_" })
        return "\(root)/\(name)/\(journal)"
    }

    /// The file to report from: the folder that was named, or the only cluster there is.
    static func existing(state: String?, cluster: String?) throws -> String {
        if state != nil { return file(state: state, cluster: "") }
        if let cluster { return file(state: nil, cluster: cluster) }
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted()
        guard let only = names.first else {
            throw CommandFailure("no run is recorded in \(root): run one first, or name another folder with --state")
        }
        if names.count > 1 {
            throw CommandFailure(
                "several clusters are recorded in \(root): choose one with --cluster-name (\(names.joined(separator: ", ")))"
            )
        }
        return "\(root)/\(only)/\(journal)"
    }

    /// - Throws: where no run was ever recorded in the file.
    static func require(_ file: String) throws {
        guard FileManager.default.fileExists(atPath: file) else {
            throw CommandFailure("no run is recorded in \(file): begin one with `evenkeel run PLAN`, or name --state")
        }
    }

    private static var root: String {
        let base = ProcessInfo.processInfo.environment["XDG_STATE_HOME"] ?? NSHomeDirectory() + "/.local/state"
        return base + "/evenkeel"
    }
}
