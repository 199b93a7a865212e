// Keys, pauses, output limits and error texts.
import Foundation
import Testing

@testable import SSH

@Suite struct ValueTests {
    // MARK: Private keys

    @Test func `an OpenSSH key shows its type and public half`() throws {
        let key = try SSHPrivateKey(path: testData("ed25519_plain"), passphrase: nil)
        #expect(key.type == "ssh-ed25519")
        #expect(key.publicLine == KnownHostsTests.a)
        #expect(!key.isEncrypted)
    }

    @Test func `an encrypted OpenSSH key shows its public half, too`() throws {
        let path = try testData("ed25519_encrypted")
        #expect(throws: SSHError.keyNeedsPassphrase(path: path)) { try SSHPrivateKey(path: path, passphrase: nil) }
        let key = try SSHPrivateKey(path: path, passphrase: "anything")
        #expect(key.isEncrypted)
        #expect(key.publicLine?.hasPrefix("ssh-ed25519 ") == true)
    }

    @Test(arguments: [
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", true, false),
        ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIE", true, true),
        ("-----BEGIN EC PRIVATE KEY-----\r\nMHcC\r\n", false, false),
        ("-----BEGIN PRIVATE KEY-----\nMC4C\n", false, false),
        ("comment\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIF\n", false, true),
    ])
    func `a PEM key says whether it is RSA and encrypted`(text: String, isRSA: Bool, isEncrypted: Bool) throws {
        let key = try SSHPrivateKey(text: text, path: "id", passphrase: "x")
        #expect(key.isRSA == isRSA)
        #expect(key.isEncrypted == isEncrypted)
        #expect(key.publicLine == nil)
    }

    @Test(arguments: [
        ("", "it holds no private key"),
        ("ssh-ed25519 AAAA comment", "it holds no private key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", "its content is damaged"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n%%%\n-----END OPENSSH PRIVATE KEY-----", "its content is damaged"),
    ])
    func `a file without a usable key says why`(text: String, reason: String) {
        #expect(throws: SSHError.keyUnusable(path: "id", reason: reason)) {
            try SSHPrivateKey(text: text, path: "id", passphrase: nil)
        }
    }

