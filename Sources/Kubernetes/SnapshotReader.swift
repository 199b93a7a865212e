package import ClusterModel
import Foundation

/// Reads what `kubectl get … -o json` wrote.
package enum SnapshotReader {
    /// Reads a cluster from files, folders (every `*.json` in them) or standard input (`-`).
    package static func read(paths: [String]) throws(SnapshotError) -> Cluster {
        var collector = ObjectCollector()
        for path in paths {
            for file in try files(at: path) { try read(file, into: &collector) }
        }
        let name = paths.joined(separator: ", ")
        for kind in ["Node", "Pod"] where !collector.kinds.contains(kind) {
            throw SnapshotError.lacks(kind: kind, file: name)
        }
        if collector.nodes.isEmpty { throw SnapshotError.lacks(kind: "Node", file: name) }
        return collector.cluster()
    }

    private static func files(at path: String) throws(SnapshotError) -> [String] {
        if path == "-" { return [path] }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw SnapshotError.missing(file: path)
        }
        guard isFolder.boolValue else { return [path] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let files = names.filter { $0.hasSuffix(".json") }.sorted().map { path + "/" + $0 }
        if files.isEmpty { throw SnapshotError.emptyFolder(path) }
        return files
    }

    private static func read(_ file: String, into collector: inout ObjectCollector) throws(SnapshotError) {
        let data: Data
        do {
            data = file == "-" ? try FileHandle.standardInput.readToEnd() ?? Data() : try mapped(file)
        } catch {
            throw SnapshotError.unreadable(file: file, why: "\(error.localizedDescription)")
        }
        do {
            try data.withUnsafeBytes { bytes in
                var cursor = JSONCursor(bytes.bindMemory(to: UInt8.self))
                if cursor.isAtEnd() { throw SnapshotError.empty(file: file) }
                while !cursor.isAtEnd() { try collector.readDocument(&cursor) }
            }
        } catch let error as SnapshotError {
            throw error
        } catch {
            throw SnapshotError.broken(file: file, why: "\(error)")
        }
    }

    private static func mapped(_ file: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: file), options: .mappedIfSafe)
    }
}

/// Why a snapshot cannot be read.
package enum SnapshotError: Error, Hashable, Sendable {
    case missing(file: String)
    case emptyFolder(String)
    case empty(file: String)
    case unreadable(file: String, why: String)
    case broken(file: String, why: String)
    case lacks(kind: String, file: String)
}

extension SnapshotError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .missing(let file): "\(file): there is no such file: name one that `kubectl get … -o json` wrote"
        case .emptyFolder(let folder): "\(folder): no *.json file is in this folder"
        case .empty(let file): "\(file == "-" ? "standard input" : file): is empty: write it anew"
        case .unreadable(let file, let why): "\(file): cannot be read: \(why)"
        case .broken(let file, let why): "\(file == "-" ? "standard input" : file): \(why): write the snapshot anew"
        case .lacks(let kind, let file):
            "\(file): no \(kind.lowercased())s are in it: "
                + "add what `kubectl get nodes,pods,pdb,deploy,rs,sts,ds,rc,jobs -A -o json` writes"
        }
    }
}
