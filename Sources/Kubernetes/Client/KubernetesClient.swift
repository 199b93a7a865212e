package import ClusterModel
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
package import Ports

/// A cluster's API, spoken to over HTTP.
package final class KubernetesClient: Sendable {
    let transport: APITransport
    let time: any Timepiece
    /// `policy/v1` or, before Kubernetes 1.21, `policy/v1beta1`.
    let policyVersion: String
    package let serverVersion: Version?
    /// The kubeconfig's context.
    package let context: String

    /// Reaches the server and learns what it serves.
    ///
    /// - Throws: `ControlError`, one line each.
    package static func connect(
        _ config: Kubeconfig,
        userAgent: String,
        time: any Timepiece
    ) async throws -> KubernetesClient {
        let transport = try APITransport(config, userAgent: userAgent)
        do {
            try checkExpiry(of: config, at: time.now)
            let probe = Requester(transport: transport, time: time)
            let version = try await probe.get("/version", as: "read the server's version").map()
            let group = try await probe.get("/apis/policy", as: "find the policy API").text
            return KubernetesClient(
                transport: transport,
                time: time,
                policyVersion: group.contains("\"policy/v1\"") ? "policy/v1" : "policy/v1beta1",
                serverVersion: Version(version["gitVersion"] ?? ""),
                context: config.context
            )
        } catch {
            try? await transport.shutdown()
            throw error
        }
    }

    private init(
        transport: APITransport,
        time: any Timepiece,
        policyVersion: String,
        serverVersion: Version?,
        context: String
    ) {
        self.transport = transport
        self.time = time
        self.policyVersion = policyVersion
        self.serverVersion = serverVersion
        self.context = context
    }

    package func shutdown() async throws { try await transport.shutdown() }

    var requester: Requester { Requester(transport: transport, time: time) }

    private static func checkExpiry(of config: Kubeconfig, at now: Instant) throws {
        guard let material = config.certificate,
            let certificate = try? NIOSSLCertificate.fromPEMBytes(Array(material.pem.utf8)).first
        else { return }
        let end = Instant(milliseconds: Int64(certificate.notValidAfter) * 1000)
        guard end < now else { return }
        throw ControlError.refused(
            "\(material.source): the client certificate expired at \(end): renew it and copy the new kubeconfig"
        )
    }
}

/// Asks again what may be asked again, and gives up after some thirty seconds.
struct Requester: Sendable {
    let transport: APITransport
    let time: any Timepiece

    struct Document: Sendable {
        var bytes: [UInt8]
        var text: String { String(decoding: bytes, as: UTF8.self) }

        func read<Value>(_ body: (inout JSONCursor) throws -> Value) throws -> Value {
            try bytes.withUnsafeBufferPointer { buffer in
                var cursor = JSONCursor(buffer)
                return try body(&cursor)
            }
        }

        func map() throws -> [String: String] { try read { try $0.map() } }
    }

    private static let pauses: [Duration] = [.milliseconds(200), .seconds(1), .seconds(3), .seconds(6), .seconds(10)]

    func get(_ path: String, as what: String) async throws -> Document {
        var last: (any Error)?
        for pause in Self.pauses + [.zero] {
            do {
                let answer = try await transport.send(.GET, path)
                let bytes = try await answer.bytes()
                if answer.status < 300 { return Document(bytes: bytes) }
                throw APIStatus(answer.status, answer.headers, bytes).error(doing: what, at: transport.server)
            } catch let error as ControlError {
                guard case .unreachable(let line) = error, !line.contains("connection refused") else { throw error }
                last = error
            }
            if pause > .zero { try await time.sleep(until: time.now + pause) }
        }
        throw last ?? ControlError.unreachable("\(transport.server): no answer")
    }
}
