// Commands over a real sshd.
import NIOCore
import SSH
import Testing

@Suite struct CommandTests {
    @Test(arguments: [("true", 0), ("exit 3", 3), ("no-such-command-here 2>/dev/null", 127)])
    func `a command's exit status is its result`(command: String, status: Int) async throws {
        let result = try await LoopbackSSHD.connected { try await $0.execute(command) }
        #expect(result.exit == .status(status))
        #expect(result.succeeded == (status == 0))
    }

    @Test func `standard output and standard error stay apart`() async throws {
        let result = try await LoopbackSSHD.connected { try await $0.execute("echo out; echo err >&2; echo more") }
        #expect(result.standardOutput.text == "out\nmore\n")
        #expect(result.standardError.text == "err\n")
        #expect(result.standardOutput.droppedBytes == 0)
    }

    @Test func `standard input beyond the channel's window reaches the command whole`() async throws {
        let input = ByteBuffer(repeating: UInt8(ascii: "x"), count: 5_000_000)
        let result = try await LoopbackSSHD.connected { try await $0.execute("wc -c", standardInput: input) }
        #expect(result.standardOutput.text == "5000000\n")
    }

    @Test func `input comes back unchanged when output flows at the same time`() async throws {
        let text = (0..<400_000).map { "\($0)" }.joined(separator: "\n")
        let result = try await LoopbackSSHD.connected {
            try await $0.execute("cat", standardInput: text, outputLimit: 8_000_000)
        }
        #expect(result.standardOutput.text == text)
    }

    @Test func `a key exchange in the middle of a command loses nothing`() async throws {
        let text = (0..<400_000).map { "\($0)" }.joined(separator: "\n")
        let result = try await LoopbackSSHD.connected(.init(configuration: ["RekeyLimit 500K"])) {
            try await $0.execute("cat", standardInput: text, outputLimit: 8_000_000)
        }
        #expect(result.standardOutput.text == text)
    }

    @Test func `a command that ignores its input still ends`() async throws {
        let input = ByteBuffer(repeating: 0, count: 8_000_000)
        let result = try await LoopbackSSHD.connected { try await $0.execute("exit 4", standardInput: input) }
        #expect(result.exit == .status(4))
    }

    @Test func `output beyond the limit keeps head and tail and counts the rest`() async throws {
        let command = "printf start; head -c 1048576 /dev/zero | tr '\\0' x; printf end"
        let result = try await LoopbackSSHD.connected { try await $0.execute(command, outputLimit: 1_000) }
        let output = result.standardOutput
        #expect(output.head.count == 500)
        #expect(output.tail.count == 500)
        #expect(output.droppedBytes == 1_048_576 + 8 - 1_000)
        #expect(output.text.hasPrefix("startxxx"))
        #expect(output.text.hasSuffix("xxxend"))
    }

