// What an agent holds, asked before anybody logs in.
package import NIOCore

package enum SSHAgent {
    /// The keys of the agent that listens on a socket; none where it cannot be asked.
    package static func keys(_ socket: String, on group: any EventLoopGroup) async -> [HostKey] {
        let loop = group.next()
        guard let agent = try? await AgentConnection.open(socket, on: loop, limit: .seconds(5)) else { return [] }
        let answer = loop.flatSubmit { () -> EventLoopFuture<[AgentKey]> in
            agent.value.identities() ?? loop.makeSucceededFuture([])
        }
        let keys = (try? await answer.get()) ?? []
        loop.execute { agent.value.close() }
        return keys.map(\.publicKey)
    }
}

extension SSHPrivateKey {
    /// What a key's file shows without its passphrase; the public half only in OpenSSH's own format.
    package static func outside(_ path: String) throws(SSHError) -> (publicKey: HostKey?, isEncrypted: Bool) {
        let key = try SSHPrivateKey(path: path, passphrase: "")
        return (key.publicKey, key.isEncrypted)
    }
}
