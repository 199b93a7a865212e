import Playbooks
import Testing

@Suite struct GlobPatternTests {
    @Test(
        arguments: [
            ("worker-1", "worker-1", true), ("worker-1", "worker-10", false), ("worker-*", "worker-", true),
            ("worker-*", "worker-10", true), ("*-1", "worker-10-1", true), ("*-1", "worker-10", false),
            ("w?", "w1", true), ("w?", "w", false), ("w?", "w12", false), ("*", "", true), ("*", "x", true),
            ("a*b*c", "a-b-b-c", true), ("a*b*c", "a-c-b", false), ("", "", true), ("", "x", false),
            ("[a]", "a", false), ("a.b", "axb", false), ("**a", "bca", true),
        ]
    )
    func `the whole name must fit`(pattern: String, name: String, fits: Bool) {
        #expect(GlobPattern(pattern).matches(name) == fits)
    }

    @Test func `many stars do not take exponential time`() {
        let pattern = GlobPattern(String(repeating: "a*", count: 200) + "b")
        #expect(!pattern.matches(String(repeating: "a", count: 2000)))
    }
}