    @Test func `a missing key file says so`() {
        #expect(throws: SSHError.keyUnreadable(path: "/no/such/key", reason: "No such file or directory")) {
            try SSHPrivateKey(path: "/no/such/key", passphrase: nil)
        }
    }

    // MARK: Pauses

    @Test(arguments: [(1, 100), (2, 200), (3, 400), (4, 500), (60, 500)])
    func `pauses double up to the longest`(attempt: Int, milliseconds: Int) {
        for (jitter, share) in [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)] {
            let policy = SSHRetryPolicy(firstPause: .milliseconds(100), longestPause: .milliseconds(500)) { jitter }
            #expect(policy.pause(afterAttempt: attempt) == .milliseconds(milliseconds) * share)
        }
    }

    // MARK: Output

    @Test(arguments: [(0, 0), (1, 0), (4, 0), (5, 1), (9, 5), (100, 96)])
    func `a limit of four bytes keeps two at each end`(count: Int, dropped: Int) {
        let bytes = (0..<count).map { UInt8($0) }
        for chunk in [1, 3, 200] {
            var collector = OutputCollector(limit: 4)
            for start in stride(from: 0, to: count, by: chunk) {
                bytes[start..<min(start + chunk, count)].withUnsafeBytes { collector.append($0) }
            }
            let captured = collector.captured
            #expect(captured.droppedBytes == dropped)
            #expect(captured.bytes == (dropped == 0 ? bytes : Array(bytes.prefix(2) + bytes.suffix(2))))
        }
    }

    @Test func `a limit of nothing keeps nothing`() {
        var collector = OutputCollector(limit: 0)
        [UInt8](repeating: 1, count: 10).withUnsafeBytes { collector.append($0) }
        #expect(collector.captured == SSHCapturedOutput(head: [], tail: [], droppedBytes: 10))
    }

    @Test func `text marks what was dropped`() {
        let whole = SSHCapturedOutput(head: Array("a".utf8), tail: [], droppedBytes: 0)
        #expect(whole.text == "a")
        let cut = SSHCapturedOutput(head: Array("a".utf8), tail: Array("z".utf8), droppedBytes: 7)
        #expect(cut.text == "a\n[7 bytes dropped]\nz")
    }

    // MARK: Error texts

    static let endpoint = SSHEndpoint(host: "node-1", port: 2222, user: "ops")
    static let pin = KnownHosts.Pin(location: "known_hosts:7", type: "ssh-ed25519", fingerprint: "SHA256:old")

    static let texts: [(SSHError, [String])] = [
        (.connectionRefused(endpoint), ["ops@node-1:2222", "refused", "2222"]),
        (.unreachable(endpoint, reason: "No route to host"), ["ops@node-1:2222", "No route to host"]),
        (.timedOut(endpoint, .connect, after: .seconds(3)), ["ops@node-1:2222", "TCP", "3.0 seconds"]),
        (.timedOut(endpoint, .banner, after: .seconds(3)), ["banner"]),
        (.noBanner(endpoint), ["ops@node-1:2222", "MaxStartups"]),
        (.handshakeFailed(endpoint, reason: "no common cipher"), ["ops@node-1:2222", "no common cipher"]),
        (
            .hostKeyUnknown(endpoint, type: "t", fingerprint: "SHA256:new", listedTypes: [], source: "kh"),
            ["ops@node-1:2222", "SHA256:new", "kh"]
        ),
        (
            .hostKeyUnknown(endpoint, type: "t", fingerprint: "SHA256:new", listedTypes: ["ssh-rsa"], source: "kh"),
            ["SHA256:new", "ssh-rsa"]
        ),
        (
            .hostKeyMismatch(endpoint, type: "t", fingerprint: "SHA256:new", expected: [pin]),
            ["ops@node-1:2222", "SHA256:new", "SHA256:old", "known_hosts:7"]
        ),
        (.hostKeyRevoked(endpoint, pin), ["ops@node-1:2222", "revoked", "known_hosts:7"]),
        (.hostCertificateUnsupported(endpoint, pin), ["ops@node-1:2222", "authority", "known_hosts:7"]),
        (.hostKeyNotRecorded(endpoint, fingerprint: "SHA256:new", reason: "disk full"), ["SHA256:new", "disk full"]),
        (.keyUnreadable(path: "/k", reason: "Permission denied"), ["/k", "Permission denied"]),
        (.keyUnusable(path: "/k", reason: "empty"), ["/k", "empty"]),
        (.keyNeedsPassphrase(path: "/k"), ["/k", "passphrase"]),
        (.wrongPassphrase(path: "/k"), ["/k", "passphrase"]),
        (
            .authenticationRefused(
                endpoint,
                tried: ["publickey (/k)"],
                offered: ["password"],
                rsaSignatureTooOld: false
            ),
            ["ops@node-1:2222", "/k", "password", "authorized_keys"]
        ),
        (
            .authenticationRefused(endpoint, tried: [], offered: [], rsaSignatureTooOld: true),
            ["nothing", "ed25519", "1.11"]
        ),
        (.connectionLost(endpoint, reason: "reset"), ["ops@node-1:2222", "reset"]),
        (.connectionClosed(endpoint), ["ops@node-1:2222", "closed"]),
        (.channelRefused(endpoint, reason: "prohibited"), ["ops@node-1:2222", "prohibited", "MaxSessions"]),
        (.commandRefused(endpoint), ["ops@node-1:2222", "ForceCommand"]),
        (.commandTimedOut(endpoint, after: .seconds(9)), ["ops@node-1:2222", "9.0 seconds"]),
        (.libraryUnavailable(reason: "code 7"), ["libssh2", "code 7"]),
    ]

    @Test(arguments: texts)
    func `an error says in one line where, what and what to do`(error: SSHError, parts: [String]) {
        for part in parts { #expect(error.description.contains(part)) }
        #expect(!error.description.contains("\n"))
        #expect(error.description.count > 40)
        #expect(error.isRetryable == (error == .noBanner(Self.endpoint)))
    }

    @Test func `an endpoint reads as ssh writes it`() {
        #expect(SSHEndpoint(host: "h", user: "u").description == "u@h")
        #expect(SSHEndpoint(host: "h", user: "u").knownHostsName == "h")
        #expect(Self.endpoint.knownHostsName == "[node-1]:2222")
    }
}
