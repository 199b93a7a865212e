import ClusterModel
import Foundation
import Ports
import Synchronization

/// A program that a kubeconfig names to get a token from (`client.authentication.k8s.io`).
package struct CredentialPlugin: Sendable, Hashable {
    package var command: String
    package var arguments: [String]
    /// Added to our own environment.
    package var environment: [String: String]
    package var apiVersion: String
    /// What a site says to whoever does not have the program.
    package var hint: String?
    /// The kubeconfig, for messages.
    package var source: String

    /// Runs the program, which may take a minute.
    func run() async throws -> PluginToken {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command.contains("/") ? command : "/usr/bin/env")
        process.arguments = command.contains("/") ? arguments : [command] + arguments
        let info =
            "{\"apiVersion\":\(quoted(apiVersion)),\"kind\":\"ExecCredential\",\"spec\":{\"interactive\":false}}"
        process.environment = ProcessInfo.processInfo.environment
            .merging(environment) { $1 }.merging(["KUBERNETES_EXEC_INFO": info]) { $1 }
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.standardError
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: refusal("cannot be run"))
            }
        }
        // A token is far smaller than what a pipe holds.
        let bytes = Array(output.fileHandleForReading.availableData)
        guard status == 0 else { throw refusal("ended with code \(status)") }
        return try token(in: bytes)
    }

    private func token(in bytes: [UInt8]) throws -> PluginToken {
        var token: String?
        var expires: String?
        do {
            try bytes.withUnsafeBufferPointer { buffer in
                var cursor = JSONCursor(buffer)
                try cursor.object(at: "status") { cursor in
                    let fields = try cursor.map()
                    token = fields["token"]
                    expires = fields["expirationTimestamp"]
                }
            }
        } catch {
            throw refusal("did not answer with an ExecCredential")
        }
        guard let token, !token.isEmpty else {
            throw refusal("gave no token, and client certificates from it are not supported")
        }
        return PluginToken(text: token, expires: expires.flatMap { Instant(text: $0) })
    }

    private func refusal(_ what: String) -> Setback {
        let more = hint.map { ": \($0)" } ?? ": run it by hand to see why"
        return Setback(error: .refused("\(source): the credential plugin \(command) \(what)\(more)"))
    }
}

struct PluginToken: Sendable {
    var text: String
    var expires: Instant?

    /// A minute before its end it is not worth a request any more.
    func isFresh(at now: Instant) -> Bool { expires.map { now + .seconds(60) < $0 } ?? true }
}

/// Keeps a plugin's token until it ends or is refused.
actor PluginTokens {
    private let plugin: CredentialPlugin
    private let time: any Timepiece
    private var present: PluginToken?
    private var asking: Task<PluginToken, any Error>?

    init(_ plugin: CredentialPlugin, time: any Timepiece) {
        self.plugin = plugin
        self.time = time
    }

    /// The program runs once however many requests wait for it.
    func token() async throws -> String {
        if let present, present.isFresh(at: time.now) { return present.text }
        let task = asking ?? Task { [plugin] in try await plugin.run() }
        asking = task
        defer { asking = nil }
        let token = try await task.value
        present = token
        return token.text
    }

    /// The server does not take this token any more.
    func forget(_ token: String) {
        if present?.text == token { present = nil }
    }
}
