import ClusterModel

extension Resources {
    /// More than any machine has, and little enough that what a whole cluster has can be added up. Larger amounts
    /// (`100E` is a legal quantity) count as this.
    static let ceiling: Int64 = 1 << 50

    /// Reads a resource list (`requests`, `allocatable`).
    ///
    /// - Throws: `JSONError` for what is no quantity, or a negative one.
    init(json cursor: inout JSONCursor) throws {
        self.init()
        try cursor.object { cursor, key in
            guard let quantity = try cursor.scalar() else { return }
            let name = key.text
            var one = Resources()
            guard one.set(name, quantity: quantity) else {
                throw cursor.error("\(name): \u{201C}\(quantity)\u{201D} is no quantity")
            }
            guard one.isPositive else { throw cursor.error("\(name): \(quantity) is negative") }
            cpu = max(cpu, min(one.cpu, Self.ceiling))
            memory = max(memory, min(one.memory, Self.ceiling))
            ephemeralStorage = max(ephemeralStorage, min(one.ephemeralStorage, Self.ceiling))
            pods = max(pods, min(one.pods, Self.ceiling))
            for (name, amount) in one.extended { extended[name] = min(amount, Self.ceiling) }
        }
    }

    private var isPositive: Bool {
        cpu >= 0 && memory >= 0 && ephemeralStorage >= 0 && pods >= 0 && extended.values.allSatisfy { $0 >= 0 }
    }
}

/// A container's `resources`.
struct ContainerResources {
    /// What is limited but not requested is requested up to its limit, as the API server completes it.
    var requests = Resources.zero
    var limits = Resources.zero

    init() {}

    init(json cursor: inout JSONCursor) throws {
        var requested: Set<String> = []
        try cursor.object { cursor, key in
            switch key {
            case "requests":
                var ahead = cursor
                requested = Set(try ahead.map().keys)
                requests = try Resources(json: &cursor)
            case "limits": limits = try Resources(json: &cursor)
            default: try cursor.skip()
            }
        }
        if !requested.contains("cpu") { requests.cpu = limits.cpu }
        if !requested.contains("memory") { requests.memory = limits.memory }
        if !requested.contains("ephemeral-storage") { requests.ephemeralStorage = limits.ephemeralStorage }
        for (name, amount) in limits.extended where !requested.contains(name) { requests.extended[name] = amount }
    }

    var isEmpty: Bool { requests.cpu == 0 && requests.memory == 0 && limits.cpu == 0 && limits.memory == 0 }

    var isGuaranteed: Bool {
        limits.cpu > 0 && limits.memory > 0 && requests.cpu == limits.cpu && requests.memory == limits.memory
    }
}
