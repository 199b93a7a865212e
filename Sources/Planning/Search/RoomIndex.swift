/// Finds nodes with enough room quickly: a tree of the most that any node below has, by resource.
struct RoomIndex {
    private let width: Int
    private let leaves: Int
    private var most: [Int64]
    /// Few nodes are looked through faster one by one.
    let isUsed: Bool

    init(nodes: Int, width: Int) {
        self.width = width
        isUsed = nodes > 128
        var size = isUsed ? 1 : 0
        if size == 0 {
            leaves = 0
            most = []
            return
        }
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
        if !isUsed { return }
        let start = (leaves + node) * width
        for column in 0..<width { most[start + column] = .min }
        raise(node)
    }

    private mutating func raise(_ node: Int) {
        var index = (leaves + node) / 2
        while index >= 1 {
            var isSame = true
            for column in 0..<width {
                let value = max(most[2 * index * width + column], most[(2 * index + 1) * width + column])
                if most[index * width + column] != value {
                    most[index * width + column] = value
                    isSame = false
                }
            }
            if isSame { return }
            index /= 2
        }
    }

    /// The first node from `start` on that has what `row` of `requests` asks.
    ///
    /// The hottest loop of all, so it goes over the bare memory.
    func first(from start: Int, _ requests: AmountTable, _ row: Int) -> Int? {
        if start >= leaves { return nil }
        return most.withUnsafeBufferPointer { most in
            requests.values.withUnsafeBufferPointer { requests in
                first(from: leaves + start, most, UnsafeBufferPointer(rebasing: requests[(row * width)...]))
            }
        }
    }

    private func first(
        from leaf: Int,
        _ most: UnsafeBufferPointer<Int64>,
        _ wanted: UnsafeBufferPointer<Int64>
    ) -> Int? {
        var index = leaf
        while true {
            if covers(most, wanted, at: index) {
                if index >= leaves { return index - leaves }
                index *= 2
                continue
            }
            while index & 1 == 1 { index /= 2 }
            if index == 0 { return nil }
            index += 1
        }
    }

    @inline(__always)
    private func covers(
        _ most: UnsafeBufferPointer<Int64>,
        _ wanted: UnsafeBufferPointer<Int64>,
        at index: Int
    ) -> Bool {
        let start = index * width
        // A place that is not in the index has less than nothing of everything, asked or not.
        if most[start] == .min { return false }
        for column in 0..<width where wanted[column] > 0 && wanted[column] > most[start + column] { return false }
        return true
    }
}