    @Test func `output is handed over as it comes, before the command ends`() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: SSHOutput.self)
        try await LoopbackSSHD.connected { connection in
            async let result = connection.execute("echo first; cat >/dev/null; echo late >&2") {
                continuation.yield($0)
            }
            var outputs = stream.makeAsyncIterator()
            #expect(await outputs.next() == .standardOutput(Array("first\n".utf8)))
            #expect(await outputs.next() == .standardError(Array("late\n".utf8)))
            let end = try await result
            #expect(end.succeeded)
        }
    }

    @Test(arguments: ["TERM", "KILL"])
    func `a killed command reports its signal`(signal: String) async throws {
        let result = try await LoopbackSSHD.connected { try await $0.execute("kill -\(signal) $$") }
        #expect(result.exit == .signal(signal))
        #expect(!result.succeeded)
    }

    @Test func `an exit status survives a command that closes its streams early`() async throws {
        let result = try await LoopbackSSHD.connected {
            try await $0.execute("exec >&- 2>&- <&-; sleep 0.3; exit 9")
        }
        #expect(result.exit == .status(9))
    }

    @Test func `a command that takes too long is given up and the connection goes on`() async throws {
        try await LoopbackSSHD.connected { connection in
            let limit = Duration.milliseconds(200)
            await #expect(throws: SSHError.commandTimedOut(connection.endpoint, after: limit)) {
                try await connection.execute("exec sleep 60", timeout: limit)
            }
            let next = try await connection.execute("echo alive", timeout: .seconds(30))
            #expect(next.standardOutput.text == "alive\n")
        }
    }

    @Test func `a timed-out flood of output does not disturb the next command`() async throws {
        try await LoopbackSSHD.connected { connection in
            let limit = Duration.milliseconds(200)
            await #expect(throws: SSHError.commandTimedOut(connection.endpoint, after: limit)) {
                try await connection.execute("yes", timeout: limit, outputLimit: 10)
            }
            let next = try await connection.execute("echo alive")
            #expect(next.standardOutput.text == "alive\n")
        }
    }

    @Test func `a cancelled command ends at once and the connection goes on`() async throws {
        try await LoopbackSSHD.connected { connection in
            let (started, continuation) = AsyncStream.makeStream(of: Void.self)
            let command = Task {
                try await connection.execute("echo started; exec sleep 60") { _ in continuation.yield() }
            }
            var starts = started.makeAsyncIterator()
            await starts.next()
            command.cancel()
            await #expect(throws: CancellationError.self) { try await command.value }
            let next = try await connection.execute("exit 5")
            #expect(next.exit == .status(5))
        }
    }

    @Test func `twenty commands at once each get their own output`() async throws {
        try await LoopbackSSHD.connected { connection in
            let outputs = try await Self.numbers(1...20, on: connection)
            #expect(outputs == (1...20).map { "\($0)\n" })
        }
    }

    @Test(arguments: [1, 3])
    func `a server with few sessions runs many commands one after another`(limit: Int) async throws {
        try await LoopbackSSHD.connected(.init(configuration: ["MaxSessions \(limit)"])) { connection in
            let outputs = try await Self.numbers(1...12, on: connection)
            #expect(outputs == (1...12).map { "\($0)\n" })
        }
    }

    @Test func `a server that allows no session refuses the channel`() async throws {
        try await LoopbackSSHD.connected(.init(configuration: ["MaxSessions 0"])) { connection in
            let error = await #expect(throws: SSHError.self) { try await connection.execute("true") }
            guard case .channelRefused(connection.endpoint, _) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
        }
    }

    @Test func `two hundred commands in a row use one connection`() async throws {
        try await LoopbackSSHD.connected { connection in
            for number in 0..<200 {
                let result = try await connection.execute("exit \(number % 7)")
                #expect(result.exit == .status(number % 7))
            }
        }
    }

    @Test func `a server that dies in a command is a lost connection`() async throws {
        try await LoopbackSSHD.connected { connection in
            let error = await #expect(throws: SSHError.self) {
                try await connection.execute("kill -9 $PPID; sleep 60")
            }
            guard case .connectionLost(connection.endpoint, _) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
            #expect(!connection.isOpen)
            await #expect(throws: SSHError.self) { try await connection.execute("true") }
        }
    }

    @Test func `closing ends what runs and refuses what comes`() async throws {
        try await LoopbackSSHD.run { server in
            let connection = try await server.connect()
            let (started, continuation) = AsyncStream.makeStream(of: Void.self)
            let command = Task { try await connection.execute("echo; sleep 60") { _ in continuation.yield() } }
            var starts = started.makeAsyncIterator()
            await starts.next()
            await connection.close()
            await connection.close()
            #expect(!connection.isOpen)
            await #expect(throws: SSHError.connectionClosed(server.endpoint)) { try await command.value }
            await #expect(throws: SSHError.connectionClosed(server.endpoint)) { try await connection.execute("true") }
        }
    }

    @Test func `an idle connection answers the server's keep-alive requests`() async throws {
        let impatient = ["ClientAliveInterval 1", "ClientAliveCountMax 1"]
        try await LoopbackSSHD.run(.init(configuration: impatient)) { server in
            let (idle, clock) = (try await server.connect(), try await server.connect())
            _ = try await idle.execute("true")
            _ = try await clock.execute("sleep 4")
            let next = try await idle.execute("exit 2")
            #expect(next.exit == .status(2))
            await idle.close()
            await clock.close()
        }
    }

    private static func numbers(_ range: ClosedRange<Int>, on connection: SSHConnection) async throws -> [String] {
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in range {
                group.addTask {
                    (number, try await connection.execute("sleep 0.05; echo \(number)").standardOutput.text)
                }
            }
            var outputs: [Int: String] = [:]
            for try await (number, text) in group { outputs[number] = text }
            return range.map { outputs[$0] ?? "" }
        }
    }
}
