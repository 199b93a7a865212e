import Testing

@testable import Kubernetes

struct ScannerTests {
    @Test(arguments: [
        (#""plain""#, "plain"), (#""""#, ""), (#""a\"b\\c\/d""#, #"a"b\c/d"#), (#""\n\t\r\b\f""#, "\n\t\r\u{8}\u{C}"),
        (#""\u00e9""#, "\u{e9}"), (#""\ud83d\ude00!""#, "\u{1F600}!"), ("\"gr\u{fc}n\"", "gr\u{fc}n"), ("12", "12"),
        ("-1.5e3", "-1.5e3"),
        ("true", "true"),
    ])
    func `simple values are read as text, their escapes resolved`(json: String, text: String) throws {
        #expect(try scan(json) { try $0.scalar() } == text)
    }

    @Test func `null is nothing, for every kind of value`() throws {
        #expect(try scan("null") { try $0.scalar() } == nil)
        #expect(try scan("null") { try $0.integer() } == nil)
        #expect(try scan("null") { try $0.map() } == [:])
        #expect(try scan("null") { try $0.strings() } == [])
    }

    @Test func `what is not asked for is skipped, whatever is in it`() throws {
        let json = #"{"a":{"x":["}]\"",{"y":[1,2]}],"z":null},"want":"this","b":[[],{}],"c":-1.5,"d":"\\"}"#
        var found = ""
        try scan(json) { cursor in
            try cursor.object(at: "want") { found = try $0.text() }
            let isAtEnd = cursor.isAtEnd()
            #expect(isAtEnd)
        }
        #expect(found == "this")
    }

    @Test func `a key is matched by its meaning, not by its spelling`() throws {
        var found = ""
        try scan(#"{"k\u0069nd":"Pod"}"#) { try $0.object(at: "kind") { found = try $0.text() } }
        #expect(found == "Pod")
    }

    @Test func `a map leaves out what is nested`() throws {
        #expect(try scan(#"{"a":"1","b":{"c":"2"},"d":[3],"e":4}"#) { try $0.map() } == ["a": "1", "e": "4"])
    }

    @Test func `members can be read no further than needed`() throws {
        var keys: [String] = []
        try scan(#"{"a":1,"b":2,"c":this is never looked at"#) { cursor in
            try cursor.members { cursor, key in
                keys.append(key.text)
                try cursor.skip()
                return key.text != "b"
            }
        }
        #expect(keys == ["a", "b"])
    }

    @Test(arguments: [
        ("{\"a\":", 1, 6), ("{\"a\":[1,\n2", 2, 2), ("[\"abc", 1, 6), ("{\n\"a\":1,\n", 3, 1), ("[tru", 1, 5),
        ("{\"a\":{\"b\":1}", 1, 13),
        ("[\"a\\", 1, 5), ("", 1, 1),
    ])
    func `truncated text says where it ends`(json: String, line: Int, column: Int) throws {
        let error = try #require(throws: JSONError.self) { try scan(json) { try $0.skip() } }
        #expect(error.fault == .truncated)
        #expect(error.description == "truncated JSON at line \(line) column \(column)")
        #expect(error.offset == json.utf8.count)
    }

    @Test func `objects and arrays that end early are truncated too`() {
        #expect(throws: JSONError(fault: .truncated, offset: 6, line: 1, column: 7)) {
            try scan("{\"a\":1") { try $0.map() }
        }
        #expect(throws: JSONError(fault: .truncated, offset: 4, line: 1, column: 5)) {
            try scan("[\"a\"") { try $0.strings() }
        }
    }

    @Test(arguments: ["{a:1}", "{\"a\" 1}", "[1 2]", "[\"\\x\"]", "[nope]", "[\"\\u12g4\"]", "{\"a\":{}}"])
    func `broken text is told from truncated text`(json: String) throws {
        let error = try #require(throws: JSONError.self) {
            try scan(json) { cursor in
                if try cursor.peek() == .array {
                    _ = try cursor.strings()
                } else {
                    try cursor.object { cursor, _ in _ = try cursor.integer() }
                }
            }
        }
        #expect(error.fault != .truncated)
        #expect(error.line == 1)
    }

    @Test(arguments: ["plain", "a\"b\\c", "line\nbreak\u{1}", "gr\u{fc}n \u{1F600}"])
    func `quoted text reads back as it was`(text: String) throws {
        #expect(try scan(quoted(text)) { try $0.string() } == text)
    }
}
