import Foundation

/// `Benchmarks [SECTION [ARGUMENT …]]`: measures one section, or all of them with their defaults.
@main
struct Main {
    static func main() async throws {
        let words = Array(CommandLine.arguments.dropFirst())
        guard let name = words.first else {
            for benchmark in Benchmark.all { try await benchmark.measure([]) }
            return
        }
        guard let benchmark = Benchmark.all.first(where: { $0.name == name }) else {
            let known = Benchmark.all.map { "  \($0.usage)" }.joined(separator: "\n")
            FileHandle.standardError.write(Data("Benchmarks: there is no section \(name): there are\n\(known)\n".utf8))
            exit(64)
        }
        try await benchmark.measure(Array(words.dropFirst()))
    }
}

/// One section: it prints what it measures.
struct Benchmark: Sendable {
    var name: String
    /// The name with the arguments it takes.
    var usage: String
    var measure: @Sendable ([String]) async throws -> Void

    static let all = [
        Benchmark(.journal), Benchmark(.ledger),
        Benchmark(name: "planning", usage: "planning [SNAPSHOT [--out N,…]]") { try benchmarkPlanning(arguments: $0) },
        Benchmark(name: "ssh", usage: "ssh [--targets N …]") { try await benchmarkSSH(arguments: $0) },
    ]
}

extension Benchmark {
    /// A section without arguments.
    private init(_ section: Section) {
        self.init(name: section.name, usage: section.name) { _ in
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
