/// Rows of text in aligned columns, for a terminal or a file.
///
/// A cell takes one line. Widths are those a terminal shows, so that names in any script line up; control characters
/// in a cell become spaces. Where a width is given, the columns that may shrink are cut, the widest first, until the
/// table fits or they are eight columns wide.
///
///     var table = TextTable([.left("NODE", mayShrink: true), .right("WAVE")])
///     table.add([.init("worker-1"), .init("1")])
///     print(table.render(width: 80, color: false), terminator: "")
package struct TextTable: Hashable, Sendable {
    package struct Column: Hashable, Sendable {
        package enum Alignment: Hashable, Sendable { case left, right }

        package var title: String
        package var alignment: Alignment
        package var mayShrink: Bool

        package static func left(_ title: String, mayShrink: Bool = false) -> Column {
            Column(title: title, alignment: .left, mayShrink: mayShrink)
        }

        package static func right(_ title: String, mayShrink: Bool = false) -> Column {
            Column(title: title, alignment: .right, mayShrink: mayShrink)
        }
    }

    package struct Cell: Hashable, Sendable {
        package var text: String
        package var style: TextStyle

        package init(_ text: String, _ style: TextStyle = .plain) {
            self.text = TerminalText.plain(text)
            self.style = style
        }
    }

    package let columns: [Column]
    package private(set) var rows: [[Cell]] = []

    package init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; cells that are missing are empty, and those beyond the last column are left out.
    package mutating func add(_ cells: [Cell]) {
        let missing = max(0, columns.count - cells.count)
        rows.append(cells.prefix(columns.count) + Array(repeating: Cell(""), count: missing))
    }

    /// The titles and the rows, each ending with a newline; nothing where there are no rows.
    ///
    /// - Parameter width: what the terminal has room for, in columns; nil cuts nothing.
    package func render(width: Int? = nil, color: Bool) -> String {
        if rows.isEmpty { return "" }
        let titles = columns.map { Cell($0.title, .dim) }
        let lines = [titles] + rows
        let widths = fitted(natural(lines), to: width)
        return lines.map { line($0, widths, color: color) + "\n" }.joined()
    }

    // MARK: Widths

    private static let gap = "  "
    private static let narrowest = 8

    private func natural(_ lines: [[Cell]]) -> [Int] {
        columns.indices.map { column in lines.map { TerminalText.width($0[column].text) }.max() ?? 0 }
    }

    private func fitted(_ natural: [Int], to width: Int?) -> [Int] {
        guard let width else { return natural }
        var widths = natural
        var excess = natural.reduce(0, +) + Self.gap.count * max(0, columns.count - 1) - width
        while excess > 0 {
            let shrinking = columns.indices.filter { columns[$0].mayShrink && widths[$0] > Self.narrowest }
            guard let widest = shrinking.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return widths
    }

    // MARK: Lines

    private func line(_ cells: [Cell], _ widths: [Int], color: Bool) -> String {
        var line = columns.indices.map { padded(cells[$0], column: $0, widths[$0], color: color) }
            .joined(separator: Self.gap)
        while line.last == " " { line.removeLast() }
        return line
    }

    private func padded(_ cell: Cell, column: Int, _ width: Int, color: Bool) -> String {
        let text = TerminalText.cut(cell.text, to: width)
        let padding = String(repeating: " ", count: max(0, width - TerminalText.width(text)))
        let styled = cell.style.apply(to: text, color: color)
        return columns[column].alignment == .left ? styled + padding : padding + styled
    }
}
