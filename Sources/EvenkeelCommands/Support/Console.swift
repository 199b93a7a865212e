import Foundation

/// Results go to standard output, everything else to standard error.
enum Console {
    static func result(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
    /// A result that brings its own line ends.
    static func output(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
    static func note(_ text: String) { write(text + "\n") }

    /// Characters for standard error as they are.
    /// A terminal that is gone must not end a run.
    @Sendable static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    /// Whether results may carry colour: a terminal, and nobody asked for none (no-color.org).
    static var usesColor: Bool { isatty(1) == 1 && !refusesControl }

    /// The size of the terminal behind standard error; nil where there is none, or none that may be drawn on.
    @Sendable static func liveTerminal() -> TerminalSize? {
        guard isatty(2) == 1, !refusesControl else { return nil }
        var size = winsize()
        guard ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return TerminalSize(columns: 80, rows: 24)
        }
        return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
    }

    private static var refusesControl: Bool {
        let environment = ProcessInfo.processInfo.environment
        return environment["NO_COLOR"] != nil || environment["TERM"] == "dumb"
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
