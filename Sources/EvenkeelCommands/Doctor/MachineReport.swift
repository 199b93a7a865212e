import ClusterModel
import NodeAccess
import Ports

/// What the machines behind the nodes say, looked at over SSH.
struct MachineReport: Sendable {
    var facts: [String: NodeFacts] = [:]
    /// By the control-plane node that the member runs on.
    var etcd: [String: EtcdReport] = [:]
    /// What could not be looked at, and why.
    var unseen: [String] = []

    /// Asks every node for its facts, and the control-plane nodes for their etcd.
    static func read(_ fleet: HostOptions.Fleet, controlPlane: Set<String>) async throws -> MachineReport {
        var report = MachineReport()
        let answers = try await fleet.each { shell, target in
            let facts = try await shell.facts(of: target, timeout: fleet.timeout)
            guard controlPlane.contains(target.node) else { return (facts, EtcdAnswer.none) }
            let result = try await shell.run(
                EtcdReport.command,
                standardInput: EtcdReport.script,
                on: target,
                timeout: fleet.timeout
            )
            return (facts, EtcdAnswer(result))
        }
        for (target, outcome) in answers {
            switch outcome {
            case .failure(let error): report.unseen.append("\(target.node) over SSH: \(error)")
            case .success((let facts, let etcd)):
                report.facts[target.node] = facts
                switch etcd {
                case .none: break
                case .report(let etcd): report.etcd[target.node] = etcd
                case .failed(let why): report.unseen.append("etcd on \(target.node): \(why)")
                }
            }
        }
        if report.etcd.isEmpty, !controlPlane.isEmpty, report.unseen.isEmpty {
            report.unseen.append(
                "etcd: none listens on the control-plane nodes: look at an external one by its own means"
            )
        }
        return report
    }
}
