// What known_hosts files say about keys.
import Testing

@testable import SSH

@Suite struct KnownHostsTests {
    static let a = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBCh3qcRzaktSvcsGIIoQ9plGpERWgn5PYcN5VlbbNQp"
    static let b = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF3DjTeHS3bR7YLd0p/xHPIUtrw2lIH1odvPHwUeKjBF"
    static let c = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILiRWsyBhGEyxBe39xvwJOyhOGibA6tcVkhgS3RyV7DC"
    static let e =
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBG76UjYMoRrZ+hygD1oytjy+0Lbig1l8"
        + "+VV+o1E1fXorDygSu9vjDlnhf3e5euT5wq1iULNTLLz8EhnCr9PWds4="
    /// Made with `ssh-keygen -H` from node-1.example and 10.0.0.1 (key a) and [node-2.example]:2222 (key b).
    static let hashed = """
        |1|D08TnUbxBfHN2GGEryfCxv0OriY=|TwCmTu3IIY/fuRqmNgbuAmvjJnc= \(a)
        |1|9tLaI/5/xNwBQso/aPX5ElthsK4=|6Iug7Zm0YR2/Xeicg9bxi+9ijnQ= \(a)
        |1|uvA8pY5rlRLoGIVXLBof97N4yGc=|QrvK5IZSl7vMdlbCOSCzMpRB3Zg= \(b)
        """

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        var host = "node-1.example"
        var port = 22
        var key = KnownHostsTests.a
        let verdict: KnownHosts.Verdict
        var testDescription: String { name }
    }

    static func pin(_ text: String, line: Int) -> KnownHosts.Pin {
        let key = HostKey(base64: text.split(separator: " ")[1])
        return KnownHosts.Pin(
            location: "known_hosts:\(line)",
            type: key?.type ?? "",
            fingerprint: key?.fingerprint ?? ""
        )
    }

    static let new = KnownHosts.Verdict.unknown(listedTypes: [])

    static let cases: [Case] = [
        Case(name: "an empty file knows nobody", text: "", verdict: new),
        Case(name: "a plain name", text: "node-1.example \(a)", verdict: .trusted),
        Case(name: "a comment at the end", text: "node-1.example \(a) root@node-1 # x", verdict: .trusted),
        Case(name: "tabs and leading blanks", text: "  node-1.example\t\(a)", verdict: .trusted),
        Case(name: "names are case-blind", text: "Node-1.EXAMPLE \(a)", host: "NODE-1.example", verdict: .trusted),
        Case(name: "a list of names", text: "x,node-1.example,10.0.0.1 \(a)", host: "10.0.0.1", verdict: .trusted),
        Case(name: "another name", text: "node-10.example \(a)", verdict: new),
        Case(name: "a name is no prefix", text: "node-1 \(a)", verdict: new),
        Case(name: "a commented line", text: "#node-1.example \(a)", verdict: new),
        Case(name: "the second of two keys", text: "node-1.example \(b)\nnode-1.example \(a)", verdict: .trusted),
        Case(
            name: "other keys of the type",
            text: "# c\nnode-1.example \(b)\nnode-1.example \(c)",
            verdict: .mismatch(expected: [pin(b, line: 2), pin(c, line: 3)])
        ),
        Case(
            name: "a key of another type",
            text: "node-1.example \(e)",
            verdict: .unknown(listedTypes: ["ecdsa-sha2-nistp256"])
        ),
        Case(name: "the port's own line", text: "[node-1.example]:2222 \(a)", port: 2222, verdict: .trusted),
        Case(name: "another port's line", text: "[node-1.example]:2223 \(a)", port: 2222, verdict: new),
        Case(name: "a port's line on port 22", text: "[node-1.example]:2222 \(a)", verdict: new),
        Case(name: "the bare name vouches on a port", text: "node-1.example \(a)", port: 2222, verdict: .trusted),
        Case(name: "the bare name accuses on no port", text: "node-1.example \(b)", port: 2222, verdict: new),
        Case(name: "a wildcard", text: "*.example \(a)", verdict: .trusted),
        Case(name: "a wildcard in the middle", text: "node-*.ex*ple \(a)", verdict: .trusted),
        Case(name: "a question mark", text: "node-?.example \(a)", verdict: .trusted),
        Case(name: "too few question marks", text: "node-?.example \(a)", host: "node-12.example", verdict: new),
        Case(
            name: "a wildcard with a port",
            text: "[127.*]:2222 \(a)",
            host: "127.0.1.7",
            port: 2222,
            verdict: .trusted
        ),
        Case(name: "negation excludes", text: "*.example,!node-1.example \(a)", verdict: new),
        Case(name: "negation of others", text: "*.example,!node-2.example \(a)", verdict: .trusted),
        Case(name: "negation alone admits nobody", text: "!node-2.example \(a)", verdict: new),
        Case(name: "a hashed name", text: hashed, verdict: .trusted),
        Case(name: "a hashed address", text: hashed, host: "10.0.0.1", verdict: .trusted),
        Case(
            name: "a hashed name with a port",
            text: hashed,
            host: "node-2.example",
            port: 2222,
            key: b,
            verdict: .trusted
        ),
        Case(name: "a name that is not hashed", text: hashed, host: "node-3.example", verdict: new),
        Case(
            name: "a hashed name with another key",
            text: hashed,
            key: c,
            verdict: .mismatch(expected: [pin(a, line: 1)])
        ),
        Case(name: "a revoked key", text: "@revoked * \(a)", verdict: .revoked(pin(a, line: 1))),
        Case(
            name: "revoked and trusted",
            text: "node-1.example \(a)\n@revoked node-1.example \(a)",
            verdict: .revoked(pin(a, line: 2))
        ),
        Case(name: "another key is revoked", text: "node-1.example \(a)\n@revoked * \(b)", verdict: .trusted),
        Case(
            name: "only an authority",
            text: "@cert-authority *.example \(b)",
            verdict: .certificateAuthorityOnly(pin(b, line: 1))
        ),
        Case(name: "an authority beside a key", text: "@cert-authority * \(b)\nnode-1.example \(a)", verdict: .trusted),
        Case(name: "an authority's key is no host key", text: "@cert-authority other \(a)", verdict: new),
        Case(name: "an unknown marker", text: "@trusted node-1.example \(a)", verdict: new),
        Case(name: "a damaged key", text: "node-1.example ssh-ed25519 AAAA!", verdict: new),
        Case(
            name: "a key that is not of its stated type",
            text: "node-1.example ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIBCh3qcRzaktSvcsGIIoQ9plGpERWgn5PYcN5VlbbNQp",
            verdict: new
        ),
    ]

    @Test(arguments: cases) func `a file's verdict`(_ entry: Case) throws {
        let key = try #require(HostKey(base64: entry.key.split(separator: " ")[1]))
        #expect(KnownHosts(text: entry.text).verdict(on: key, host: entry.host, port: entry.port) == entry.verdict)
    }

    @Test func `fingerprints are OpenSSH's`() throws {
        let expected = [
            Self.a: "SHA256:u16CWWlo4D3pnVSalBHn5HsegE/E9adMTbcgalgi1QI",
            Self.b: "SHA256:rd2YE0f5cpHU3UPhCE3uDklLClLEGRDrwwrARWcnkVM",
            Self.e: "SHA256:EkS3gukOxdNs+rv7AK/XZD5HCzUIoHDlkpWVpDwAA7k",
        ]
        for (text, fingerprint) in expected {
            let key = try #require(HostKey(base64: text.split(separator: " ")[1]))
            #expect(key.fingerprint == fingerprint)
            #expect(key.text == text)
        }
    }

    @Test func `unreadable lines are numbered, comments and blanks are not`() {
        let text = "# comment\n\nnode-1.example \(Self.a)\nhalf a-line\n@what x \(Self.a)\r\n|1|x|y \(Self.a)"
        #expect(KnownHosts(text: text).unreadableLines == [4, 5, 6])
    }

    @Test func `the listed key types come once each, without markers, in the file's order`() {
        let text = "node-1.example \(Self.e)\nnode-1.example \(Self.a)\n@revoked * \(Self.b)\n*.example \(Self.c)"
        let known = KnownHosts(text: text)
        #expect(known.keyTypes(host: "node-1.example", port: 22) == ["ecdsa-sha2-nistp256", "ssh-ed25519"])
        #expect(known.keyTypes(host: "elsewhere", port: 22) == [])
    }

    @Test func `listed key types are offered first, RSA with its SHA-2 signatures`() {
        #expect(LibSSH2.Offer.hostKeyAlgorithms(listedTypes: []).hasPrefix("ssh-ed25519,ecdsa-sha2-nistp256,"))
        let rsaFirst = LibSSH2.Offer.hostKeyAlgorithms(listedTypes: ["ssh-rsa", "unheard-of"])
        #expect(rsaFirst.hasPrefix("rsa-sha2-512,rsa-sha2-256,ssh-rsa,ssh-ed25519,"))
        #expect(!rsaFirst.contains("unheard-of"))
    }
}
