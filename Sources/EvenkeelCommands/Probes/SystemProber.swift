import AsyncHTTPClient
import ClusterModel
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Playbooks
import Ports
import Reliability

/// Looks at workloads from this machine, or from where a node stands.
struct SystemProber: Prober {
    /// How a look ended.
    enum Finding {
        case good, failed, missed
    }

    private static let longestBody = 1 << 20
    private let web: HTTPClient
    private let passage: ProbePassage?

    /// - Parameter passage: for probes that go through a node.
    init(passage: ProbePassage? = nil) {
        var settings = HTTPClient.Configuration(redirectConfiguration: .disallow)
        settings.httpVersion = .http1Only
        web = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        self.passage = passage
    }

    func shutdown() async throws {
        try await passage?.shutdown()
        try await web.shutdown()
    }

    func look(_ probe: ProbeSettings) async throws -> ProbeLook {
        if let node = probe.via {
            guard let passage, try await passage.isOpen(to: node) else { return .missed }
            return try await Self.measured { try await passage.look(probe, from: node) }
        }
        return try await Self.measured { try await straight(probe) }
    }

    private func straight(_ probe: ProbeSettings) async throws -> Finding {
        do {
            switch probe.target {
            case .http(let url, let statuses, let body):
                let answers = try await Self.within(probe.timeout) {
                    try await WebLook(url: url, statuses: statuses, body: body).holds(through: web)
                }
                return answers == true ? .good : .failed
            case .tcp(let host, let port):
                try await Self.connect(to: host, port, within: probe.timeout)
                return .good
            case .command(let script):
                return try await LocalCommand.failure(of: script, variables: [:], timeout: probe.timeout) == nil
                    ? .good : .failed
            case .prometheus: return .missed
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            if case .command = probe.target { return .missed }
            return Self.isOurFault(error) ? .missed : .failed
        }
    }

    private static func connect(to host: String, _ port: Int, within limit: Duration) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.milliseconds(limit.milliseconds)).connect(host: host, port: port).get()
        try await channel.close()
    }

    /// What says that this machine could not look, and nothing of the other side.
    private static func isOurFault(_ error: any Error) -> Bool {
        let ours = [EMFILE, ENFILE, ENOMEM, ENOBUFS, EADDRNOTAVAIL, ENETDOWN, ENETUNREACH]
        switch error {
        case let error as IOError: return ours.contains(error.errnoCode)
        case let error as NIOConnectionError:
            return !error.connectionErrors.isEmpty && error.connectionErrors.allSatisfy { isOurFault($0.error) }
        default: return false
        }
    }

    private static func measured(_ body: () async throws -> Finding) async throws -> ProbeLook {
        let begun = ContinuousClock.now
        switch try await body() {
        case .good: return .good(begun.duration(to: .now))
        case .failed: return .failed
        case .missed: return .missed
        }
    }

    /// Nil where it takes longer.
    static func within<Value: Sendable>(
        _ limit: Duration,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await ContinuousClock().sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }
}

/// One request, over a connection of its own, as somebody new would send it.
struct WebLook: Sendable {
    var url: String
    var statuses: ClosedRange<Int>
    var body: String?
    /// The server's own name, where the URL leads through a forwarded port.
    var host: String?

    private static let longestBody = 1 << 20

    func holds(through client: HTTPClient) async throws -> Bool {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Connection", value: "close")
        request.headers.add(name: "User-Agent", value: "evenkeel-probe")
        if let host { request.headers.add(name: "Host", value: host) }
        let answer = try await client.execute(request, deadline: .distantFuture)
        guard statuses.contains(Int(answer.status.code)) else { return false }
        guard let body else { return true }
        let text = try await answer.body.collect(upTo: Self.longestBody)
        return String(buffer: text).contains(body)
    }
}
