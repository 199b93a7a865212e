import ClusterModel

/// Which pods the selectors of other pods mean, each selector asked once, and a pod held against few of them.
struct PodSelections {
    private struct Pair: Hashable {
        var label: String
        var value: String
    }

    private var numbers: [PodAffinityTerm: Int] = [:]
    private var questions: [PodAffinityTerm] = []
    /// By question: the unfinished pods that it selects.
    private(set) var pods: [[Int]] = []
    private var domainsOfKey: [String: LabelDomains] = [:]

    /// The domains of a topology key.
    mutating func domains(_ key: String, of nodes: [Node]) -> LabelDomains {
        if let known = domainsOfKey[key] { return known }
        let domains = LabelDomains(key, of: nodes)
        domainsOfKey[key] = domains
        return domains
    }

    /// The number of a question; `pods` answers it once the selections are filled.
    mutating func ask(_ term: PodAffinityTerm) -> Int {
        var question = term
        question.topologyKey = ""
        if let number = numbers[question] { return number }
        numbers[question] = questions.count
        questions.append(question)
        return questions.count - 1
    }

    mutating func fill(from cluster: Cluster) {
        pods = Array(repeating: [], count: questions.count)
        if questions.isEmpty { return }
        let (byPair, general) = index()
        for index in cluster.pods.indices where !cluster.pods[index].isFinished {
            let pod = cluster.pods[index]
            var candidates = general
            for (label, value) in pod.labels {
                if let more = byPair[Pair(label: label, value: value)] { candidates += more }
            }
            for question in candidates where questions[question].selects(pod, namespaces: cluster.namespaces) {
                pods[question].append(index)
            }
        }
    }

    /// Questions by one label that their pods must have, and those that demand none.
    private func index() -> (byPair: [Pair: [Int]], general: [Int]) {
        var byPair: [Pair: [Int]] = [:]
        var general: [Int] = []
        for (number, question) in questions.enumerated() {
            let selector = question.selector
            if let label = selector?.matchLabels.min(by: { $0.key < $1.key }) {
                byPair[Pair(label: label.key, value: label.value), default: []].append(number)
            } else if let choice = selector?.matchExpressions.first(where: { $0.operator == .in }) {
                for value in Set(choice.values) {
                    byPair[Pair(label: choice.key, value: value), default: []].append(number)
                }
            } else if selector != nil {
                general.append(number)
            }
        }
        return (byPair, general)
    }
}

/// The values of a node label, by number.
struct LabelDomains: Sendable {
    /// By node: the number of its value; nil where it lacks the label.
    private(set) var ofNode: [Int?] = []
    private(set) var values: [String] = []

    init(_ key: String, of nodes: [Node]) {
        var numbers: [String: Int] = [:]
        for node in nodes {
            guard let value = node.labels[key] else {
                ofNode.append(nil)
                continue
            }
            if numbers[value] == nil {
                numbers[value] = values.count
                values.append(value)
            }
            ofNode.append(numbers[value])
        }
    }
}
