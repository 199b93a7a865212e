package import ClusterModel

/// An HTTP request as the API sees it.
package struct PracticeRequest: Sendable {
    package var method: String
    /// Without the query, percent-decoded.
    package var path: String
    package var query: [(name: String, value: String)]
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    /// - Parameter target: path and query as on the request line.
    package init(method: String, target: String, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.method = method
        self.headers = headers.map { ($0.0, $0.1) }
        self.body = body
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = Self.decoded(parts[0], plusIsSpace: false)
        query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { pair in
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = sides.count > 1 ? Self.decoded(sides[1], plusIsSpace: true) : ""
            return (Self.decoded(sides[0], plusIsSpace: true), value)
        }
    }

    package init(method: String, target: String, headers: [(String, String)] = [], json: JSONValue) {
        let type =
            headers.contains { $0.0.lowercased() == "content-type" } ? [] : [("Content-Type", "application/json")]
        self.init(method: method, target: target, headers: headers + type, body: json.bytes)
    }

    func parameter(_ name: String) -> String? { query.first { $0.name == name }?.value }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    func flag(_ name: String) -> Bool { ["1", "true"].contains(parameter(name) ?? "") }

    private static func decoded(_ text: some StringProtocol, plusIsSpace: Bool) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The answer: a whole body, or a watch that whoever transports it keeps polling.
package struct PracticeResponse: Sendable {
    package enum Content: Sendable {
        case bytes([UInt8])
        case watch(WatchSubscription)
    }

    package var status: Int
    package var headers: [(name: String, value: String)]
    package var content: Content

    package func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The body as JSON, where it is.
    package var json: JSONValue? {
        guard case .bytes(let bytes) = content else { return nil }
        return try? JSONValue(parsing: bytes)
    }

    package var text: String {
        guard case .bytes(let bytes) = content else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func json(_ value: JSONValue, status: Int = 200) -> PracticeResponse {
        PracticeResponse(
            status: status,
            headers: [("Content-Type", "application/json")],
            content: .bytes(value.bytes)
        )
    }

    static func text(_ text: String, status: Int = 200) -> PracticeResponse {
        PracticeResponse(
            status: status,
            headers: [("Content-Type", "text/plain; charset=utf-8")],
            content: .bytes(Array(text.utf8))
        )
    }
}

/// A request that could change something, as the server saw it.
package struct AuditEntry: Sendable, Equatable {
    package var instant: Instant
    package var method: String
    /// With the query.
    package var path: String
    package var userAgent: String
    package var status: Int
}
