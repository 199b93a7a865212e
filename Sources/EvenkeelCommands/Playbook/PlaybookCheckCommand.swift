import ArgumentParser
import Foundation
import Playbooks
import SSH
import Subprocess

struct PlaybookCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks playbooks: their form, their scripts' syntax and the files that they upload.",
        discussion: """
            Nothing is run. Every complaint names the file, the line and the fix. Files whose names have variables in them \
            are looked at by `evenkeel stage` and `evenkeel run`, which know the values.

              evenkeel playbook check playbooks/*.yaml
              evenkeel playbook check kernel.yaml --output json

            Exit codes: 0 all are good, 1 one is not, 64 wrong usage.
            """
    )

    @Argument(help: "The playbooks.")
    var files: [String]

    @Option(help: "text or json.")
    var output: OutputFormat = .text

    /// What is known of one file.
    struct Line: Encodable, Sendable {
        struct Problem: Encodable, Sendable {
            var line: Int
            var column: Int
            var path: String
            var message: String
            var fix: String?
        }

        var file: String
        var name: String?
        var problems: [Problem] = []
    }

    func run() async throws {
        try await Evenkeel.reporting {
            var lines: [Line] = []
            for file in files { lines.append(try await Self.check(file)) }
            switch output {
            case .json: Console.result(try Console.json(lines))
            case .text: for line in lines { Self.show(line) }
            }
            let bad = lines.filter { !$0.problems.isEmpty }.count
            if bad > 0 {
                throw CommandFailure("\(bad) of \(lines.count) playbooks cannot be used: correct what is named")
            }
        }
    }

    private static func check(_ file: String) async throws -> Line {
        guard let data = FileManager.default.contents(atPath: file) else {
            let problem = Line.Problem(line: 0, column: 0, path: "", message: "there is no such playbook")
            return Line(file: file, problems: [problem])
        }
        do {
            let playbook = try Playbook.load(file: file, text: String(decoding: data, as: UTF8.self))
            var line = Line(file: file, name: playbook.name)
            for step in playbook.distinctSteps {
                line.problems += try await scriptProblems(step)
                line.problems += try await fileProblems(
                    step,
                    URL(fileURLWithPath: file).deletingLastPathComponent().path
                )
            }
            return line
        } catch let problems as YAMLProblems {
            let found = problems.diagnostics.map {
                Line.Problem(line: $0.line, column: $0.column, path: $0.path, message: $0.message, fix: $0.fix)
            }
            return Line(file: file, problems: found)
        }
    }

    /// The shell's own reading of each script; nothing is run.
    private static func scriptProblems(_ step: PlaybookStep) async throws -> [Line.Problem] {
        var problems: [Line.Problem] = []
        for (kind, text) in step.scripts {
            let result = try await Subprocess.run(
                .name("sh"),
                arguments: ["-n"],
                input: .string(text),
                output: .discarded,
                error: .string(limit: 4_096)
            )
            if result.terminationStatus.isSuccess { continue }
            let words =
                result.standardError.split(whereSeparator: \.isNewline).first.map(String.init) ?? "cannot be read"
            let message = "step \u{201C}\(step.name)\u{201D}, \(kind.rawValue): \(words)"
            problems.append(Line.Problem(line: 0, column: 0, path: "", message: message, fix: "correct the script"))
        }
        return problems
    }

    private static func fileProblems(_ step: PlaybookStep, _ folder: String) async throws -> [Line.Problem] {
        var problems: [Line.Problem] = []
        for upload in step.uploads where upload.file.names?.isEmpty == true {
            let path = upload.file.text.hasPrefix("/") ? upload.file.text : "\(folder)/\(upload.file.text)"
            var message: String?
            do {
                let file = try await SSHLocalFile.open(path)
                if let wanted = upload.sha256, wanted != file.sha256 {
                    message = "\(path) has the SHA-256 digest \(file.sha256), and \(wanted) is wanted"
                }
            } catch let error as SSHError { message = "\(error)" }
            guard let message else { continue }
            problems.append(
                Line.Problem(line: 0, column: 0, path: "", message: "step \u{201C}\(step.name)\u{201D}: \(message)")
            )
        }
        return problems
    }

    private static func show(_ line: Line) {
        if line.problems.isEmpty { Console.result("\(line.file): good") }
        for problem in line.problems {
            let place = problem.line > 0 ? ":\(problem.line):\(problem.column)" : ""
            let path = problem.path.isEmpty ? "" : "\(problem.path): "
            Console.result("\(line.file)\(place): \(path)\(problem.message)\(problem.fix.map { " (\($0))" } ?? "")")
        }
    }
}

extension Playbook {
    /// Each step once, in the order of the file.
    var distinctSteps: [PlaybookStep] {
        stages.flatMap(\.steps).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }
}
