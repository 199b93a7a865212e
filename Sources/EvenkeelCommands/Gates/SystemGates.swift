import AsyncHTTPClient
import ClusterModel
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Playbooks
import Ports

/// Looks at gates from this machine.
struct SystemGates: GateWatch {
    private static let patience: Int64 = 10

    func obstacle(
        at gate: GateSettings,
        variables: [String: String],
        in cluster: Cluster?
    ) async throws -> String? {
        do {
            switch gate.kind {
            case .http(let url): return try await http(url)
            case .tcp(let host, let port): return try await tcp(host, port)
            case .prometheus(let query, let server, let below, let above):
                return try await prometheus(query, server, below, above)
            case .command(let script): return try await LocalCommand.failure(of: script, variables: variables)
            case .controlPlane: return controlPlane(cluster)
            case .approval(let file):
                let isThere = FileManager.default.fileExists(atPath: file)
                return isThere ? nil : "waits for a person: `touch \(file)` approves"
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            return "\(error)"
        }
    }

    private func http(_ url: String) async throws -> String? {
        let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(Self.patience))
        let code = answer.status.code
        _ = try await answer.body.collect(upTo: 1 << 20)
        return (200..<400).contains(code) ? nil : "\(url) answers \(code)"
    }

    private func tcp(_ host: String, _ port: Int) async throws -> String? {
        do {
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.seconds(Self.patience)).connect(host: host, port: port).get()
            try await channel.close()
            return nil
        } catch let error as NIOConnectionError {
            let tries = error.connectionErrors.map(\.error)
            if tries.isEmpty { return "\(host) has no address" }
            let isSilent = tries.contains { $0 is ChannelError }
            return "\(host):\(port) \(isSilent ? "does not answer" : "refuses the connection")"
        } catch is IOError {
            return "\(host):\(port) refuses the connection"
        } catch is ChannelError {
            return "\(host):\(port) does not answer"
        }
    }

    private func prometheus(
        _ query: String,
        _ server: String,
        _ below: Double?,
        _ above: Double?
    ) async throws -> String? {
        var parts = URLComponents(string: server + "/api/v1/query")
        parts?.queryItems = [URLQueryItem(name: "query", value: query)]
        // A plus sign would be read as a space.
        guard let url = parts?.string?.replacing("+", with: "%2B") else { return "\(server) is no URL" }
        let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(Self.patience))
        let body = try await answer.body.collect(upTo: 1 << 22)
        guard answer.status.code == 200 else { return "\(server) answers \(answer.status.code)" }
        guard let values = PrometheusAnswer.values(in: Data(body.readableBytesView)) else {
            return "\(server) gives no instant vector for the query"
        }
        return PrometheusAnswer.obstacle(in: values, below: below, above: above)
    }

    private func controlPlane(_ cluster: Cluster?) -> String? {
        guard let cluster else { return "the cluster has not been seen yet" }
        let lost = cluster.nodes.first { $0.isControlPlane && !$0.ready }
        return lost.map { "the control-plane node \($0.name) is not Ready" }
    }
}

/// The answer to an instant query (Prometheus HTTP API, `/api/v1/query`): a vector, or a scalar.
enum PrometheusAnswer {
    private struct Document: Decodable {
        struct Body: Decodable {
            var resultType: String
            var result: [Item]
        }

        var data: Body
    }

    private struct Scalar: Decodable {
        struct Body: Decodable {
            var result: Point
        }

        var data: Body
    }

    private struct Item: Decodable {
        var value: Point
    }

    /// `[ time, "value" ]`.
    private struct Point: Decodable {
        var value: Double?

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            _ = try list.decode(Double.self)
            value = Double(try list.decode(String.self))
        }
    }

    static func values(in data: Data) -> [Double]? {
        let decoder = JSONDecoder()
        if let document = try? decoder.decode(Document.self, from: data) {
            return document.data.result.compactMap(\.value.value)
        }
        return (try? decoder.decode(Scalar.self, from: data)).map { [$0.data.result.value].compactMap { $0 } }
    }

    /// Nothing measured is no proof that all is well; neither is a value that is no number.
    static func obstacle(in values: [Double], below: Double?, above: Double?) -> String? {
        if values.isEmpty { return "the query has no value" }
        for value in values {
            if value.isNaN { return "the query's value is no number" }
            if let below, value >= below { return "the query's value is \(value), not below \(below)" }
            if let above, value <= above { return "the query's value is \(value), not above \(above)" }
        }
        return nil
    }
}
