// The parts that need no machine.
import SSH
import Synchronization
import Testing

@testable import NodeAccess

@Suite struct ScriptEndTests {
    @Test(arguments: [
        (ScriptEnd.exited(.status(0), elapsed: .seconds(700)), nil),
        (.exited(.status(3), elapsed: .seconds(700)), "exit status 3"),
        (.exited(.status(124), elapsed: .seconds(599)), "exit status 124"),
        (.exited(.status(124), elapsed: .seconds(600)), "ran out of time after 10m"),
        (.exited(.status(137), elapsed: .seconds(611)), "ran out of time after 10m"),
        (.exited(.signal("KILL"), elapsed: .seconds(5)), "killed by signal KILL"),
        (.exited(.signal("KILL"), elapsed: .seconds(610)), "ran out of time after 10m"),
        (.exited(.signal("SEGV"), elapsed: .seconds(610)), "killed by signal SEGV"),
        (.overdue, "ran out of time after 10m"),
    ])
    func `an end is a failure's line or none`(end: ScriptEnd, line: String?) {
        #expect(end.failure(limit: .seconds(600)) == line)
    }
}

@Suite struct OutputTailTests {
    private func shown(_ text: String, secrets: [String]) -> String {
        let tail = OutputTail(secrets: secrets)
        tail.append(Array(text.utf8))
        return tail.text
    }

    @Test(arguments: [
        ("nothing here", ["token"], "nothing here"),
        ("a=token b=token", ["token"], "a=••• b=•••"),
        ("token", ["", "token"], "•••"),
        ("tokens", ["token", "tokens"], "•••"),
        ("abcd", ["abc", "bcd"], "•••"),
        ("aaaa", ["aaa"], "•••"),
        ("two\nlines", ["two\nlines"], "•••"),
        ("short", ["much longer than that"], "short"),
        ("é", ["é"], "•••"),
    ])
    func `secrets become dots`(text: String, secrets: [String], expected: String) {
        #expect(shown(text, secrets: secrets) == expected)
    }

    @Test func `a secret is found across the pieces it arrives in`() {
        let tail = OutputTail(secrets: ["hunter2"])
        for byte in "x=hunter2;".utf8 { tail.append(.standardOutput([byte])) }
        #expect(tail.text == "x=•••;")
    }

    @Test func `no part of a secret is shown where the output was cut`() {
        let secret = "0123456789"
        for shift in 0..<24 {
            let tail = OutputTail(secrets: [secret])
            tail.append(Array(String(repeating: "-", count: 40_000).utf8))
            let rest = String(repeating: "x", count: OutputTail.limit - 12 + shift)
            tail.append(Array((secret + rest).utf8))
            let digits = tail.text.filter { ("0"..."9").contains($0) }
            #expect(digits.isEmpty, "shift \(shift)")
            #expect(tail.text.utf8.count <= OutputTail.limit)
        }
    }

    @Test func `the end of long output is kept, from a whole character`() {
        let text = "x" + String(repeating: "€", count: 20_000)
        let end = shown(text, secrets: [])
        #expect(end.utf8.count == OutputTail.limit - OutputTail.limit % 3)
        #expect(end.allSatisfy { $0 == "€" })
    }

    @Test func `much output in many pieces keeps its end`() {
        let tail = OutputTail(secrets: ["never"])
        let lines = (0..<40_000).map { "line \($0)\n" }
        for line in lines { tail.append(Array(line.utf8)) }
        #expect(tail.text.utf8.count == OutputTail.limit)
        #expect(lines.joined().hasSuffix(tail.text))
    }

    @Test func `bytes that are no text are replaced and still bounded`() {
        let tail = OutputTail(secrets: [])
        tail.append([UInt8](repeating: 0xFF, count: OutputTail.limit))
        #expect(tail.text.utf8.count <= OutputTail.limit)
        #expect(tail.text.allSatisfy { $0 == "\u{FFFD}" })
    }
}

@Suite struct LoginGateTests {
    private struct Refused: Error {}

    private final class Crowd: Sendable {
        private let state = Mutex((now: 0, most: 0, entries: 0))

        var now: Int { state.withLock { $0.now } }
        var most: Int { state.withLock { $0.most } }
        var entries: Int { state.withLock { $0.entries } }

        func enter() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1), $0.entries + 1) } }
        func leave() { state.withLock { $0.now -= 1 } }
    }

    @Test func `no more are inside than there are places, and all get in`() async throws {
        let gate = LoginGate(places: 3)
        let crowd = Crowd()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<60 {
                group.addTask {
                    try await gate.withPlace {
                        crowd.enter()
                        for _ in 0..<20 { await Task.yield() }
                        crowd.leave()
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(crowd.entries == 60)
        #expect(crowd.most <= 3)
        #expect(crowd.now == 0)
    }

    @Test func `a cancelled task gives up waiting and takes no place`() async throws {
        let gate = LoginGate(places: 1)
        try await gate.withPlace {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        await #expect(throws: CancellationError.self) {
                            try await gate.withPlace { Issue.record("was let in") }
                        }
                    }
                }
                await Task.yield()
                group.cancelAll()
            }
        }
        #expect(try await gate.withPlace { "free" } == "free")
    }

    @Test func `a place is given back after an error`() async throws {
        let gate = LoginGate(places: 1)
        await #expect(throws: Refused.self) { try await gate.withPlace { throw Refused() } }
        #expect(try await gate.withPlace { "free" } == "free")
    }
}
