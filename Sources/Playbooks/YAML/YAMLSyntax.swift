import Yams

extension YAMLReport {
    /// Turns what the YAML parser says into one line.
    func addSyntaxError(_ error: any Error, in text: String) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _):
            addSyntaxError(problem, began: context, at: mark, in: text)
        case .composer(let context, let problem, let mark, _):
            let message = context.map { "\($0.text), \(problem)" } ?? problem
            add("not valid YAML: \(message)", line: mark.line, column: mark.column)
        case .reader(let problem, let offset, _, _):
            let before = text.prefix(offset ?? 0)
            let column = before.reversed().prefix { !$0.isNewline }.count + 1
            let line = before.count(where: \.isNewline) + 1
            add("not valid YAML: \(problem)", fix: "save the file as UTF-8 text", line: line, column: column)
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.map { "`\($0)`" }.joined(separator: ", ")
            let mark = context.mark
            let message = "\(names) given more than once in one mapping, first here"
            add(message, fix: "keep one", line: mark.line, column: mark.column)
        default:
            add("not valid YAML: \(error)", line: 1, column: 1)
        }
    }

    private func addSyntaxError(_ problem: String, began: YamlError.Context?, at mark: Mark, in text: String) {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let line = { (mark: Mark) in lines.indices.contains(mark.line - 1) ? lines[mark.line - 1] : "" }
        let sign = { (mark: Mark) in line(mark).dropFirst(mark.column - 1).first }
        let written = line(mark)
        if let tab = written.prefix(while: \.isWhitespace).firstIndex(of: "\t") {
            let column = written.distance(from: written.startIndex, to: tab) + 1
            add("a tab cannot indent YAML", fix: "use spaces", line: mark.line, column: column)
            return
        }
        let origin = began.map { "\($0.text) that began in line \($0.mark.line), " } ?? ""
        let fix = hint(sign: sign(mark)) ?? began.flatMap { hint(sign: sign($0.mark)) }
        add("not valid YAML: \(origin)\(problem)", fix: fix, line: mark.line, column: mark.column)
    }

    /// The usual reason for a complaint about this character, which libYAML does not name.
    private func hint(sign: Character?) -> String? {
        switch sign {
        case ":": "put a text that contains `: ` in quotes, and check the indentation"
        case "@", "`", "%", "!", "*", "&": "put a text that begins with a sign in quotes"
        default: nil
        }
    }
}
