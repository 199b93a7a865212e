import Foundation
import NIOPosix
import Playbooks
import SSH

/// The keys to log in with: an agent's, then files. A file is read once, and its passphrase asked for once.
struct KeyRing {
    typealias Ask = (_ question: String) throws -> String

    private let settings: SSHSettings
    private let agentSocket: String?
    private let ask: Ask?
    private var files: [String: SSHCredential?] = [:]
    private var held: [String: [HostKey]] = [:]

    /// - Parameters:
    ///   - agentSocket: the user's agent; nil where there is none.
    ///   - ask: asks for a passphrase; nil where nobody can be asked.
    init(_ settings: SSHSettings, agentSocket: String?, ask: Ask?) {
        self.settings = settings
        self.agentSocket = agentSocket
        self.ask = ask
    }

    /// - Parameter identity: the only key's file where somebody has named one. An agent that holds that very key spares
    ///   the file and its passphrase.
    mutating func credentials(_ host: SSHConfigHost, identity: String?) async throws -> [SSHCredential] {
        let named = identity.map { [$0] } ?? host.identityFiles
        let paths = named.isEmpty ? [settings.identity] : named
        let socket = socket(host)
        let keys = await keys(of: socket)
        let isRestricted = identity != nil || host.identitiesOnly
        var credentials: [SSHCredential] = []
        if let socket, !keys.isEmpty {
            let wanted = paths.compactMap { try? SSHPrivateKey.outside($0).publicKey }.filter(keys.contains)
            if !isRestricted || !wanted.isEmpty {
                credentials.append(.agent(socket: socket, only: isRestricted ? wanted : nil))
            }
        }
        for path in paths {
            let isThere = FileManager.default.fileExists(atPath: path)
            if !isThere, named.isEmpty, !credentials.isEmpty { continue }
            if let credential = try await file(path, keys) { credentials.append(credential) }
        }
        return credentials
    }

    private func socket(_ host: SSHConfigHost) -> String? {
        guard settings.agent else { return nil }
        return switch host.agent {
        case .environment: agentSocket
        case .socket(let path): path
        case .none: nil
        }
    }

    private mutating func keys(of socket: String?) async -> [HostKey] {
        guard let socket else { return [] }
        if let known = held[socket] { return known }
        let keys = await SSHAgent.keys(socket, on: MultiThreadedEventLoopGroup.singleton)
        held[socket] = keys
        return keys
    }

    /// - Returns: nil for a key that the agent holds. What is wrong with a file is said where it is used.
    private mutating func file(_ path: String, _ held: [HostKey]) async throws -> SSHCredential? {
        if let known = files[path] { return known }
        files[path] = try await read(path, held)
        return files[path] ?? nil
    }

    private func read(_ path: String, _ held: [HostKey]) async throws -> SSHCredential? {
        guard let outside = try? SSHPrivateKey.outside(path) else {
            return .privateKeyFile(path: path, passphrase: nil)
        }
        if let publicKey = outside.publicKey, held.contains(publicKey) { return nil }
        guard outside.isEncrypted, let ask else { return .privateKeyFile(path: path, passphrase: nil) }
        return .privateKey(try await SSHPrivateKey.load(path) { try ask("passphrase of \($0)") })
    }
}
