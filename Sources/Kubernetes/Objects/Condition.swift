/// One entry of a status's conditions.
struct Condition {
    private var type: JSONSpan?
    private(set) var isTrue = false
    private(set) var reason: JSONSpan?

    func `is`(_ name: StaticString) -> Bool { type?.is(name) ?? false }

    static func each(_ cursor: inout JSONCursor, _ body: (Condition) throws -> Void) throws {
        try cursor.array { cursor in
            var condition = Condition()
            try cursor.object { cursor, key in
                switch key {
                case "type": condition.type = try cursor.spanIfText()
                case "status": condition.isTrue = try cursor.spanIfText()?.is("True") ?? false
                case "reason": condition.reason = try cursor.spanIfText()
                default: try cursor.skip()
                }
            }
            try body(condition)
        }
    }
}
