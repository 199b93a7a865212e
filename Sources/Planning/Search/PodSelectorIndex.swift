import ClusterModel

/// Finds the unfinished pods that selectors mean, by one label that a selector asks for.
struct PodSelectorIndex {
    private struct Label: Hashable {
        var key: String
        var value: String
    }

    private let pods: [Pod]
    private let live: [Int]
    private var labelled: [Label: [Int]] = [:]

    /// - Parameter selectors: all that will be asked for.
    init(_ pods: [Pod], for selectors: [LabelSelector]) {
        self.pods = pods
        let live = pods.indices.filter { !pods[$0].isFinished }
        self.live = live
        let keys = Set(selectors.compactMap { Self.anchor(of: $0)?.key }).sorted()
        for key in keys {
            for pod in live {
                if let value = pods[pod].labels[key] {
                    labelled[Label(key: key, value: value), default: []].append(pod)
                }
            }
        }
    }

    private static func anchor(of selector: LabelSelector) -> Label? {
        selector.matchLabels.min { $0.key < $1.key }.map { Label(key: $0.key, value: $0.value) }
    }

    /// Ascending.
    func pods(matching selector: LabelSelector, where isMeant: (Pod) -> Bool) -> [Int] {
        let candidates = Self.anchor(of: selector).map { labelled[$0] ?? [] } ?? live
        return candidates.filter { isMeant(pods[$0]) && selector.matches(pods[$0].labels) }
    }
}
