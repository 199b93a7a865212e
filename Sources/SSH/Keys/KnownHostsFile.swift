// A known_hosts file that new servers are written to.
import Synchronization

/// The keys of a file, and of those that were added to it since. Many connections may share it.
package final class KnownHostsFile: Sendable {
    package let path: String
    private let state: Mutex<(known: KnownHosts, added: Int)>

    /// - Parameters:
    ///   - path: the file; it is made with the first new server if it does not exist.
    ///   - others: further files that are only read.
    /// - Throws: ``SSHError/fileUnreadable(path:reason:)`` for a file that exists and cannot be read.
    package init(_ path: String, others: [String] = []) throws(SSHError) {
        self.path = path
        var known = KnownHosts(text: try Self.text(of: path), source: path)
        for other in others { known.append(try Self.text(of: other), source: other) }
        state = Mutex((known, 0))
    }

    var known: KnownHosts { state.withLock { $0.known } }

    private static func text(of path: String) throws(SSHError) -> String {
        do { return String(decoding: try Platform.contents(ofFile: path, limit: 64 << 20), as: UTF8.self) } catch {
            if error.isNoSuchFile { return "" }
            throw .fileUnreadable(path: path, reason: error.reason)
        }
    }

    /// Returns when the key may be trusted; a new server is on the disk by then.
    ///
    /// Under the lock, so that of two connections to a new server the second is held to the first one's key.
    func admit(_ key: HostKey, of endpoint: SSHEndpoint) throws(SSHError) {
        try state.withLock { state throws(SSHError) in
            let known = state.known
            try HostKeyPolicy.admit(key, of: endpoint, known) { _ throws(SSHError) in
                let line = "\(endpoint.knownHostsName) \(key.text)"
                do throws(PlatformError) { try Platform.appendLine(line, toFile: path) } catch {
                    throw .hostKeyNotRecorded(endpoint, fingerprint: key.fingerprint, reason: error.reason)
                }
                state.added += 1
                state.known.append(line: line[...], number: state.added, source: "\(path) (new)")
            }
        }
    }
}
