import FoundationEssentials
import Reporting
import Testing

struct SchemaTests {
    @Test func `the schema names exactly the keys of a report`() throws {
        let schema = try JSON(file: "../../docs/report.schema.json")
        let report = try JSON(file: "Golden/felt.json")
        #expect(Self.differences(report, schema, at: "report") == [])
    }

    @Test func `what a report always has is required, and nothing else is`() throws {
        let schema = try JSON(file: "../../docs/report.schema.json")
        let encoded = try JSONEncoder().encode(Story().report())
        let running = try JSONDecoder().decode(JSON.self, from: encoded)
        #expect(running.keys == schema["required"].strings.sorted())
        #expect(running["run"].keys == schema["properties"]["run"]["required"].strings.sorted())
        #expect(running["mttr"] == .null && running["nodeMeanTimeOut"] == .null)
    }

    @Test func `the schema lists the states a run can have`() throws {
        let schema = try JSON(file: "../../docs/report.schema.json")
        let states = schema["properties"]["run"]["properties"]["state"]["enum"].strings
        #expect(states.sorted() == Report.Run.State.allCases.map(\.rawValue).sorted())
    }

    @Test func `a report comes back from its JSON`() throws {
        for report in [GoldenTests.felt.report(), Story().report()] {
            let encoded = try JSONEncoder().encode(report)
            #expect(try JSONDecoder().decode(Report.self, from: encoded) == report)
        }
    }

    private static func differences(_ value: JSON, _ schema: JSON, at path: String) -> [String] {
        switch value {
        case .object(let members):
            let named = schema["properties"].keys
            guard named == value.keys else { return ["\(path): \(value.keys) but the schema has \(named)"] }
            return members.flatMap { differences($1, schema["properties"][$0], at: path + "." + $0) }
        case .array(let elements):
            return elements.flatMap { differences($0, schema["items"], at: path + "[]") }
        default:
            return schema.keys.contains("type") || schema.keys.contains("enum") ? [] : ["\(path): no type"]
        }
    }
}

/// Any JSON.
enum JSON: Decodable, Equatable {
    case object([String: JSON])
    case array([JSON])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    init(file: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        self = try JSONDecoder().decode(JSON.self, from: try Data(contentsOf: folder.appending(path: file)))
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSON].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSON].self))
        }
    }

    subscript(key: String) -> JSON {
        if case .object(let members) = self { members[key] ?? .null } else { .null }
    }

    var keys: [String] {
        if case .object(let members) = self { members.keys.sorted() } else { [] }
    }

    var strings: [String] {
        guard case .array(let elements) = self else { return [] }
        return elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
    }
}
