/// HTML text. What is put into it is escaped, unless it is markup itself.
struct Markup: ExpressibleByStringInterpolation, Sendable {
    var text: String

    init(raw text: String) { self.text = text }

    init(stringLiteral text: String) { self.text = text }

    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity * 2) }

        mutating func appendLiteral(_ literal: String) { text += literal }

        mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }

        mutating func appendInterpolation(_ value: Int) { text += String(value) }

        mutating func appendInterpolation(_ markup: Markup) { text += markup.text }

        /// A coordinate of a drawing, to a tenth of a unit.
        mutating func appendInterpolation(_ value: Double) {
            let tenths = Int64((value * 10).rounded())
            text += tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
        }
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for character in TerminalText.plain(text) {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.append(character)
            }
        }
        return result
    }
}

extension Sequence<Markup> {
    var joined: Markup { Markup(raw: map(\.text).joined()) }
}
