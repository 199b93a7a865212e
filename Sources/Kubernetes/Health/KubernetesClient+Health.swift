import ClusterModel
import Foundation
import NIOHTTP1
import Ports

/// Looking at a cluster's health. What may not be read is left out and named.
extension KubernetesClient {
    package func healthReport() async throws -> HealthReport {
        var report = HealthReport()
        try await look("the health checks", &report) { try await self.readChecks(&$0) }
        try await look("the deprecated APIs in use, and etcd's size", &report) { report in
            (report.deprecated, report.databaseBytes) = try await self.metrics()
        }
        try await look("the nodes' conditions", &report) { $0.conditions = try await self.nodeConditions() }
        try await look("the pods' states", &report) { $0.pods = try await self.podTroubles() }
        let link = try await transport.link()
        if link.config.server.hasPrefix("https"), case .done(let end) = await PeerCertificate.end(at: link.address) {
            report.serverCertificateEnds = end
        }
        report.clientCertificateEnds = try TLSMaterial.end(of: link.config)
        return report
    }

    private func look(
        _ what: String,
        _ report: inout HealthReport,
        _ body: (inout HealthReport) async throws -> Void
    ) async throws {
        do {
            try await body(&report)
        } catch ControlError.unreachable(let text) {
            throw ControlError.unreachable(text)
        } catch let error as ControlError {
            report.unseen.append("\(what): \(error)")
        }
    }

    /// A failed check makes the whole answer a 500, which says which.
    private func readChecks(_ report: inout HealthReport) async throws {
        for path in ["/readyz", "/livez"] {
            let request = APITransport.Request(path: "\(path)?verbose", purpose: "get \(path)")
            let (answer, asked) = try await persistence.run {
                (try await self.transport.exchange(request), self.time.now)
            }
            if let date = answer.headers.first(name: "Date").flatMap({ Self.instant(httpDate: $0) }) {
                report.clockSkew = date.since(asked)
            }
            guard answer.isSuccess || answer.status == 500 else {
                throw APIStatus(answer).setback(request, at: transport.server).error
            }
            let lines = String(decoding: answer.bytes, as: UTF8.self).split(separator: "\n")
            for check in lines.compactMap({ HealthCheck(line: $0) }) {
                if let index = report.checks.firstIndex(where: { $0.name == check.name }) {
                    report.checks[index].isPassed = report.checks[index].isPassed && check.isPassed
                } else {
                    report.checks.append(check)
                }
            }
        }
    }

    /// Reads an HTTP date, as `Wed, 25 Nov 2026 10:00:00 GMT`.
    static func instant(httpDate text: String) -> Instant? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 6, let month = months.firstIndex(of: String(words[2])) else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Instant(text: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }

    private func metrics() async throws -> ([DeprecatedAPI], Int64?) {
        let request = APITransport.Request(path: "/metrics", purpose: "get /metrics")
        return try await persistence.run {
            var found: Set<DeprecatedAPI> = []
            var bytes: Int64?
            let refusal = try await self.transport.stream(request, opened: {}) { line in
                let text = String(decoding: line, as: UTF8.self)
                if let api = DeprecatedAPI(metric: text) { found.insert(api) }
                // One for each of etcd's endpoints.
                if let size = DatabaseSize.bytes(metric: text) { bytes = max(bytes ?? 0, size) }
                return true
            }
            if let refusal { throw APIStatus(refusal).setback(request, at: self.transport.server) }
            return (found.sorted { ($0.name, $0.removedIn) < ($1.name, $1.removedIn) }, bytes)
        }
    }

    private func nodeConditions() async throws -> [NodeCondition] {
        try await pages(of: "/api/v1/nodes", "list nodes") { cursor in
            let object = try HealthObject(json: &cursor)
            return object.conditions.filter { condition in
                condition.type == "Ready" ? condition.status != "True" : condition.status == "True"
            }
            .map { NodeCondition(node: object.head.name, type: $0.type, status: $0.status, message: $0.message) }
        }
    }

    private func podTroubles() async throws -> [PodTrouble] {
        try await pages(of: "/api/v1/pods", "list pods") { try HealthObject(json: &$0).trouble.map { [$0] } ?? [] }
    }

    /// What `read` finds in each object of a list, which may change between its pages.
    private func pages<Found>(
        of path: String,
        _ purpose: String,
        _ read: (inout JSONCursor) throws -> [Found]
    ) async throws -> [Found] {
        var found: [Found] = []
        var token: String?
        repeat {
            let more = token.map {
                "&continue=\($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            }
            let page = try await requester.get("\(path)?limit=500\(more ?? "")", to: purpose) { cursor in
                var items: [Found] = []
                var next: String?
                try cursor.object { cursor, key in
                    switch key {
                    case "metadata": next = try cursor.map()["continue"]
                    case "items": try cursor.array { items += try read(&$0) }
                    default: try cursor.skip()
                    }
                }
                return (items, next)
            }
            found += page.0
            token = page.1.flatMap { $0.isEmpty ? nil : $0 }
        } while token != nil
        return found
    }
}
