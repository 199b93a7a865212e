import ClusterModel

extension BrokenClaim: CustomStringConvertible {
    package var description: String { "wave \(waveNumber): \(text)" }

    private var text: String {
        switch self {
        case .node(let node, let fault, _): "node \(node) \(fault)"
        case .wave(let fault, _): "\(fault)"
        case .controlPlane(let fault, _): "\(fault)"
        case .skew(let node, let fault, _): "node \(node) \(fault)"
        case .move(let pod, let fault, _): "pod \(pod) \(fault)"
        case .target(let pod, let node, let fault, _): "pod \(pod) cannot go to node \(node), \(fault)"
        case .room(let node, let shortage, _):
            "node \(node) has \(shortage.free) \(shortage.resource) free, the pods moved there request \(shortage.wanted)"
        case .budget(let budget, let evictions, let allowed, let rounds, let isDefault, _):
            "\(isDefault ? "the policy's default budget of" : "budget") \(budget) allows \(allowed) at once, "
                + "the wave evicts \(evictions) in \(rounds.counted("round"))"
        case .rounds(let claimed, let needed, _):
            "\(claimed.counted("round")) claimed, its neediest node needs \(needed)"
        }
    }
}

extension BrokenClaim.NodeFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknown: "is not in the cluster"
        case .notChosen: "is not chosen by the campaign"
        case .repeated: "has been serviced before"
        case .notReady: "is not Ready"
        case .foreignCordon(nil): "was cordoned by somebody else"
        case .foreignCordon(let run?): "was cordoned by the run \(run)"
        case .noReplacement: "is to take the replaced node's place and is not in the cluster beside it"
        case .replacementNotReady: "is to take the replaced node's place and is not Ready"
        case .replacementCordoned: "is to take the replaced node's place and is cordoned"
        case .leftBehind(let version, let wanted): "is left at \(version), the campaign wants \(wanted)"
        }
    }
}

extension BrokenClaim.WaveFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "no node in it"
        case .number(let previous): "it comes after wave \(previous)"
        case .tooManyNodes(let count, let limit): "\(count.counted("node")) out at once, the policy allows \(limit)"
        case .severalZones(let zones):
            "nodes of several zones (\(zones.map { $0.isEmpty ? "none" : $0 }.joined(separator: ", "))), "
                + "the policy allows one at a time"
        case .tooManyInZone(let zone, let count, let limit):
            "\(count.counted("node")) of zone \(zone) out at once, the policy allows \(limit)"
        case .tooManyInPool(let pool, let count, let limit):
            "\(count.counted("node")) of the pool \(pool.text) out at once, the policy allows \(limit)"
        case .noCanary: "the first wave with workers, but no canary as the policy wants it"
        case .needlessCanary: "a canary where the policy wants none"
        case .canaryTooBig(let count, let limit): "a canary of \(count.counted("node")), the policy allows \(limit)"
        case .noVersion(let wanted): "no version named on the way to \(wanted)"
        case .needlessVersion(let version): "version \(version) named, but the campaign upgrades nothing"
        case .notOnTheWay(let version, let wanted): "version \(version) is no minor on the way to \(wanted)"
        }
    }
}

extension BrokenClaim.ControlPlaneFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .several(let nodes): "control-plane nodes \(nodes.joined(separator: ", ")) out together, one may be"
        case .withWorkers(let node): "control-plane node \(node) shares the wave with workers"
        case .afterWorkers(let node): "control-plane node \(node) comes after workers"
        case .quorum(let ready, let needed, let members):
            "\(ready) of \(members) control-plane nodes stay Ready, a majority is \(needed)"
        case .leaderFirst(let leader, let node): "control-plane node \(leader) leads, and comes before \(node)"
        }
    }
}

