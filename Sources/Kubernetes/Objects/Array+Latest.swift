import ClusterModel

extension Array where Element: Equatable {
    /// Of objects of one name, keeps the last; answers the names of those that differed.
    mutating func keepLatest<Name: Hashable>(by name: KeyPath<Element, Name>) -> [Name] {
        var places: [Name: Int] = [:]
        var different: [Name] = []
        var kept: [Element] = []
        for object in self {
            let name = object[keyPath: name]
            if let place = places[name] {
                if kept[place] != object { different.append(name) }
                kept[place] = object
            } else {
                places[name] = kept.count
                kept.append(object)
            }
        }
        if kept.count < count { self = kept }
        return different
    }
}

extension [Pod] {
    /// What a pod is sorted by, small enough to be moved about: the rank of its namespace, and how its name begins.
    private struct Order {
        var namespace: UInt32
        var index: UInt32
        var start: UInt64
        var next: UInt64
    }

    /// Sorts by namespace and name in place, so that a big cluster's pods are never there twice; of pods of one name,
    /// keeps the last.
    ///
    /// - Returns: the names of those that differed.
    mutating func orderByName() -> [PodID] {
        let namespaces = Set(map(\.id.namespace)).sorted()
        let ranks = Dictionary(uniqueKeysWithValues: zip(namespaces, UInt32(0)...))
        var order = indices.map { index in
            let (start, next) = Self.beginning(of: self[index].id.name)
            let rank = ranks[self[index].id.namespace, default: 0]
            return Order(namespace: rank, index: UInt32(index), start: start, next: next)
        }
        order.sort { left, right in
            if left.namespace != right.namespace { return left.namespace < right.namespace }
            if left.start != right.start { return left.start < right.start }
            if left.next != right.next { return left.next < right.next }
            let (one, other) = (self[Int(left.index)].id.name, self[Int(right.index)].id.name)
            return one == other ? left.index < right.index : one < other
        }
        rearrange(order.map(\.index))
        return dropEarlierOnes()
    }

    /// The first 16 bytes as numbers that compare as they do.
    private static func beginning(of name: String) -> (UInt64, UInt64) {
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in name.utf8.prefix(16).enumerated() {
            let shift = UInt64(8 * (7 - index % 8))
            if index < 8 { words.0 |= UInt64(byte) << shift } else { words.1 |= UInt64(byte) << shift }
        }
        return words
    }

    /// Puts the pod at `sources[i]` into place i, moving along each cycle once; a pod is never copied.
    private mutating func rearrange(_ sources: [UInt32]) {
        var sources = sources
        withUnsafeMutableBufferPointer { pods in
            for start in pods.indices where sources[start] != start {
                let first = pods.moveElement(from: start)
                var place = start
                while Int(sources[place]) != start {
                    let source = Int(sources[place])
                    pods.initializeElement(at: place, to: pods.moveElement(from: source))
                    sources[place] = UInt32(place)
                    place = source
                }
                pods.initializeElement(at: place, to: first)
                sources[place] = UInt32(place)
            }
        }
    }

    private mutating func dropEarlierOnes() -> [PodID] {
        var earlier: [Int] = []
        var different: [PodID] = []
        for index in indices.dropFirst() where self[index - 1].id == self[index].id {
            earlier.append(index - 1)
            if self[index - 1] != self[index] { different.append(self[index].id) }
        }
        for index in earlier.reversed() { remove(at: index) }
        return different
    }
}
