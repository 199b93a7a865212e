import Reporting

/// What makes a terminal show lines that stay and, below them, a table that the next frame replaces.
///
/// Between frames the cursor stands at the start of the line below the table and nothing is switched on, so a program
/// that dies at any moment leaves a terminal that works.
struct LiveScreen: Hashable, Sendable {
    private var drawn: [String] = []

    /// The characters that bring the screen from the frame before to this one.
    mutating func frame(history: [String], table: [String], in size: TerminalSize) -> String {
        let rows = drawn.reduce(0) { $0 + Self.rows(of: $1, columns: size.columns) }
        let erase = rows > 0 ? "\r\u{1B}[\(rows)A\u{1B}[J" : ""
        if history.isEmpty, table == drawn { return "" }
        drawn = table
        return erase + (history + table).map { $0 + "\n" }.joined()
    }

    /// A terminal that has become narrower since has wrapped what stood there.
    private static func rows(of line: String, columns: Int) -> Int {
        max(1, (TerminalText.width(line) + columns - 1) / max(1, columns))
    }
}
