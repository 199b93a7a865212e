/// A required pod affinity or anti-affinity: other pods that must, or must not, stand in the same topology domain.
///
/// `matchLabelKeys` and `mismatchLabelKeys` need no field: the API server writes them into the selector when it admits
/// the pod.
package struct PodAffinityTerm: Hashable, Sendable {
    /// Nil selects no pod.
    package var selector: LabelSelector?
    /// Whose pods are meant; the reader puts the pod's own namespace here where the object names none.
    package var namespaces: [String]
    /// Namespaces that are meant besides, by their labels; nil adds none, an empty one adds all.
    package var namespaceSelector: LabelSelector?
    /// The node label whose value names the domain.
    package var topologyKey: String

    package init(
        selector: LabelSelector?,
        namespaces: [String],
        namespaceSelector: LabelSelector? = nil,
        topologyKey: String
    ) {
        self.selector = selector
        self.namespaces = namespaces
        self.namespaceSelector = namespaceSelector
        self.topologyKey = topologyKey
    }

    /// - Parameter namespaces: the labels of all namespaces by name.
    package func selects(_ pod: Pod, namespaces labels: [String: Labels]) -> Bool {
        guard let selector, selector.matches(pod.labels) else { return false }
        if namespaces.contains(pod.id.namespace) { return true }
        return namespaceSelector?.matches(labels[pod.id.namespace, default: [:]]) ?? false
    }
}
