import SSH

/// What came of asking one machine for its etcd.
enum EtcdAnswer: Sendable {
    /// None listens there.
    case none
    case report(EtcdReport)
    case failed(String)

    init(_ result: SSHCommandResult) {
        if result.exit == .status(3) {
            self = .none
        } else if result.succeeded, let report = EtcdReport(result.standardOutput.text) {
            self = .report(report)
        } else {
            let lines = result.standardError.text.split(separator: "\n")
            self = .failed(lines.last.map(String.init) ?? "it answered nothing that etcd says")
        }
    }
}
