import Foundation

/// What the stub answers with.
struct StubAnswer: Sendable {
    var status = 200
    var headers: [(String, String)] = [("Content-Type", "application/json")]
    var body: String
    /// In place of the body, where it is no text.
    var bytes: [UInt8]?
    /// Whether the answer ends; a watch that goes on is held open.
    var ends = true

    static func json(_ body: String, status: Int = 200) -> StubAnswer { StubAnswer(status: status, body: body) }

    /// The lines of a watch.
    static func stream(_ lines: [String], ends: Bool = true) -> StubAnswer {
        StubAnswer(body: lines.map { $0 + "\n" }.joined(), ends: ends)
    }

    static let openWatch = stream([], ends: false)

    /// A file of the folder Recordings: the status, headers, an empty line, the body.
    static func recorded(_ name: String) throws -> StubAnswer {
        let url = testFolder.appendingPathComponent("Recordings/\(name).http")
        let text = try String(contentsOf: url, encoding: .utf8)
        let halves = text.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        let head = halves[0].split(separator: "\n")
        let headers = head.dropFirst().compactMap { line -> (String, String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            return (String(line[..<colon]), String(line[line.index(colon, offsetBy: 2)...]))
        }
        return StubAnswer(status: Int(head[0]) ?? 0, headers: headers, body: halves.count > 1 ? String(halves[1]) : "")
    }

    /// An empty list, or one with these items.
    static func list(_ kind: String, _ items: [String] = [], version: String = "100", next: String = "") -> StubAnswer {
        let more = next.isEmpty ? "" : ",\"continue\":\"\(next)\""
        return .json(
            "{\"kind\":\"\(kind)List\",\"metadata\":{\"resourceVersion\":\"\(version)\"\(more)},"
                + "\"items\":[\(items.joined(separator: ","))]}"
        )
    }
}
