import FoundationEssentials

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The file that holds the record: for its owner's eyes only, as step output may hold secrets.
enum StateFile {
    /// Makes the missing folders (0700) and the file (0600); what exists keeps its permissions.
    static func prepare(_ path: String) throws(HistoryError) {
        let folder = folder(of: path)
        if !FileManager.default.fileExists(atPath: folder) {
            do {
                try FileManager.default.createDirectory(
                    atPath: folder,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700]
                )
            } catch {
                throw .cannotOpen(file: path, reason: "its folder \(folder) cannot be made")
            }
        }
        // SQLite gives the files beside it (-wal, -shm) the permissions of this one.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(file: path, reason: reason()) }
        close(descriptor)
    }

    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
