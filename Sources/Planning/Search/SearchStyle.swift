/// One way to go about the search; several are tried and the best result kept.
struct SearchStyle {
    enum Opening {
        /// No wave is special.
        case asOrdered
        /// The first wave takes the emptiest nodes: what they hold has to move again.
        case emptiest
        /// All nodes that hold nothing leave first, and make room.
        case allEmpty
    }

    var opening: Opening
    /// Fills waves first with nodes whose pods need to move only once.
    var isThrifty: Bool
    /// Takes nodes whose pods have to move twice only where the waves that are left could not do without.
    var isPatient: Bool
    /// How much chance there is in the order of nodes.
    var noise: Double
    var seed: UInt64

    /// The list of styles, the same for the same numbers: as many as the size of the cluster affords, and about
    /// `effort` at most.
    static func all(pods: Int, nodes: Int, effort: Int) -> [SearchStyle] {
        let openings: [Opening] = [.emptiest, .allEmpty, .asOrdered]
        let plain = openings.flatMap { opening in
            [true, false].map {
                SearchStyle(opening: opening, isThrifty: $0, isPatient: false, noise: 0, seed: 0)
            }
        }
        let patient = SearchStyle(opening: .emptiest, isThrifty: true, isPatient: true, noise: 0, seed: 0)
        let afforded = 500_000 / max(1, pods + 10 * nodes)
        if afforded <= plain.count { return Array(plain.prefix(max(2, afforded - 1))) + [patient] }
        let chances = [0.15, 0.4, 1.0]
        let noisy = (0..<max(0, min(effort / 8, afforded) - plain.count)).map { turn in
            SearchStyle(
                opening: openings[turn / 4 % openings.count],
                isThrifty: !turn.isMultiple(of: 4),
                isPatient: turn % 4 > 1,
                noise: chances[turn / 12 % chances.count],
                seed: UInt64(turn + 1)
            )
        }
        return plain + [patient] + noisy
    }
}
