import ArgumentParser
import ClusterModel
import NIOCore
import NIOPosix
import NodeAccess
import Playbooks
import Ports
import SSH

/// How it is proven that a node's machine is off, and what follows from that.
struct OffOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The node's machine is off, by your word: give the node's name once more. Its pods are then removed without it.",
            valueName: "node"
        )
    )
    var confirmOff: String?

    @Option(
        help: ArgumentHelp(
            "A command of yours that ends with 0 only where the machine is off, as its BMC tells; NODE is in its environment. Besides, the machine must not answer over SSH.",
            valueName: "command"
        )
    )
    var offCheck: String?

    @Flag(help: "Delete the Node object in the end, since the machine does not come back.")
    var deleteNode = false

    /// The node is dead, and is to be emptied without its machine.
    var isAsked: Bool { confirmOff != nil || offCheck != nil }

    func validate() throws {
        if deleteNode, !isAsked {
            throw ValidationError("--delete-node: is for a machine that is off: add --confirm-off or --off-check")
        }
    }

    /// - Returns: the proof in words.
    /// - Throws: `CommandFailure` where the machine is not proven off.
    func prove(_ node: Node, _ settings: SiteSettings, _ reach: ReachOptions) async throws -> String {
        if node.ready {
            throw CommandFailure("\(node.name): its kubelet reports that it is Ready: the machine is not off")
        }
        if let confirmOff {
            guard confirmOff == node.name else {
                throw CommandFailure(
                    "--confirm-off \(confirmOff): is not the node to drain, \(node.name)",
                    code: .usage
                )
            }
            if offCheck == nil { return "by the word of \(Operator.name)" }
        }
        let command = offCheck ?? ""
        if let failure = try await LocalCommand.failure(of: command, variables: ["NODE": node.name]) {
            throw CommandFailure("\(node.name): is not proven off by `\(command)`: \(failure)")
        }
        try await requireSilence(of: node, settings, reach)
        return "by `\(command)`, and it does not answer over SSH"
    }

    /// Only the silence of its own address proves anything: a refused connection, a wrong key or a refused login come from a
    /// machine that runs, and a name that is not found or a jump host that fails say nothing of it.
    private func requireSilence(of node: Node, _ settings: SiteSettings, _ reach: ReachOptions) async throws {
        var access = try SSHAccess(settings, reach)
        let target = access.target(node.name, labels: node.labels, address: node.address)
        let options = try await access.options()
        let shell = SSHNodeShell(options, time: SystemTime(), on: MultiThreadedEventLoopGroup.singleton)
        let answer: String?
        do {
            try await shell.reach(target)
            answer = "it lets \(target.ssh.user) log in"
        } catch SSHError.timedOut(let endpoint, .connect, _) where endpoint.host == target.ssh.host {
            answer = nil
        } catch SSHError.unreachable(let endpoint, _)
            where endpoint.host == target.ssh.host && Self.isFound(endpoint.host)
        {
            answer = nil
        } catch {
            answer = "\(error)"
        }
        await shell.close()
        if let answer {
            throw CommandFailure("\(node.name): is not proven off, as SSH does not meet silence: \(answer)")
        }
    }

    private static func isFound(_ host: String) -> Bool {
        (try? SocketAddress.makeAddressResolvingHost(host, port: 22)) != nil
    }
}
