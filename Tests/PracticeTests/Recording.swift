import Foundation
import Practice
import Testing

/// One exchange with a real API server: what was sent and what came back.
struct Recording: Sendable {
    let name: String
    var method: String
    var target: String
    var headers: [(String, String)]
    var body: JSONValue
    let status: Int
    let answerHeaders: [String: String]
    let answer: JSONValue

    init(_ name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Recordings/\(name.replacing("/", with: "__")).json")
        let json = try JSONValue(parsing: Array(try Data(contentsOf: file)))
        self.name = name
        method = try #require(json["request", "method"]?.string)
        target = try #require(json["request", "path"]?.string)
        headers = (json["request", "headers"]?.stringMembers ?? []).map { ($0.key, $0.value) }
        body = json["request", "body"] ?? .null
        status = try #require(json["status"]?.integer)
        let pairs = (json["headers"]?.array ?? []).compactMap { pair -> (String, String)? in
            guard let both = pair.array, both.count == 2 else { return nil }
            return (both[0].string?.lowercased() ?? "", both[1].string ?? "")
        }
        answerHeaders = Dictionary(pairs) { $1 }
        answer = json["body"] ?? .null
    }

    /// Sends the recorded request as it was.
    func replay(on cluster: inout PracticeCluster) -> PracticeResponse {
        let bytes: [UInt8] =
            switch body {
            case .null: []
            case .string(let text): Array(text.utf8)
            default: body.bytes
            }
        return cluster.handle(
            PracticeRequest(method: method, target: target, headers: headers, body: bytes),
            now: cluster.now
        )
    }

    /// Holds the answer against the recorded one: status, headers, and everything in a Status but what differs from
    /// cluster to cluster (UIDs and revisions).
    func expect(_ response: PracticeResponse, comparingMessages: Bool = true) {
        #expect(response.status == status, "\(name): \(response.text)")
        for header in ["content-type", "retry-after", "warning"] {
            #expect(response.header(header) == answerHeaders[header], "\(name): \(header)")
        }
        guard answer.object != nil else {
            #expect(response.text == answer.string, "\(name)")
            return
        }
        let mine = response.json ?? .null
        #expect(mine["kind"] == answer["kind"], "\(name)")
        #expect(Set(mine.object?.keys ?? []) == Set(answer.object?.keys ?? []), "\(name)")
        guard answer["kind"] == "Status" else { return }
        #expect(mine["reason"] == answer["reason"], "\(name)")
        #expect(mine["code"] == answer["code"], "\(name)")
        #expect(keys(mine["details"]) == keys(answer["details"]), "\(name)")
        #expect(causes(mine, comparingMessages) == causes(answer, comparingMessages), "\(name)")
        for field in ["name", "kind", "group", "retryAfterSeconds"] {
            #expect(mine["details", field] == answer["details", field], "\(name): details.\(field)")
        }
        if comparingMessages { #expect(plain(mine["message"]) == plain(answer["message"]), "\(name)") }
    }

    private func keys(_ value: JSONValue?) -> Set<String> { Set(value?.object?.keys ?? []) }

    private func causes(_ status: JSONValue, _ withMessages: Bool) -> [[String?]] {
        (status["details", "causes"]?.array ?? []).map { cause in
            [cause["reason"]?.string, cause["field"]?.string, withMessages ? plain(cause["message"]) : nil]
        }
    }

    private func plain(_ message: JSONValue?) -> String? {
        message?.string?.replacing(/\([0-9a-f-]+\)/, with: "(…)").replacing(/current: \d+/, with: "current: …")
    }
}
