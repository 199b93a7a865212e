import ClusterModel
import Foundation
import Planning
import Playbooks

/// The playbook of `--playbook`, checked before the cluster is read.
struct ChosenPlaybook {
    private let playbook: Playbook
    /// As the plan carries it. Its secrets come with the run.
    let attached: AttachedPlaybook

    init(file: String, inputs: [String]) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandFailure("\(file): there is no such playbook: name one with --playbook FILE")
        }
        let text = String(decoding: data, as: UTF8.self)
        playbook = try Playbook.load(file: file, text: text)
        let given = try InputValues.read(inputs)
        try playbook.refuseSecrets(in: given)
        var open = playbook
        open.inputs.removeAll(where: \.secret)
        _ = try open.resolveInputs(given: given)
        attached = AttachedPlaybook(file: file, text: text, inputs: given)
    }

    /// The only nodes that it may run on; nil for any.
    func nodes(in cluster: Cluster) throws -> [String]? {
        if let unknown = playbook.unknownNodes(in: cluster.nodes.map(\.name)).first {
            throw CommandFailure("\(unknown)")
        }
        return playbook.nodes?.map(\.name)
    }
}
