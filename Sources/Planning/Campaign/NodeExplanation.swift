package import ClusterModel

/// Why a node is where it is in a plan.
package struct NodeExplanation: Hashable, Sendable {
    /// A wave in which the node leaves, and what speaks against the waves before it.
    package struct Place: Hashable, Sendable {
        package var wave: Int
        package var version: Version?
        package var reason: String
        /// By wave, from the first one that the node could have been in.
        package var earlier: [Alternative]
    }

    /// An earlier wave.
    package struct Alternative: Hashable, Sendable {
        package var wave: Int
        package var verdict: Verdict
    }

    package enum Verdict: Hashable, Sendable {
        case forbidden(by: Ground, why: String)
        /// The node could have left then; what the whole plan would take more, where that was reckoned.
        case possible(Cost?)
    }

    /// What kind of rule forbids an earlier wave.
    package enum Ground: String, Hashable, Sendable, Codable {
        case version
        case canary
        case maxOut = "max-out"
        case zone
        case controlPlane = "control-plane"
        case versionSkew = "version-skew"
        case budget
        case room
        case other
    }

    package struct Cost: Hashable, Sendable, Codable {
        package var waves: Int
        package var rounds: Int
        package var evictions: Int
        /// Nodes that could not leave at all any more.
        package var nodesLeftOut: Int
    }

    package var node: String
    package var places: [Place]
    /// What keeps the node out, or was found on it.
    package var findings: [Finding]
    /// Why the campaign passes over it; nil for a node that it includes.
    package var passedOver: String?
}
