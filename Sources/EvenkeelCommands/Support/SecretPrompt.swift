import Foundation
import Playbooks

/// Asks for secrets on a terminal that does not show them.
enum SecretPrompt {
    /// Whether somebody sits there who can be asked.
    static var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 }

    /// - Throws: `CommandFailure` with the code of an interruption at Ctrl-C.
    static func ask(for input: PlaybookInput) throws -> String {
        let about = input.description.isEmpty ? "" : " (\(input.description))"
        return try ask("\(input.name)\(about)")
    }

    /// - Parameter what: what is asked for.
    static func ask(_ what: String) throws -> String {
        try withSilentTerminal {
            // Asked once nothing shows any more, and nothing that is typed from now on is thrown away.
            Console.write("\(what), not shown: ")
            defer { Console.write("\n") }
            var line = SecretLine()
            var byte: UInt8 = 0
            while line.end == nil, read(0, &byte, 1) == 1 { line.take(byte) }
            if line.end == .interrupted {
                throw CommandFailure("interrupted: nothing was changed", code: .interrupted)
            }
            return line.text
        }
    }

    /// Ctrl-C comes as a character too: a signal would end the program before the terminal is as it was.
    private static func withSilentTerminal<Value>(_ body: () throws -> Value) throws -> Value {
        var before = termios()
        guard tcgetattr(0, &before) == 0 else { throw CommandFailure("the terminal cannot be set: use --input-file") }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        guard tcsetattr(0, TCSAFLUSH, &silent) == 0 else {
            throw CommandFailure("the terminal cannot be set: use --input-file")
        }
        defer { _ = tcsetattr(0, TCSAFLUSH, &before) }
        return try body()
    }
}

/// A line as it is typed, byte by byte.
struct SecretLine: Hashable, Sendable {
    enum End: Hashable, Sendable { case complete, interrupted }

    private var bytes: [UInt8] = []
    private(set) var end: End?

    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func take(_ byte: UInt8) {
        switch byte {
        case 0x0A, 0x0D, 0x04: end = .complete
        case 0x03: end = .interrupted
        case 0x7F, 0x08: eraseCharacter()
        // Ctrl-U.
        case 0x15: bytes = []
        default: bytes.append(byte)
        }
    }

    /// The bytes of one character of UTF-8: those that continue it, and the one that begins it.
    private mutating func eraseCharacter() {
        while let last = bytes.popLast(), last & 0xC0 == 0x80 {}
    }
}
