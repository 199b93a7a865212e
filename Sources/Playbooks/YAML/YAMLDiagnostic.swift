/// One complaint about a file that an operator wrote, at the place that has to change.
package struct YAMLDiagnostic: Hashable, Sendable, CustomStringConvertible {
    package var file: String
    /// Counted from 1.
    package var line: Int
    /// Counted from 1, in Unicode scalars.
    package var column: Int
    /// Where the value stands in the document, as `steps[2].timeout` (lists count from 0); empty for the document.
    package var path: String
    package var message: String
    /// What to write instead.
    package var fix: String?

    package init(file: String, line: Int, column: Int, path: String = "", message: String, fix: String? = nil) {
        self.file = file
        self.line = line
        self.column = column
        self.path = path
        self.message = message
        self.fix = fix
    }

    /// `FILE:LINE:COL: path: message (fix)`, on one line.
    package var description: String {
        let place = "\(file):\(line):\(column): " + (path.isEmpty ? "" : "\(path): ")
        return place + message + (fix.map { " (\($0))" } ?? "")
    }
}

/// Everything that is wrong with a file, in the order of its lines.
package struct YAMLProblems: Error, Hashable, Sendable, CustomStringConvertible {
    package let diagnostics: [YAMLDiagnostic]

    package init(_ diagnostics: [YAMLDiagnostic]) {
        self.diagnostics = diagnostics.sorted {
            ($0.line, $0.column, $0.path, $0.message) < ($1.line, $1.column, $1.path, $1.message)
        }
    }

    package var description: String {
        diagnostics.map(\.description).joined(separator: "\n")
    }
}
