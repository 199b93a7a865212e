import ClusterModel

/// Rows of resource amounts in one block of memory.
struct AmountTable {
    let width: Int
    private(set) var values: [Int64]

    init(rows: Int, width: Int) {
        self.width = width
        values = Array(repeating: 0, count: rows * width)
    }

    init(_ rows: [Resources], names: [String]) {
        width = names.count
        values = []
        values.reserveCapacity(rows.count * width)
        for row in rows {
            values.append(row.cpu)
            values.append(row.memory)
            values.append(row.ephemeralStorage)
            values.append(row.pods)
            for name in names.dropFirst(4) {
                values.append(row.extended.isEmpty ? 0 : row.extended[name, default: 0])
            }
        }
    }

    subscript(row: Int, column: Int) -> Int64 {
        get { values[row * width + column] }
        set { values[row * width + column] = newValue }
    }

    mutating func add(_ other: AmountTable, _ row: Int, to target: Int) {
        for column in 0..<width { values[target * width + column] += other.values[row * width + column] }
    }

    mutating func subtract(_ other: AmountTable, _ row: Int, from target: Int) {
        for column in 0..<width { values[target * width + column] -= other.values[row * width + column] }
    }

    /// Whether row `target` has all that `row` of `requests` asks; what is not asked does not count.
    func covers(_ requests: AmountTable, _ row: Int, at target: Int) -> Bool {
        for column in 0..<width {
            let wanted = requests.values[row * width + column]
            if wanted > 0, wanted > values[target * width + column] { return false }
        }
        return true
    }

    /// By column, over all rows.
    func sums() -> [Int64] {
        var sums: [Int64] = Array(repeating: 0, count: width)
        for (index, value) in values.enumerated() { sums[index % width] += value }
        return sums
    }

    /// By row: the sum of its amounts, each times the weight of its column.
    func weighted(by weights: [Double]) -> [Double] {
        (0..<values.count / width).map { row in
            weights.indices.reduce(0) { $0 + Double(self[row, $1]) * weights[$1] }
        }
    }
}
