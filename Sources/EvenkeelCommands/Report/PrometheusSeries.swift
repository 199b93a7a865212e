import ArgumentParser
import AsyncHTTPClient
import ClusterModel
import Foundation
import NIOCore
import NIOHTTP1
import Playbooks
import Reliability
import Watching

/// A Prometheus that knows when a workload was up.
struct PrometheusOptions: ParsableArguments {
    @Option(help: "The URL of a Prometheus to ask how available workloads were; needs --query.")
    var prometheus: String?

    @Option(
        help: """
            NAMESPACE/NAME=QUERY: the workload is up where every value of the query is 1 at least. May be given several \
            times.
            """
    )
    var query: [String] = []

    var isGiven: Bool { prometheus != nil || !query.isEmpty }

    mutating func validate() throws {
        if (prometheus == nil) != query.isEmpty { throw ValidationError("--prometheus and --query go together") }
    }

    /// What the settings name, and what the command line adds to it.
    func series(_ settings: SiteSettings) throws -> PrometheusSeries {
        var series = PrometheusSeries(named: settings.probes.filter { !$0.isActive })
        for text in query {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, parts[0].split(separator: "/").count == 2, let prometheus else {
                throw CommandFailure("--query \(text): write it as NAMESPACE/NAME=QUERY", code: .usage)
            }
            series.asked.append(
                ProbeSettings(
                    workload: parts[0],
                    name: parts[1],
                    target: .prometheus(query: parts[1], server: prometheus, atLeast: 1),
                    interval: .seconds(15)
                )
            )
        }
        return series
    }
}

/// What a Prometheus recorded of workloads, step by step.
struct PrometheusSeries {
    /// In the settings; one that cannot be asked is said, and left out.
    var named: [ProbeSettings] = []
    /// On the command line; one that cannot be asked is an error.
    var asked: [ProbeSettings] = []

    /// Prometheus gives 11,000 points at most.
    private static let pointsAtOnce: Int64 = 10_000
    private static let patience = TimeAmount.seconds(30)

    func records(in window: Interval) async throws -> [ProbeRecord] {
        var records: [ProbeRecord] = []
        for probe in asked { records.append(try await record(probe, window)) }
        for probe in named {
            do { records.append(try await record(probe, window)) } catch let error as CommandFailure {
                Console.note("evenkeel: \(probe.workload): left out: \(error)")
            }
        }
        return records
    }

    private func record(_ probe: ProbeSettings, _ window: Interval) async throws -> ProbeRecord {
        guard case .prometheus(let query, let server, let least) = probe.target else {
            return ProbeRecord(ProbeID(probe), sources: [])
        }
        var fold = ProbeFold(every: probe.interval)
        let step = probe.interval.milliseconds
        // Round moments, so that the same question has the same answer whenever it is asked.
        var start = (window.start.milliseconds + step - 1) / step * step
        while start < window.end.milliseconds {
            let end = min(start + (Self.pointsAtOnce - 1) * step, window.end.milliseconds - 1)
            for point in try await points(query, server, from: start, to: end, step: step) {
                let isUp = point.lowest >= least
                fold.take(isUp ? .good(.zero) : .failed, at: Instant(milliseconds: point.at))
            }
            start += Self.pointsAtOnce * step
        }
        return ProbeRecord(ProbeID(probe), sources: [fold.changes()])
    }

    private func points(
        _ query: String,
        _ server: String,
        from start: Int64,
        to end: Int64,
        step: Int64
    ) async throws -> [(at: Int64, lowest: Double)] {
        var parts = URLComponents(string: server + "/api/v1/query_range")
        parts?.queryItems = [
            URLQueryItem(name: "query", value: query), URLQueryItem(name: "start", value: "\(Double(start) / 1000)"),
            URLQueryItem(name: "end", value: "\(Double(end) / 1000)"),
            URLQueryItem(name: "step", value: "\(Double(step) / 1000)"),
        ]
        // A plus sign would be read as a space.
        guard let url = parts?.string?.replacing("+", with: "%2B") else {
            throw CommandFailure("\(server): is no URL: write it as http://prometheus:9090")
        }
        let (status, body) = try await Self.answer(url, server)
        guard let document = try? JSONDecoder().decode(Document.self, from: body) else {
            throw CommandFailure("\(server): answers \(status), and no JSON of a Prometheus: check the URL")
        }
        guard let data = document.data else {
            throw CommandFailure("\(server): \(document.error ?? "answers \(status)"): correct the query `\(query)`")
        }
        return data.lowest
    }

    private static func answer(_ url: String, _ server: String) async throws -> (UInt, Data) {
        do {
            let answer = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: patience)
            let body = try await answer.body.collect(upTo: 1 << 26)
            return (answer.status.code, Data(body.readableBytesView))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw CommandFailure("\(server): cannot be asked (\(error)): is it the URL of a Prometheus?")
        }
    }
}

extension PrometheusSeries {
    /// The answer to a range query (Prometheus HTTP API, `/api/v1/query_range`): a matrix.
    private struct Document: Decodable {
        var data: Matrix?
        var error: String?
    }

    private struct Matrix: Decodable {
        var result: [Series]

        /// Of all series together, at each moment that any of them has a value for; a value that is no number is low.
        var lowest: [(at: Int64, lowest: Double)] {
            var lowest: [Int64: Double] = [:]
            for value in result.flatMap(\.values) {
                let known = lowest[value.at] ?? .infinity
                lowest[value.at] = value.value.isNaN ? -.infinity : min(known, value.value)
            }
            return lowest.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
    }

    private struct Series: Decodable {
        var values: [Point]
    }

    /// `[ seconds, "value" ]`.
    private struct Point: Decodable {
        var at: Int64
        var value: Double

        init(from decoder: any Decoder) throws {
            var list = try decoder.unkeyedContainer()
            at = Int64((try list.decode(Double.self) * 1000).rounded())
            value = Double(try list.decode(String.self)) ?? .nan
        }
    }
}
