/// Where JSON text is broken, and how.
struct JSONError: Error, Hashable, CustomStringConvertible {
    enum Fault: Hashable {
        /// The bytes end before the value does.
        case truncated
        case unexpected(String)
    }

    var fault: Fault
    /// In bytes, from 0.
    var offset: Int
    /// From 1; the column counts bytes.
    var line: Int
    var column: Int

    var description: String {
        switch fault {
        case .truncated: "truncated JSON at line \(line) column \(column)"
        case .unexpected(let what): "unexpected JSON at line \(line) column \(column): \(what)"
        }
    }
}
