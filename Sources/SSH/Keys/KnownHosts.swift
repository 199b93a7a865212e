// The server keys a site trusts, as OpenSSH's known_hosts files list them (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).

/// A parsed `known_hosts` file.
package struct KnownHosts: Sendable {
    /// One listed key, with the place where it stands.
    package struct Pin: Sendable, Hashable {
        /// File and line, such as `known_hosts:12`.
        package let location: String
        /// The key's type, such as `ssh-ed25519`.
        package let type: String
        /// The key's fingerprint, `SHA256:…`.
        package let fingerprint: String
    }

    /// What the file says about a key that a server has shown.
    package enum Verdict: Sendable, Equatable {
        /// Listed for this host.
        case trusted
        /// Not listed. The host may be listed with keys of other types; those are given.
        case unknown(listedTypes: [String])
        /// The host is listed with other keys of this type.
        case mismatch(expected: [Pin])
        /// Listed as revoked.
        case revoked(Pin)
        /// The host is listed only through a certificate authority, which libssh2 cannot check.
        case certificateAuthorityOnly(Pin)
    }

    /// The first file's name in messages.
    package let source: String
    /// Numbers of the lines that are neither entries nor comments; they are ignored, as OpenSSH does.
    package private(set) var unreadableLines: [Int] = []
    private var entries: [Entry] = []
    private var indexOfPlainNames: [String: [Int]] = [:]
    private var patternEntries: [Int] = []

    /// Parses a file's text; nothing in it is an error.
    package init(text: String, source: String = "known_hosts") {
        self.source = source
        append(text, source: source)
    }

    /// Adds what another file lists.
    package mutating func append(_ text: String, source: String) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (offset, line) in lines.enumerated() { append(line: line, number: offset + 1, source: source) }
    }

    mutating func append(line: Substring, number: Int, source: String) {
        let fields = line.split(whereSeparator: \.isWhitespace)
        guard let first = fields.first, !first.hasPrefix("#") else { return }
        guard let entry = Entry(fields: fields, location: "\(source):\(number)") else {
            return unreadableLines.append(number)
        }
        if let names = entry.names.plainNames {
            for name in names { indexOfPlainNames[name, default: []].append(entries.count) }
        } else {
            patternEntries.append(entries.count)
        }
        entries.append(entry)
    }

    /// The name under which a server is listed: `host`, or `[host]:port` beside port 22.
    package static func name(host: String, port: Int) -> String { port == 22 ? host : "[\(host)]:\(port)" }

    /// Judges the key that the server at this address has shown.
    ///
    /// As in OpenSSH, a key listed for the bare host is also good on another port, but never counts against it.
    package func verdict(on key: HostKey, host: String, port: Int) -> Verdict {
        let listed = entries(for: Self.name(host: host, port: port))
        let elsewhere = port == 22 ? [] : entries(for: host)
        if let revoked = (listed + elsewhere).first(where: { $0.marker == .revoked && $0.key == key }) {
            return .revoked(pin(revoked))
        }
        let plain = listed.filter { $0.marker == nil }
        if (plain + elsewhere.filter { $0.marker == nil }).contains(where: { $0.key == key }) { return .trusted }
        let rivals = plain.filter { $0.key.type == key.type }
        if !rivals.isEmpty { return .mismatch(expected: rivals.map(pin)) }
        if plain.isEmpty, let authority = listed.first(where: { $0.marker == .certificateAuthority }) {
            return .certificateAuthorityOnly(pin(authority))
        }
        return .unknown(listedTypes: plain.map(\.key.type))
    }

    /// The types of the keys listed for a server, in the file's order, each once.
    package func keyTypes(host: String, port: Int) -> [String] {
        var listed = entries(for: Self.name(host: host, port: port))
        if port != 22 { listed += entries(for: host) }
        var seen: Set<String> = []
        return listed.filter { $0.marker == nil }.map(\.key.type).filter { seen.insert($0).inserted }
    }

    private func entries(for name: String) -> [Entry] {
        let name = name.lowercased()
        let indices = (indexOfPlainNames[name] ?? []) + patternEntries.filter { entries[$0].names.match(name) }
        return indices.sorted().map { entries[$0] }
    }

    private func pin(_ entry: Entry) -> Pin {
        Pin(location: entry.location, type: entry.key.type, fingerprint: entry.key.fingerprint)
    }
}
