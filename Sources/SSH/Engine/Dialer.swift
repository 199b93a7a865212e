// The TCP connection under a session.
import NIOCore
import NIOPosix

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Opens TCP connections that carry a ``SessionEngine``.
struct Dialer: Sendable {
    let endpoint: SSHEndpoint
    let timeouts: SSHTimeouts
    let listedTypes: [String]

    /// A connection whose handshake is still to come.
    func connect(on loop: any EventLoop) async throws -> SSHConnection {
        do {
            let engines = EngineBox.makeEmptyBox(valueType: [ObjectIdentifier: SessionEngine].self, eventLoop: loop)
            let connection = open(on: loop, engines: engines).flatMapThrowing { channel in
                guard let engine = engines.value?[ObjectIdentifier(channel)] else {
                    throw SSHError.connectionClosed(endpoint)
                }
                return SSHConnection(engine)
            }
            return try await Self.abandonable(connection, on: loop)
        } catch {
            throw explain(error)
        }
    }

    /// The engine of each attempt; a host name may lead to several. A pipeline forgets its handlers when the channel
    /// closes, and a busy server may close it before anyone could ask.
    private typealias EngineBox = NIOLoopBoundBox<[ObjectIdentifier: SessionEngine]?>

    private func open(on loop: any EventLoop, engines: EngineBox) -> EventLoopFuture<any Channel> {
        let bootstrap = keepalive(ClientBootstrap(group: loop))
            .connectTimeout(TimeAmount(timeouts.connect))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.writeBufferWaterMark, value: .init(low: 131_072, high: 524_288))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let session = try Session(listedTypes: listedTypes)
                    let engine = SessionEngine(endpoint: endpoint, session: session, loop: channel.eventLoop)
                    engines.value = (engines.value ?? [:]).merging([ObjectIdentifier(channel): engine]) { $1 }
                    try channel.pipeline.syncOperations.addHandler(TCPTransport(engine))
                }
            }
        // An address needs no resolver, which would occupy a thread.
        if let address = try? SocketAddress(ipAddress: endpoint.host, port: endpoint.port) {
            return bootstrap.connect(to: address)
        }
        return bootstrap.connect(host: endpoint.host, port: endpoint.port)
    }

    private func keepalive(_ bootstrap: ClientBootstrap) -> ClientBootstrap {
        let seconds = Int(clamping: max(timeouts.keepalive.components.seconds, 1))
        let probes = 3
        let enabled = bootstrap.channelOption(.socketOption(.so_keepalive), value: 1)
        #if canImport(Darwin)
        return enabled.channelOption(.tcpOption(.init(rawValue: TCP_KEEPALIVE)), value: seconds)
        #else
        // The user timeout covers the case that keep-alive does not: sent bytes that are never acknowledged.
        return
            enabled
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: seconds)
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: seconds)
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: probes)
            .channelOption(.tcpOption(.init(rawValue: TCP_USER_TIMEOUT)), value: seconds * 1_000 * (probes + 1))
        #endif
    }

    /// Waits for a connection. When the task is cancelled first, the connection is closed as soon as it comes.
    private static func abandonable(
        _ opening: EventLoopFuture<SSHConnection>,
        on loop: any EventLoop
    ) async throws -> SSHConnection {
        let promise = loop.makePromise(of: SSHConnection.self)
        let isAbandoned = NIOLoopBoundBox.makeEmptyBox(valueType: Bool.self, eventLoop: loop)
        opening.hop(to: loop).whenComplete { outcome in
            if isAbandoned.value == true {
                if case .success(let connection) = outcome { connection.engine.value.leave() }
            } else {
                isAbandoned.value = false
                promise.completeWith(outcome)
            }
        }
        return try await withTaskCancellationHandler {
            try await promise.futureResult.get()
        } onCancel: {
            loop.execute {
                guard isAbandoned.value == nil else { return }
                isAbandoned.value = true
                promise.fail(CancellationError())
            }
        }
    }

    private func explain(_ error: any Error) -> any Error {
        switch error {
        case let error as SSHError: error
        case is CancellationError: error
        case let error as IOError: explain(error)
        case let error as ChannelError:
            if case .connectTimeout = error {
                SSHError.timedOut(endpoint, .connect, after: timeouts.connect)
            } else {
                SSHError.unreachable(endpoint, reason: String(describing: error))
            }
        case let error as NIOConnectionError: explain(error)
        default: SSHError.unreachable(endpoint, reason: String(describing: error))
        }
    }

    private func explain(_ error: IOError) -> SSHError {
        error.errnoCode == Platform.connectionRefused
            ? .connectionRefused(endpoint)
            : .unreachable(endpoint, reason: Platform.message(ofErrno: error.errnoCode))
    }

    /// A name may stand for several addresses: the last failure speaks for them, or the resolver's.
    private func explain(_ error: NIOConnectionError) -> any Error {
        if let last = error.connectionErrors.last { return explain(last.error) }
        let resolver = error.dnsAError ?? error.dnsAAAAError
        return SSHError.unreachable(endpoint, reason: resolver.map { _ in "the name does not resolve" } ?? "no address")
    }
}
