package import ClusterModel
package import Foundation

/// Reads what `kubectl get … -o json` wrote.
package enum SnapshotReader {
    /// Reads a cluster from files, folders (every `*.json` in them) or standard input (`-`).
    ///
    /// A file may hold a list of any kind, a single object, or several of them one after another. What lies in a folder
    /// and is no Kubernetes object is passed over, and noted.
    package static func read(
        paths: [String],
        standardInput: FileHandle = .standardInput
    ) throws(SnapshotError) -> Cluster {
        var collector = ObjectCollector()
        for path in paths {
            for file in try files(at: path) {
                do throws(SnapshotError) {
                    try read(file, standardInput, into: &collector)
                } catch .notObjects where file != path {
                    collector.notes.insert(.foreignFile(file))
                }
            }
        }
        let name = paths.map { $0 == "-" ? "standard input" : $0 }.joined(separator: ", ")
        if collector.nodes.isEmpty { throw SnapshotError.lacks(kind: "Node", file: name) }
        if !collector.kinds.contains("Pod") { throw SnapshotError.lacks(kind: "Pod", file: name) }
        return (consume collector).cluster()
    }

    /// Some editors and shells begin UTF-8 with it.
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private static func files(at path: String) throws(SnapshotError) -> [String] {
        if path == "-" { return [path] }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw SnapshotError.missing(file: path)
        }
        guard isFolder.boolValue else { return [path] }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw SnapshotError.unreadable(file: path, why: error.localizedDescription)
        }
        let folder = path.hasSuffix("/") ? path : path + "/"
        let files = names.filter { $0.hasSuffix(".json") }.sorted().map { folder + $0 }
        if files.isEmpty { throw SnapshotError.emptyFolder(path) }
        return files
    }

    private static func read(
        _ path: String,
        _ standardInput: FileHandle,
        into collector: inout ObjectCollector
    ) throws(SnapshotError) {
        let file = path == "-" ? "standard input" : path
        do {
            if path == "-" {
                let data = try standardInput.readToEnd() ?? Data()
                try data.withUnsafeBytes { try read($0, file, into: &collector) }
            } else {
                try MappedFile.withBytes(of: path) { try read($0, file, into: &collector) }
            }
        } catch let error as SnapshotError {
            throw error
        } catch is NoObject {
            throw SnapshotError.notObjects(file: file)
        } catch let error as JSONError {
            throw SnapshotError.broken(file: file, why: "\(error)")
        } catch {
            throw SnapshotError.unreadable(file: file, why: error.localizedDescription)
        }
    }

    static func read(
        _ bytes: UnsafeRawBufferPointer,
        _ file: String,
        into collector: inout ObjectCollector
    ) throws {
        var cursor = JSONCursor(bytes.bindMemory(to: UInt8.self))
        if bytes.starts(with: Self.byteOrderMark) { cursor.offset = Self.byteOrderMark.count }
        if let format = SnapshotError.Format(bytes[cursor.offset...]) { throw SnapshotError.format(format, file: file) }
        if cursor.isAtEnd() { throw SnapshotError.empty(file: file) }
        let shared = SharedParts()
        try collector.readDocument(&cursor, shared)
        while !cursor.isAtEnd() {
            do { try collector.readDocument(&cursor, shared) } catch is NoObject {
                throw SnapshotError.broken(file: file, why: "what stands behind the first objects is none")
            }
        }
    }
}
