import Foundation

/// One run at a time from one record of runs: the cluster's lease knows runs, not processes, and a run that is taken up
/// again is the same run.
///
/// The kernel gives the lock back when its holder ends, however that may be.
struct RunLock: ~Copyable {
    private let descriptor: Int32

    /// - Parameter journal: the file that the run is recorded in; the lock lies beside it.
    init(journal: String) throws {
        let path = journal + ".lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw CommandFailure("cannot open \(path): \(String(cString: strerror(errno))); name another --state")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Self.holder(descriptor)
            close(descriptor)
            throw CommandFailure(
                "a run on this cluster is at work already\(holder): wait until it ends, or stop it with Ctrl-C"
            )
        }
        let text = "\(ProcessInfo.processInfo.processIdentifier)\n"
        ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }

    deinit { close(descriptor) }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return Int(text.split(separator: "\n").first ?? "").map { " (process \($0))" } ?? ""
    }
}
