/// What keeps pods away from a node, or drives them off.
package struct Taint: Hashable, Sendable {
    package enum Effect: String, Hashable, Sendable {
        case noSchedule = "NoSchedule"
        case preferNoSchedule = "PreferNoSchedule"
        case noExecute = "NoExecute"
    }

    package var key: String
    package var value: String
    package var effect: Effect

    package init(key: String, value: String = "", effect: Effect) {
        self.key = key
        self.value = value
        self.effect = effect
    }

    /// The taint that a controller adds to a cordoned node some time after the cordon.
    package static let unschedulableKey = "node.kubernetes.io/unschedulable"
}

/// What lets a pod run on a tainted node.
package struct Toleration: Hashable, Sendable {
    /// Nil tolerates every key (only with `exists`).
    package var key: String?
    package var exists: Bool
    package var value: String
    /// Nil tolerates every effect.
    package var effect: Taint.Effect?

    package init(key: String?, exists: Bool, value: String = "", effect: Taint.Effect? = nil) {
        self.key = key
        self.exists = exists
        self.value = value
        self.effect = effect
    }

    package func tolerates(_ taint: Taint) -> Bool {
        if let effect, effect != taint.effect { return false }
        guard let key else { return exists }
        return key == taint.key && (exists || value == taint.value)
    }
}
