import Foundation
import Testing

/// One exchange with a real API server (Kubernetes 1.36.2): what was asked, and what came back.
///
/// Long lists and watches are shortened: some of their items, each as it was.
struct Exchange: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var method: String
    var path: String
    var status: String
    var headers: [String: String]
    var watch: String
    var body: String?
    /// The body where it is no text.
    var base64: String?

    var testDescription: String { name }

    /// The path without its query.
    var place: String { String(path.prefix { $0 != "?" }) }

    /// The last part of the path.
    var last: String { String(place.split(separator: "/").last ?? "") }

    /// The part after `/namespaces/NAMESPACE/pods/`.
    var pod: (namespace: String, name: String)? {
        let parts = place.split(separator: "/").map(String.init)
        guard parts.count >= 6, parts[2] == "namespaces", parts[4] == "pods" else { return nil }
        return (parts[3], parts[5])
    }

    var answer: StubAnswer {
        StubAnswer(
            status: Int(status) ?? 0,
            headers: headers.map { ($0.key, $0.value) },
            body: body ?? "",
            bytes: base64.flatMap { Data(base64Encoded: $0) }.map { Array($0) }
        )
    }

    static let all: [Exchange] = {
        let url = testFolder.appendingPathComponent("Recordings/exchanges.ndjson")
        let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            try? JSONDecoder().decode(Exchange.self, from: Data(line.utf8))
        }
    }()
}