extension BrokenClaim.SkewFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownVersion: "states no kubelet version, so the skew cannot be checked"
        case .unknownServerVersion: "cannot be checked for skew: no control-plane node states a version"
        case .downgrade(let from, let to): "would go down from \(from) to \(to)"
        case .tooFar(let from, let to): "is at \(from), the control plane goes up one minor at a time, not to \(to)"
        case .newerThanServer(let target, let server): "would get \(target) while an API server is at \(server)"
        case .tooOld(let kubelet, let server, let limit):
            "is at \(kubelet), more than \(limit.counted("minor")) behind an API server at \(server)"
        }
    }
}

extension BrokenClaim.MoveFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknownPod: "is not in the cluster"
        case .missing(let node): "stands on node \(node) and has no move"
        case .repeated: "is moved twice"
        case .needless: "is moved, but the wave does not evict it"
        case .wrongOrigin(let claimed, let actual): "stands on node \(actual), not \(claimed)"
        case .bare(let node): "on node \(node) has no controller: nobody would make it again"
        case .twoBudgets(let budgets):
            "is under the budgets \(budgets.map(\.description).joined(separator: ", ")): "
                + "the API server refuses to evict it"
        case .notMadeAgain(let node): "has no controller and would not come up on node \(node)"
        }
    }
}

extension BrokenClaim.TargetFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknown: "which is not in the cluster"
        case .inWave: "which is out in the same wave"
        case .notReady: "which is not Ready"
        case .unschedulable: "which is cordoned"
        case .taint(let taint): "whose taint \(taint.key)=\(taint.value):\(taint.effect.rawValue) it does not tolerate"
        case .nodeSelector: "which its node selector excludes"
        case .nodeAffinity: "which its node affinity excludes"
        case .replaced: "which has been replaced"
        case .antiAffinity(to: let other, in: let domain): "its anti-affinity keeps it from pod \(other) in \(domain)"
        case .foreignAntiAffinity(of: let other, in: let domain):
            "the anti-affinity of pod \(other) keeps it out of \(domain)"
        case .affinityKey(let key): "which lacks the label \(key) of its pod affinity"
        case .affinity(let domain): "no pod that its affinity demands stands in \(domain) before it"
        case .spreadKey(let key): "which lacks the label \(key) of its topology spread"
        case .spread(let domain, let pods, let least, let maxSkew):
            "\(domain) would have \(pods.counted("pod")) of its spread and the emptiest domain \(least), "
                + "more than \(maxSkew) apart"
        case .unknownVolume(let claim): "its volume claim \(claim) is not in the cluster"
        case .unboundVolume(let claim): "its volume claim \(claim) is not bound"
        case .unreachableVolume(let claim): "from where the volume of its claim \(claim) cannot be reached"
        case .attachedVolume(let claim, let pod, let node):
            "the volume of its claim \(claim) is attached to node \(node) for pod \(pod)"
        case .takenVolume(let claim, let pod): "its volume claim \(claim) is for one pod, and pod \(pod) uses it"
        case .hostPort(let port, let pod):
            "where pod \(pod) binds its port \(port.port)/\(port.protocol) on \(port.address) already"
        }
    }
}

extension BrokenClaim.Domain: CustomStringConvertible {
    package var description: String { "\(key)=\(value)" }
}

extension LabelSelector {
    /// As `kubectl --selector` takes it.
    fileprivate var text: String {
        let labels = matchLabels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return (labels + matchExpressions.map(\.text)).joined(separator: ",")
    }
}

extension LabelSelector.Requirement {
    fileprivate var text: String {
        let list = "(\(values.joined(separator: ", ")))"
        switch self.operator {
        case .in: return "\(key) in \(list)"
        case .notIn: return "\(key) notin \(list)"
        case .exists: return key
        case .doesNotExist: return "!\(key)"
        case .greaterThan: return "\(key) > \(values.first ?? "")"
        case .lessThan: return "\(key) < \(values.first ?? "")"
        }
    }
}

extension Int {
    fileprivate func counted(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(self) \(noun)s" }
}
