import NIOCore
import SSH

/// Connections to the jump host, shared by the nodes behind it.
///
/// A session opens one channel at a time, and a jump host may take minutes to find a node dead: so while one
/// connection opens, the next node gets another.
actor JumpPool {
    private struct Entry {
        let connection: SSHConnection
        /// The servers before it, to be closed after it.
        let way: [SSHConnection]
        var isOpening = false
        /// An opening was given up and still occupies it.
        var isStuck = false
        var uses = 0
    }

    /// Every packet costs a look at all of a connection's channels.
    private static let mostUses = 64

    private nonisolated let jumps: [SSHEndpoint]
    private let options: SSHNodeShell.Options
    private let group: any EventLoopGroup
    private var entries: [ObjectIdentifier: Entry] = [:]
    private var isClosed = false

    /// - Parameter jumps: the servers of the way, first to last.
    init(_ jumps: [SSHEndpoint], _ options: SSHNodeShell.Options, on group: any EventLoopGroup) {
        self.jumps = jumps
        self.options = options
        self.group = group
    }

    /// Does something with a connection to the last jump host; with nil where nodes are reached from here.
    nonisolated(nonsending) func withJump<Value>(
        _ body: nonisolated(nonsending) (SSHConnection?) async throws -> Value
    ) async throws -> Value {
        guard !jumps.isEmpty else { return try await body(nil) }
        let jump = try await checkOut()
        do {
            let value = try await body(jump)
            await checkIn(jump, isStuck: false)
            return value
        } catch {
            await checkIn(jump, isStuck: Self.leavesStuck(error))
            throw error
        }
    }

    private static func leavesStuck(_ error: any Error) -> Bool {
        switch error {
        case SSHError.timedOut(_, .connect, _): true
        case is CancellationError: true
        default: false
        }
    }

    func close() async {
        isClosed = true
        let open = entries.values
        entries = [:]
        for entry in open { await Self.close(entry) }
    }

    private static func close(_ entry: Entry) async {
        for connection in [entry.connection] + entry.way.reversed() { await connection.close() }
    }

    private func checkOut() async throws -> SSHConnection {
        for (id, entry) in entries where !entry.connection.isOpen {
            entries[id] = nil
            await Self.close(entry)
        }
        let free = entries.filter { !$0.value.isOpening && !$0.value.isStuck && $0.value.uses < Self.mostUses }
        if let (id, entry) = free.min(by: { $0.value.uses < $1.value.uses }) {
            entries[id]?.isOpening = true
            entries[id]?.uses += 1
            return entry.connection
        }
        let entry = try await dial()
        if isClosed {
            await Self.close(entry)
            throw SSHError.connectionClosed(entry.connection.endpoint)
        }
        entries[ObjectIdentifier(entry.connection)] = entry
        return entry.connection
    }

    private func checkIn(_ connection: SSHConnection, isStuck: Bool) {
        let id = ObjectIdentifier(connection)
        entries[id]?.isOpening = false
        if isStuck { entries[id]?.isStuck = true }
    }

    private func dial() async throws -> Entry {
        var way: [SSHConnection] = []
        do {
            for jump in jumps {
                way.append(
                    try await SSHConnection.connect(
                        to: jump,
                        credentials: options.credentials,
                        hostKeys: options.hostKeys,
                        timeouts: options.timeouts,
                        retry: options.retry,
                        through: way.last,
                        on: group
                    )
                )
            }
        } catch {
            for connection in way.reversed() { await connection.close() }
            throw error
        }
        let last = way.removeLast()
        return Entry(connection: last, way: way, isOpening: true, uses: 1)
    }
}
