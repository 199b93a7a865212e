import Testing

struct PeriodSchemaTests {
    @Test func `a period's JSON is what the schema says`() throws {
        let schema = try JSON(file: "../../docs/period-report.schema.json")
        let report = try JSON(file: "Golden/period.json")
        #expect(Self.faults(report, schema, schema, at: "report") == [])
    }

    @Test func `the schema finds what is missing, unknown or of another type`() throws {
        let schema = try JSON(file: "../../docs/period-report.schema.json")
        #expect(Self.faults(.object(["cluster": .number(1), "x": .null]), schema, schema, at: "r").count > 3)
    }

    private static func faults(_ value: JSON, _ part: JSON, _ root: JSON, at path: String) -> [String] {
        if case .string(let reference) = part["$ref"] {
            return faults(value, root["$defs"][String(reference.split(separator: "/").last ?? "")], root, at: path)
        }
        switch value {
        case .object(let members):
            let missing = part["required"].strings.filter { members[$0] == nil }.map { "\(path): no \($0)" }
            return missing
                + members.sorted { $0.key < $1.key }.flatMap { key, member in
                    part["properties"][key] == .null
                        ? ["\(path): unknown \(key)"]
                        : faults(member, part["properties"][key], root, at: "\(path).\(key)")
                }
        case .array(let elements):
            return elements.flatMap { faults($0, part["items"], root, at: path + "[]") }
        case .string(let text):
            let choices = part["enum"].strings
            let fits = part["type"] == .string("string") || part["const"] == value || choices.contains(text)
            return fits ? [] : ["\(path): \(text)"]
        case .number(let number):
            let isWhole = number == number.rounded()
            let fits = part["type"] == .string("number") || (part["type"] == .string("integer") && isWhole)
            return fits ? [] : ["\(path): \(number)"]
        case .bool: return part["type"] == .string("boolean") ? [] : ["\(path): a boolean"]
        case .null: return ["\(path): null"]
        }
    }
}
