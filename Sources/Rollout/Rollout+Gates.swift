import ClusterModel
import Planning

/// Which gates stand where.
package struct GateNames: Hashable, Sendable {
    package var campaign: [String]
    package var waves: [String]
    package var nodes: [String]
    package var end: [String]

    package init(campaign: [String] = [], waves: [String] = [], nodes: [String] = [], end: [String] = []) {
        self.campaign = campaign
        self.waves = waves
        self.nodes = nodes
        self.end = end
    }
}

extension Rollout {
    /// A gate that is open here.
    package struct OpenGate: Hashable, Sendable {
        var gate: String
        var place: GatePlace
    }

    /// Nil where all gates before the wave are open.
    func awaitGates(before wave: Wave) -> [Effect]? {
        let first = waveIndex == 0 ? outline.gates.campaign.map { OpenGate(gate: $0, place: .campaign) } : []
        return knock(first + outline.gates.waves.map { OpenGate(gate: $0, place: .wave(wave.number)) })
    }

    func awaitGates(beforeReturnOf node: String) -> [Effect]? {
        knock(outline.gates.nodes.map { OpenGate(gate: $0, place: .node(node)) })
    }

    func awaitGatesAtEnd() -> [Effect]? { knock(outline.gates.end.map { OpenGate(gate: $0, place: .end) }) }

    /// All gates of a place are looked at together.
    private func knock(_ gates: [OpenGate]) -> [Effect]? {
        let closed = gates.filter { !openGates.contains($0) }
        return closed.isEmpty ? nil : closed.map { .knock(gate: $0.gate, place: $0.place) }
    }

    mutating func open(_ gate: String, at place: GatePlace) {
        openGates.insert(OpenGate(gate: gate, place: place))
    }

    mutating func close(_ gate: String, at place: GatePlace, because reason: String) {
        let text = "gate \u{201C}\(gate)\u{201D}: \(reason)"
        stopping = stopping ?? text
        brokenGate = text
    }
}

extension Effect {
    /// Only looks, so that nothing has to be waited for when the run ends.
    var onlyLooks: Bool {
        switch self {
        case .knock, .prove, .invite: true
        default: false
        }
    }
}
