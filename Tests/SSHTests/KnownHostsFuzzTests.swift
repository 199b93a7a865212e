// Random and mutated known_hosts files: a verdict, but no crash and no hang, and never trust in a key that is not there.
import Foundation
import TestSupport
import Testing

@testable import SSH

@Suite struct KnownHostsFuzzTests {
    private static let key = "AAAAC3NzaC1lZDI1NTE5AAAAIBCh3qcRzaktSvcsGIIoQ9plGpERWgn5PYcN5VlbbNQp"
    private static let stranger = "AAAAC3NzaC1lZDI1NTE5AAAAIBCh3qcRzaktSvcsGIIoQ9plGpERWgn5PYcN5VlbbNQq"
    private static let words = [
        "host", "[host]:22", "*", "?", "!", "!*", ",", " ", "\t", "\n", "\r\n", "#", "@revoked", "@cert-authority",
        "@x",
        "|1|", "|", "AAAA", "=", "ssh-ed25519", "ssh-rsa", key, "\0", "ü", "日本", "[", "]", ":", "22", "-1",
        "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg=",
        String(repeating: "*", count: 60), String(repeating: "a*", count: 40),
    ]

    private func judge(_ text: String) throws -> KnownHosts.Verdict {
        let stranger = try #require(HostKey(base64: Self.stranger))
        let known = KnownHosts(text: text)
        _ = known.verdict(on: stranger, host: String(repeating: "a", count: 200), port: 22)
        _ = known.keyTypes(host: "", port: 0)
        return known.verdict(on: stranger, host: "host", port: 22)
    }

    @Test(arguments: 0..<300)
    func `random text never vouches for a stranger`(seed: Int) throws {
        var generator = SplitMix(seed: UInt64(seed))
        let text = (0..<generator.next(upTo: 200)).map { _ in Self.words[generator.next(upTo: Self.words.count)] }
        #expect(try judge(text.joined()) != .trusted)
    }

    @Test(arguments: 0..<300)
    func `a good file with some bytes changed never vouches for a stranger`(seed: Int) throws {
        var generator = SplitMix(seed: UInt64(seed) &+ 5_000)
        var bytes = Array("# hosts\nhost,other ssh-ed25519 \(Self.key)\n@revoked * ssh-ed25519 \(Self.key)\n".utf8)
        for _ in 0..<(1 + generator.next(upTo: 6)) {
            let place = generator.next(upTo: bytes.count)
            switch generator.next(upTo: 3) {
            case 0: bytes[place] = UInt8(generator.next(upTo: 256))
            case 1: bytes.remove(at: place)
            default: bytes.insert(UInt8(generator.next(upTo: 256)), at: place)
            }
        }
        let verdict = try judge(String(decoding: bytes, as: UTF8.self))
        // One letter may by chance become the stranger's.
        if !String(decoding: bytes, as: UTF8.self).contains(Self.stranger) { #expect(verdict != .trusted) }
    }

    @Test func `patterns full of stars take no time`() throws {
        let stars = String(repeating: "*a", count: 200) + "b"
        let text = String(repeating: "\(stars) ssh-ed25519 \(Self.key)\n", count: 50)
        #expect(try judge(text) == .unknown(listedTypes: []))
    }
}
