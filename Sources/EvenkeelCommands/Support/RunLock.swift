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
        guard Self.take(descriptor) else {
            let holder = Self.holder(descriptor)
            close(descriptor)
            throw CommandFailure(
                "a run on this cluster is at work already\(holder): look with `evenkeel status`, "
                    + "stop it with `evenkeel pause`"
            )
        }
        let text = "\(ProcessInfo.processInfo.processIdentifier)\n"
        ftruncate(descriptor, 0)
        _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    }

    deinit { close(descriptor) }

    /// The process that is at work on the run of this record; nil where none is.
    static func process(journal: String) -> Int? {
        let descriptor = open(journal + ".lock", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        if flock(descriptor, LOCK_SH | LOCK_NB) == 0 { return nil }
        return number(descriptor)
    }

    /// Whoever only looks whether somebody is at work holds the lock for a moment too, so it is asked for again. The
    /// pauses block, 80 ms in all: nothing else is at work yet, and the kernel tells nobody when a lock is given back.
    private static func take(_ descriptor: Int32) -> Bool {
        for attempt in 1...5 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            if attempt < 5 { usleep(20_000) }
        }
        return false
    }

    private static func holder(_ descriptor: Int32) -> String { number(descriptor).map { " (process \($0))" } ?? "" }

    private static func number(_ descriptor: Int32) -> Int? {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        return Int(text.split(separator: "\n").first ?? "")
    }
}
