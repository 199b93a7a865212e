import AsyncHTTPClient
import ClusterModel
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NodeAccess
import Playbooks
import Ports
import SSH

/// The ways through nodes to what can be seen from there only.
///
/// Where the way itself is broken a look was missed: that says nothing of the workload.
actor ProbePassage {
    private struct Way {
        var forwarding: SSHForwarding
        var web: HTTPClient
    }

    private let shell: SSHNodeShell
    private let nodes: [String: NodeTarget]
    private var ways: [String: Way] = [:]
    private var dialling: Set<String> = []

    /// A node that does not answer within this time is not there.
    private static let patience = Duration.seconds(2)

    init(_ shell: SSHNodeShell, nodes: [String: NodeTarget]) {
        self.shell = shell
        self.nodes = nodes
    }

    /// Whether there is a connection to the node; while one is made, others do not wait for it.
    func isOpen(to node: String) async throws -> Bool {
        guard let target = nodes[node] else { return false }
        if await shell.isConnected(to: target) { return true }
        guard dialling.insert(node).inserted else { return false }
        defer { dialling.remove(node) }
        do {
            try await shell.connect(target)
            return true
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return false
        }
    }

    func look(_ probe: ProbeSettings, from node: String) async throws -> SystemProber.Finding {
        guard let target = nodes[node] else { return .missed }
        do {
            switch probe.target {
            case .http(let url, let statuses, let body):
                return try await web(url, statuses, body, probe.timeout, target)
            case .tcp(let host, let port):
                try await shell.knock(at: host, port: port, from: target, limit: probe.timeout)
                return .good
            case .command(let script):
                let result = try await shell.look(script, on: target, timeout: probe.timeout)
                return result.succeeded ? .good : .failed
            case .prometheus: return .missed
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch SSHError.forwardingRefused {
            return .failed
        } catch SSHError.timedOut(_, .forwarding, _), SSHError.commandTimedOut {
            return await shell.isThere(target, within: Self.patience) ? .failed : .missed
        } catch {
            return .missed
        }
    }

    func shutdown() async throws {
        for way in ways.values { try await way.web.shutdown() }
        ways = [:]
        await shell.close()
    }

    // MARK: Web

    private func web(
        _ text: String,
        _ statuses: ClosedRange<Int>,
        _ body: String?,
        _ limit: Duration,
        _ target: NodeTarget
    ) async throws -> SystemProber.Finding {
        guard var url = URLComponents(string: text), let host = url.host else { return .missed }
        let port = url.port ?? (url.scheme == "https" ? 443 : 80)
        let way = try await way(to: host, port, target)
        let name = url.port.map { "\(host):\($0)" } ?? host
        url.port = way.forwarding.port
        let request = WebLook(url: url.string ?? text, statuses: statuses, body: body, host: name)
        do {
            if try await SystemProber.within(limit, { try await request.holds(through: way.web) }) == true {
                return .good
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // Whether the workload or the way failed is found out below.
        }
        guard way.forwarding.isOpen else { return .missed }
        return await shell.isThere(target, within: Self.patience) ? .failed : .missed
    }

    private func way(to host: String, _ port: Int, _ target: NodeTarget) async throws -> Way {
        let key = "\(target.node) \(host):\(port)"
        if let way = ways[key], way.forwarding.isOpen { return way }
        let forwarding = try await shell.forward(to: host, port: port, from: target)
        if let old = ways.removeValue(forKey: key) { try await old.web.shutdown() }
        var settings = HTTPClient.Configuration(redirectConfiguration: .disallow)
        settings.httpVersion = .http1Only
        settings.dnsOverride = [host: "127.0.0.1"]
        let web = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        let way = Way(forwarding: forwarding, web: web)
        ways[key] = way
        return way
    }
}
