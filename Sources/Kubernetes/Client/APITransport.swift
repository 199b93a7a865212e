import ClusterModel
import NIOCore
import NIOHTTP1
import Ports

/// Carries requests to the API by one of the ways to it; by the next one where that leads nowhere.
final class APITransport: Sendable {
    private let ways: APIWays
    private let passedOver: @Sendable (String) -> Void

    /// - Parameters:
    ///   - routes: in the order in which they are tried; at least one.
    ///   - passedOver: told why a way was left for another one.
    init(
        _ routes: [any APIRoute],
        userAgent: String,
        time: any Timepiece,
        passedOver: @escaping @Sendable (String) -> Void
    ) {
        ways = APIWays(routes, userAgent: userAgent, time: time)
        self.passedOver = passedOver
    }

    /// The server that was asked last, for messages.
    var server: String { ways.server }

    func shutdown() async { await ways.close() }

    /// The way that requests take now.
    func link() async throws -> APILink {
        do { return try await ways.link() } catch let error as Setback { throw error.error }
    }

    /// Has the way looked at before the next request, and another one taken where there is one.
    func doubt(_ link: APILink) async { await ways.doubt(link) }

    struct Request {
        var method: HTTPMethod = .GET
        var path: String
        /// For messages: the verb and the resource, as roles have them.
        var purpose: String
        var json: String?
        var contentType = "application/json"
        var timeout: TimeAmount = .seconds(20)
        /// Whether the answer may come compressed with gzip, which a server does for big ones only.
        var takesGzip = false
    }

    /// An answer that was read to its end.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var bytes: [UInt8]

        var isSuccess: Bool { (200..<300).contains(status) }
    }

    /// Sends a request and reads the whole answer, a refusal too.
    ///
    /// - Throws: `Setback` where there is none.
    func exchange(_ request: Request) async throws -> Answer {
        try await onSomeWay { link in
            let answer = try await link.exchange(request)
            // It answers, but something behind it does not: the next request may do better elsewhere.
            if answer.status >= 500, ways.count > 1 { await ways.doubt(link) }
            return answer
        }
    }

    /// Sends a request and hands over the lines of its answer as they come, until `take` answers false.
    ///
    /// - Returns: nil after the last line, or the answer where it is a refusal.
    func stream(
        _ request: Request,
        opened: () -> Void,
        _ take: ([UInt8]) async throws -> Bool
    ) async throws -> Answer? {
        try await onSomeWay { try await $0.stream(request, opened: opened, take) }
    }

    /// As long as nothing was sent, each way is tried once; else whoever asks must decide whether it may be repeated.
    private func onSomeWay<Value>(_ body: (APILink) async throws -> Value) async throws -> Value {
        var setbacks: [Setback] = []
        while true {
            do {
                let link = try await ways.link()
                do {
                    let value = try await body(link)
                    for setback in setbacks { passedOver("\(setback.error)") }
                    return value
                } catch let setback as Setback where setback.isServersFault {
                    await ways.doubt(link)
                    throw setback
                }
            } catch let setback as Setback where setback.isServersFault {
                setbacks.append(setback)
                if setback.isUnsent, setbacks.count < ways.count { continue }
                throw Setback(setbacks)
            }
        }
    }
}
