import Kubernetes
import NIOPosix
import NodeAccess
import Ports
import SSH
import Synchronization

/// The way to the API server through a control-plane node: its kubeconfig is read there and kept in memory only, and
/// connections to the server that it names are made from there.
final class NodeRoute: APIRoute {
    /// Where kubeadm, k3s and RKE2 leave the administrator's kubeconfig.
    static let usualFiles = [
        "/etc/kubernetes/admin.conf", "/etc/rancher/k3s/k3s.yaml", "/etc/rancher/rke2/rke2.yaml",
    ]

    let target: NodeTarget
    private let files: [String]
    private let context: String?
    private let shell: SSHNodeShell
    /// It has led to a server before: what fails from then on may be a node that is at work on itself.
    private let isProven = Atomic<Bool>(false)

    var name: String { target.node }

    /// - Parameters:
    ///   - file: the kubeconfig on the node; nil for the first of the usual ones that is there.
    ///   - context: nil for the kubeconfig's current one.
    init(_ target: NodeTarget, file: String?, context: String?, _ options: SSHNodeShell.Options) {
        self.target = target
        self.context = context
        files = file.map { [$0] } ?? Self.usualFiles
        var options = options
        // Another node may answer sooner than a busy one.
        options.retry.attempts = 3
        shell = SSHNodeShell(options, time: SystemTime(), on: MultiThreadedEventLoopGroup.singleton)
    }

    func open() async throws -> any APIDoor {
        do {
            let door = try await openDoor()
            isProven.store(true, ordering: .relaxed)
            return door
        } catch {
            await shell.drop(target)
            throw explain(error)
        }
    }

    func close() async { await shell.close() }

    private func openDoor() async throws -> NodeDoor {
        let (path, text) = try await shell.text(ofFirst: files, on: target)
        let config = try Kubeconfig.read(text: text, from: "\(path) on \(target.node)", context: context)
        guard let address = config.address else {
            throw ControlError.refused("\(path) on \(target.node): its server is no URL")
        }
        let failure = ForwardingFailure()
        let forwarding = try await shell.forward(through: target, to: address.host, port: address.port) {
            failure.set($0)
        }
        return NodeDoor(config: config, shell: shell, target: target, forwarding: forwarding, failure: failure)
    }

    /// A machine that is being rebooted or upgraded refuses logins and lacks files for a while; a changed host key is
    /// another matter.
    private func explain(_ error: any Error) -> any Error {
        let line: String
        switch error {
        case let error as SSHError:
            line = "\(error)".hasPrefix(target.node) ? "\(error)" : "\(target.node): \(error)"
            if error.isTamperedHost { return ControlError.refused(line) }
            if error.mayPassSoon { return ControlError.unreachable(line) }
        case is NodeFileError, is KubeconfigError, is ControlError: line = "\(error)"
        default: return error
        }
        return isProven.load(ordering: .relaxed) ? ControlError.unreachable(line) : ControlError.refused(line)
    }
}

/// A port of the loopback that a node carries on to its API server. TLS goes through it unopened.
struct NodeDoor: APIDoor {
    let config: Kubeconfig
    let shell: SSHNodeShell
    let target: NodeTarget
    let forwarding: SSHForwarding
    let failure: ForwardingFailure

    var address: APIAddress? { APIAddress(host: "127.0.0.1", port: forwarding.port) }
    var name: String { "\(config.server) through \(target.node)" }

    func isOpen() async -> Bool { await shell.answers(target) }
    func takeFailure() -> String? { failure.take() }

    func close() async {
        await forwarding.close()
        await shell.drop(target)
    }
}

/// Why the node made no connection, told by the event loop and read by whoever missed it.
final class ForwardingFailure: Sendable {
    private let text = Mutex<String?>(nil)

    func set(_ error: any Error) {
        let line: String
        switch error {
        case SSHError.forwardingRefused(_, let address, let reason):
            line =
                "the node makes no connection to \(address) (\(reason)): is the API server up there, and does "
                + "AllowTcpForwarding in its sshd_config allow it?"
        case SSHError.timedOut(_, _, let limit): line = "the node had no connection to it after \(limit)"
        default: line = "\(error)"
        }
        text.withLock { $0 = line }
    }

    func take() -> String? {
        text.withLock { text in
            defer { text = nil }
            return text
        }
    }
}

extension SSHError {
    fileprivate var isTamperedHost: Bool {
        switch self {
        case .hostKeyMismatch, .hostKeyRevoked: true
        default: false
        }
    }

    /// The machine may only be down just now.
    fileprivate var mayPassSoon: Bool {
        switch self {
        case .connectionRefused, .unreachable, .timedOut, .noBanner, .handshakeFailed, .connectionLost,
            .connectionClosed, .channelRefused, .commandTimedOut, .forwardingRefused:
            true
        default: false
        }
    }
}
