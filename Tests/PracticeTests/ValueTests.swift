import ClusterModel
import Practice
import Testing

struct ValueTests {
    @Test(arguments: [
        "null", "true", "[]", "{}", #""""#, "-12", "1.5", #"{"b":1,"a":[{"x":null},2]}"#, #""a\"b\\c\n\u0001é😀""#,
    ])
    func `JSON comes back as it was, keys in their order`(text: String) throws {
        #expect(try JSONValue(parsing: text).text == text)
    }

    @Test(arguments: [
        (#""\u00e9\ud83d\ude00\/""#, "é😀/"), (#""\ud800""#, "\u{FFFD}"), (#" "x" "#, "x"),
    ])
    func `escapes are read`(text: String, value: String) throws {
        #expect(try JSONValue(parsing: text).string == value)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\" 1}", "tru", "1 2", "\"a", "\"\u{1}\"", "{not json}", "01x", "[\"\\x\"]",
        String(repeating: "[", count: 600),
    ])
    func `what is not JSON is refused`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    }

    @Test func `a path makes what it needs and removes what it names`() {
        var value: JSONValue = [:]
        value["a", "b"] = 1
        value["a", "c"] = "x"
        #expect(value.text == #"{"a":{"b":1,"c":"x"}}"#)
        value["a", "b"] = nil
        value["z", "y"] = nil
        #expect(value.text == #"{"a":{"c":"x"}}"#)
        #expect(value["a", "c", "d"] == nil)
    }

    @Test func `objects are equal in any order, numbers by value`() throws {
        #expect(try JSONValue(parsing: #"{"a":1,"b":2}"#) == JSONValue(parsing: #"{"b":2.0,"a":1}"#))
        #expect(try JSONValue(parsing: #"{"a":1}"#) != JSONValue(parsing: #"{"a":1,"b":2}"#))
        #expect(JSONValue.array([1, 2]) != .array([2, 1]))
    }

    @Test func `a seed fixes its numbers, which stay within their bounds`() {
        var one = SeededGenerator(seed: 42)
        var two = SeededGenerator(seed: 42)
        #expect((0..<100).map { _ in one.next() } == (0..<100).map { _ in two.next() })
        // The first output of SplitMix64 for seed 0, from its reference implementation.
        var zero = SeededGenerator(seed: 0)
        #expect(zero.next() == 0xE220_A839_7B1D_CDAF)
        var counts = [0, 0, 0]
        for _ in 0..<3000 { counts[Int(one.below(3))] += 1 }
        #expect(counts.allSatisfy { $0 > 850 })
        for _ in 0..<100 {
            let duration = one.duration(in: .milliseconds(5) ... .milliseconds(7))
            #expect(duration >= .milliseconds(5))
            #expect(duration <= .milliseconds(7))
        }
    }

    @Test func `UUIDs are of version 4, name suffixes of safe letters`() {
        var generator = SeededGenerator(seed: 9)
        for _ in 0..<50 {
            #expect(
                generator.uuid().wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
                    != nil
            )
            #expect(generator.nameSuffix().wholeMatch(of: /[bcdfghjklmnpqrstvwxz2456789]{5}/) != nil)
        }
    }
}
