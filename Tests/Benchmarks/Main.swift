import Foundation

/// `Benchmarks [SECTION …]`: measures the sections that are named, or all, and prints a table.
///
/// Two more take arguments of their own: `reading SNAPSHOT`, and `ssh [OPTION …]`.
@main
struct Main {
    static let sections = [Section.journal, Section.ledger]

    static func main() async throws {
        let names = Array(CommandLine.arguments.dropFirst())
        switch names.first {
        case "ssh": return try await benchmarkSSH(arguments: Array(names.dropFirst()))
        case "reading":
            for snapshot in names.dropFirst() { try benchmarkReading(file: snapshot) }
            return
        default: break
        }
        if let unknown = names.first(where: { name in !sections.contains { $0.name == name } }) {
            let known = sections.map(\.name).joined(separator: ", ")
            FileHandle.standardError.write(
                Data("Benchmarks: there is no section \(unknown): there are \(known)\n".utf8)
            )
            exit(64)
        }
        for section in sections where names.isEmpty || names.contains(section.name) {
            print("\(section.name): \(section.about)")
            print(Figure.table(of: try await section.measure()))
        }
    }
}

/// Figures that belong together.
struct Section: Sendable {
    var name: String
    var about: String
    var measure: @Sendable () async throws -> [Figure]
}
