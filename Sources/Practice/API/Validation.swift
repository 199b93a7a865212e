/// What the server refuses in an object.
extension PracticeCluster {
    static func validate(_ kind: ResourceKind, _ key: ObjectKey, _ object: JSONValue) throws(Refusal) {
        try validateTimes(kind, object)
        if kind == .lease, let duration = object["spec", "leaseDurationSeconds"]?.integer, duration <= 0 {
            throw .invalid(
                kind,
                key.name,
                field: "spec.leaseDurationSeconds",
                "Invalid value: \(duration): must be greater than 0"
            )
        }
        guard kind == .node else { return }
        for (index, taint) in (object["spec", "taints"]?.array ?? []).enumerated() {
            guard (taint["effect"]?.string ?? "").isEmpty else { continue }
            throw .invalid(
                kind,
                key.name,
                field: "metadata.taints[\(index)].effect",
                "Required value",
                cause: "FieldValueRequired",
                twice: true
            )
        }
    }

    /// A lease's times have six decimals, no more and no fewer.
    static func validateTimes(_ kind: ResourceKind, _ object: JSONValue) throws(Refusal) {
        guard kind == .lease else { return }
        for field in ["acquireTime", "renewTime"] {
            guard let text = object["spec", field]?.string, let rest = badFraction(text) else { continue }
            let layout = "2006-01-02T15:04:05.000000Z07:00"
            throw .badRequest(
                "Lease in version \"v1\" cannot be handled as a Lease: parsing time \"\(text)\" as \"\(layout)\": "
                    + "cannot parse \"\(rest.text)\" as \"\(rest.wanted)\""
            )
        }
    }

    /// The part of a time that is not as wanted, or nil where it is a time with six decimals.
    private static func badFraction(_ text: String) -> (text: Substring, wanted: String)? {
        let shape = "dddd-dd-ddTdd:dd:dd"
        var rest = text[...]
        for mark in shape {
            guard let character = rest.first, mark == "d" ? character.isNumber : character == mark else {
                return (rest, mark == "d" ? "2006" : String(mark))
            }
            rest = rest.dropFirst()
        }
        let fraction = rest.dropFirst().prefix(6)
        guard rest.first == ".", fraction.count == 6, fraction.allSatisfy(\.isNumber) else {
            return (rest, ".000000")
        }
        let zone = rest.dropFirst(7)
        let isOffset = zone.count == 6 && (zone.first == "+" || zone.first == "-")
        return zone == "Z" || isOffset ? nil : (zone, "Z07:00")
    }

    /// Drops fields that a node's spec does not have; says so in a Warning header, or refuses under Strict.
    static func dropUnknownFields(
        _ kind: ResourceKind,
        _ object: inout JSONValue,
        _ request: PracticeRequest
    )
        throws(Refusal) -> [String]
    {
        guard kind == .node else { return [] }
        let known = ["podCIDR", "podCIDRs", "providerID", "unschedulable", "taints", "configSource", "externalID"]
        var unknown = (object["spec"]?.object?.keys ?? []).filter { !known.contains($0) }.map { "spec.\($0)" }
        for name in unknown { object["spec", String(name.dropFirst(5))] = nil }
        var taints = object["spec", "taints"]?.array ?? []
        for index in taints.indices where taints[index]["$patch"] != nil {
            unknown.append("spec.taints[\(index)].$patch")
            taints[index]["$patch"] = nil
            object["spec", "taints"] = .array(taints)
        }
        guard !unknown.isEmpty, request.parameter("fieldValidation") != "Ignore" else { return [] }
        if request.parameter("fieldValidation") == "Strict" {
            let text = "strict decoding error: " + unknown.map { "unknown field \"\($0)\"" }.joined(separator: ", ")
            throw Refusal(
                422,
                "Invalid",
                " \"\" is invalid: patch: Invalid value: \(text)",
                details: [
                    "causes": [
                        ["reason": "FieldValueInvalid", "message": .string("Invalid value: \(text)"), "field": "patch"]
                    ]
                ]
            )
        }
        return unknown.map { "299 - \"unknown field \\\"\($0)\\\"\"" }
    }
}
