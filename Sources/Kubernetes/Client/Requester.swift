import Ports

/// Asks, repeats what may be repeated, and reads the answer.
struct Requester: Sendable {
    let transport: APITransport
    let persistence: Persistence

    /// - Parameter purpose: the verb and the resource, for messages.
    func get<Value>(
        _ path: String,
        to purpose: String,
        reading: (inout JSONCursor) throws -> Value
    ) async throws -> Value {
        let request = APITransport.Request(path: path, purpose: purpose)
        return try await persistence.run { try await transport.read(request, reading) }
    }
}

extension APITransport {
    /// One exchange whose answer must be a success.
    ///
    /// - Throws: `Setback`.
    func read<Value>(_ request: Request, _ body: (inout JSONCursor) throws -> Value) async throws -> Value {
        let answer = try await exchange(request)
        guard answer.isSuccess else { throw APIStatus(answer).setback(request, at: server) }
        return try answer.read(for: request, at: server, body)
    }
}

extension APITransport.Answer {
    func read<Value>(
        for request: APITransport.Request,
        at server: String,
        _ body: (inout JSONCursor) throws -> Value
    ) throws -> Value {
        do {
            return try bytes.withUnsafeBufferPointer { buffer in
                var cursor = JSONCursor(buffer)
                return try body(&cursor)
            }
        } catch let error as JSONError {
            let line = "\(server): answered \u{201C}\(request.purpose)\u{201D} with \(error): is it a Kubernetes API?"
            throw Setback(error: .unexpected(line), mayPass: error.fault == .truncated)
        }
    }
}
