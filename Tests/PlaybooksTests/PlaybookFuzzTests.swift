// Playbooks and settings of random and mutated text: complaints, but no crash and no hang.
import Foundation
import Playbooks
import TestSupport
import Testing

@Suite struct PlaybookFuzzTests {
    private static let words = [
        "name", "steps", "stages", "roles", "inputs", "run", "check", "upload", "file", "to", "mode", "sha256",
        "timeout",
        "nodes", "worker", "true", ":", ": ", "- ", "\n", "\n  ", "\n    ", "{", "}", "[", "]", "|", ">", "&a", "*a",
        "<<",
        "!!int", "'", "\"", "#", "${", "}", "%", "@", "`", "\t", "\0", "ü", "日本", "5m", "0755", "---", "...", "?", ",",
    ]

    private func tryBoth(_ text: String) {
        // Either outcome is good; what counts is that there is one, and that a refusal says of which file.
        expectNamed("p.yaml") { _ = try Playbook.load(file: "p.yaml", text: text) }
        expectNamed("e.yaml") { _ = try SiteSettings.load(file: "e.yaml", text: text) }
    }

    private func expectNamed(_ file: String, _ load: () throws -> Void) {
        do { try load() } catch { #expect("\(error)".contains(file), "\(error)") }
    }

    @Test(arguments: 0..<300)
    func `random text is read or refused`(seed: Int) {
        var generator = SplitMix(seed: UInt64(seed))
        tryBoth(
            (0..<Int.random(in: 1..<120, using: &generator)).map { _ in
                Self.words.randomElement(using: &generator) ?? ""
            }.joined()
        )
    }

    @Test(arguments: 0..<300)
    func `a good playbook with some bytes changed is read or refused`(seed: Int) throws {
        var generator = SplitMix(seed: UInt64(seed) &+ 1_000)
        let files = ["playbooks/kubeadm-upgrade.yaml", "docs/evenkeel.example.yaml"]
        let path = projectFolder.appending(path: files[seed % files.count])
        var bytes = Array(try Data(contentsOf: path))
        for _ in 0..<Int.random(in: 1..<8, using: &generator) {
            let place = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            default: bytes.insert(contentsOf: Array(Self.words[place % Self.words.count].utf8), at: place)
            }
        }
        tryBoth(String(decoding: bytes, as: UTF8.self))
    }

    @Test func `deep nesting and aliases of aliases end`() {
        tryBoth("name: a\nsteps: " + String(repeating: "[", count: 3_000))
        let bomb = (1..<30).map { "a\($0): &a\($0) [*a\($0 - 1),*a\($0 - 1)]" }.joined(separator: "\n")
        tryBoth("a0: &a0 [x]\n" + bomb)
    }
}
