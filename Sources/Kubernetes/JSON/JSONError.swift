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
    /// The object that it is in: `Pod shop/web-1`.
    var subject: String?

    var description: String {
        let place = subject.map { "\($0): " } ?? ""
        return switch fault {
        case .truncated: "\(place)truncated JSON at line \(line) column \(column)"
        case .unexpected(let what): "\(place)unexpected JSON at line \(line) column \(column): \(what)"
        }
    }
}
