import ClusterModel

extension PlanVerifier.Replay {
    /// Every node exists, is chosen, comes once, and is neither broken nor in somebody else's hands.
    func nodeFaults(_ wave: Wave) -> [BrokenClaim] {
        var seen: Set<String> = []
        let version = version(of: wave)
        return wave.nodes.flatMap { name -> [BrokenClaim] in
            let isRepeated = !seen.insert(name).inserted || wasServiced(name, to: version)
            let repeated: [BrokenClaim.NodeFault] = isRepeated ? [.repeated] : []
            return (repeated + faults(ofNode: name)).map { BrokenClaim.node(name, $0, wave: wave.number) }
        } + replacementFaults(wave)
    }

    /// A node comes again only to be brought to a higher version than it has got.
    private func wasServiced(_ name: String, to version: Version?) -> Bool {
        guard serviced.contains(name) else { return false }
        guard let version, let index = verifier.nodeIndices[name], let reached = versions[index] else { return true }
        return reached >= version
    }

    /// A dead node may be replaced; for every other purpose it must be Ready.
    private func faults(ofNode name: String) -> [BrokenClaim.NodeFault] {
        guard let index = verifier.nodeIndices[name] else { return [.unknown] }
        let node = node(index)
        var faults: [BrokenClaim.NodeFault] = []
        if !verifier.campaign.includes(node) { faults.append(.notChosen) }
        if !node.ready, verifier.campaign.returnsNodes, !waives(.nodeNotReady, node: name) { faults.append(.notReady) }
        if node.unschedulable, !isOwnCordon(node), !waives(.foreignCordon, node: name) {
            faults.append(.foreignCordon(by: node.cordonOwner))
        }
        return faults
    }

    private func isOwnCordon(_ node: Node) -> Bool {
        guard let owner = node.cordonOwner else { return false }
        return verifier.run == nil || verifier.run == owner
    }

    /// The machine that takes a node's place is there and takes pods.
    private func replacementFaults(_ wave: Wave) -> [BrokenClaim] {
        guard case .replace(let replaced, let name?) = verifier.campaign.purpose else { return [] }
        func fault(_ fault: BrokenClaim.NodeFault) -> [BrokenClaim] { [.node(name, fault, wave: wave.number)] }
        guard name != replaced, let node = verifier.nodeIndices[name].map(node) else { return fault(.noReplacement) }
        if !node.ready { return fault(.replacementNotReady) }
        return node.unschedulable ? fault(.replacementCordoned) : []
    }
}
