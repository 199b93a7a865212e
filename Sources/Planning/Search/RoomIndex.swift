/// Finds nodes with enough room quickly: a tree of the most that any node below has, by resource.
struct RoomIndex {
    private let width: Int
    private let leaves: Int
    private var most: [Int64]

    init(nodes: Int, width: Int) {
        self.width = width
        var size = 1
        while size < nodes { size *= 2 }
        leaves = size
        most = Array(repeating: .min, count: 2 * size * width)
    }

    /// Puts in, or brings up to date, what a node has free.
    mutating func set(_ node: Int, _ free: AmountTable) {
        let start = (leaves + node) * width
        for column in 0..<width { most[start + column] = free[node, column] }
        raise(node)
    }

    mutating func remove(_ node: Int) {
        let start = (leaves + node) * width
        for column in 0..<width { most[start + column] = .min }
        raise(node)
    }

    private mutating func raise(_ node: Int) {
        var index = (leaves + node) / 2
        while index >= 1 {
            for column in 0..<width {
                most[index * width + column] = max(
                    most[2 * index * width + column],
                    most[(2 * index + 1) * width + column]
                )
            }
            index /= 2
        }
    }

    /// The first node from `start` on that has what `row` of `requests` asks.
    func first(from start: Int, _ requests: AmountTable, _ row: Int) -> Int? {
        if start >= leaves { return nil }
        var index = leaves + start
        while true {
            if covers(requests, row, at: index) {
                if index >= leaves { return index - leaves }
                index *= 2
                continue
            }
            while index & 1 == 1 { index /= 2 }
            if index == 0 { return nil }
            index += 1
        }
    }

    private func covers(_ requests: AmountTable, _ row: Int, at index: Int) -> Bool {
        // A place that is not in the index has less than nothing of everything, asked or not.
        if most[index * width] == .min { return false }
        for column in 0..<width {
            let wanted = requests[row, column]
            if wanted > 0, wanted > most[index * width + column] { return false }
        }
        return true
    }
}
