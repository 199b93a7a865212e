/// A node's explanation as a document for other programs (`evenkeel plan --explain NODE --output json`).
///
/// An earlier wave that is forbidden has `rule` and `why`; one that is not has `cost`, where it was reckoned.
package struct ExplanationFile: Hashable, Sendable, Encodable {
    struct PlaceEntry: Hashable, Encodable {
        var wave: Int
        var version: String?
        var reason: String
        var earlier: [AlternativeEntry]
    }

    struct AlternativeEntry: Hashable, Encodable {
        var wave: Int
        var possible: Bool
        var rule: NodeExplanation.Ground?
        var why: String?
        var cost: NodeExplanation.Cost?
    }

    private let apiVersion = "evenkeel/v1"
    private let kind = "Explanation"
    private var node: String
    private var waves: [PlaceEntry]
    private var findings: [FindingEntry]
    private var passedOver: String?

    package init(_ explanation: NodeExplanation) {
        node = explanation.node
        waves = explanation.places.map { place in
            PlaceEntry(
                wave: place.wave,
                version: place.version.map { "\($0)" },
                reason: place.reason,
                earlier: place.earlier.map(AlternativeEntry.init)
            )
        }
        findings = explanation.findings.map(FindingEntry.init)
        passedOver = explanation.passedOver
    }
}

extension ExplanationFile.AlternativeEntry {
    fileprivate init(_ alternative: NodeExplanation.Alternative) {
        wave = alternative.wave
        switch alternative.verdict {
        case .forbidden(let ground, let reason):
            possible = false
            rule = ground
            why = reason
        case .possible(let reckoned):
            possible = true
            cost = reckoned
        }
    }
}
