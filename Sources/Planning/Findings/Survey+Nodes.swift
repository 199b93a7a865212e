import ClusterModel

extension Survey {
    /// Nodes that are broken, or in somebody else's hands.
    mutating func lookAtNodes() {
        for index in chosen {
            let node = terrain.node(index)
            if !node.ready, campaign.returnsNodes {
                block(
                    index,
                    .nodeNotReady,
                    message: "\(node.name) is not Ready, so what a drain does there cannot be seen",
                    fix: "repair \(node.name), or leave it out of the campaign"
                )
            }
            if node.unschedulable, node.cordonOwner == nil {
                block(
                    index,
                    .foreignCordon,
                    message: "\(node.name) has been cordoned by somebody else",
                    fix: "ask who did, then run kubectl uncordon \(node.name), or leave it out of the campaign"
                )
            }
        }
    }

    /// Members that are Ready without the one that leaves must be a majority of all.
    mutating func lookAtQuorum() {
        let members = cluster.nodes.indices.filter { cluster.nodes[$0].isControlPlane }
        let leaving = chosen.filter { cluster.nodes[$0].isControlPlane }
        let majority = members.count / 2 + 1
        for index in leaving {
            let ready = members.count { $0 != index && cluster.nodes[$0].ready }
            if members.count >= 3 {
                if ready >= majority { continue }
                block(
                    index,
                    .controlPlaneQuorum,
                    message: "without \(name(index)) only \(ready) of \(members.count) control-plane nodes "
                        + "are Ready, and a majority is \(majority)",
                    fix: "repair the control-plane nodes that are not Ready first"
                )
            } else {
                note(
                    Finding(
                        rule: .controlPlaneQuorum,
                        severity: .warning,
                        node: name(index),
                        message: "the cluster has \(counted(members.count, "control-plane node")): the API may not "
                            + "answer while \(name(index)) is out",
                        fix: "have three control-plane nodes, or plan for an outage of the API"
                    )
                )
            }
        }
    }

    /// In an upgrade, workers wait until the whole control plane can go.
    mutating func holdWorkersBack() {
        guard campaign.targetVersion != nil else { return }
        guard let first = chosen.first(where: { cluster.nodes[$0].isControlPlane && blocked.contains($0) }) else {
            return
        }
        holdBack(chosen.filter { !cluster.nodes[$0].isControlPlane }, for: first)
    }

    mutating func holdBack(_ workers: [Int], for controlPlane: Int) {
        for worker in workers {
            block(
                worker,
                .controlPlaneFirst,
                message: "\(name(worker)) waits: control-plane node \(name(controlPlane)) cannot be upgraded yet",
                fix: "remove the obstacles of \(name(controlPlane)) first"
            )
        }
    }

    func counted(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }
}
