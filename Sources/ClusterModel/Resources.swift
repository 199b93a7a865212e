/// Amounts of what a node offers or a pod requests.
package struct Resources: Hashable, Sendable {
    /// Thousandths of a core.
    package var cpu: Int64
    /// Bytes.
    package var memory: Int64
    /// Bytes.
    package var ephemeralStorage: Int64
    /// How many pods.
    package var pods: Int64
    /// Extended resources (`nvidia.com/gpu`) and huge pages, in their own units.
    package var extended: [String: Int64]

    package static let zero = Resources()

    package init(
        cpu: Int64 = 0,
        memory: Int64 = 0,
        ephemeralStorage: Int64 = 0,
        pods: Int64 = 0,
        extended: [String: Int64] = [:]
    ) {
        self.cpu = cpu
        self.memory = memory
        self.ephemeralStorage = ephemeralStorage
        self.pods = pods
        self.extended = extended
    }

    /// Sums stop at the largest number: absurd amounts must not end the program.
    package static func + (left: Resources, right: Resources) -> Resources {
        left.combined(with: right) { one, other in
            let (sum, overflow) = one.addingReportingOverflow(other)
            return overflow ? (other < 0 ? .min : .max) : sum
        }
    }

    package static func - (left: Resources, right: Resources) -> Resources {
        left.combined(with: right) { one, other in
            let (difference, overflow) = one.subtractingReportingOverflow(other)
            return overflow ? (other < 0 ? .max : .min) : difference
        }
    }

    package static func += (left: inout Resources, right: Resources) { left = left + right }
    package static func -= (left: inout Resources, right: Resources) { left = left - right }

    /// The larger of each amount.
    package func maximum(_ other: Resources) -> Resources { combined(with: other, max) }

    /// Whether every amount *requested* is there. What is not requested does not count, not even where it is overdrawn.
    package func covers(_ request: Resources) -> Bool { firstShortage(of: request) == nil }

    /// The first resource that is missing for `request`, with what is wanted and what there is.
    package func firstShortage(of request: Resources) -> Shortage? {
        if request.cpu > 0, request.cpu > cpu { return Shortage(resource: "cpu", wanted: request.cpu, free: cpu) }
        if request.memory > 0, request.memory > memory {
            return Shortage(resource: "memory", wanted: request.memory, free: memory)
        }
        if request.ephemeralStorage > 0, request.ephemeralStorage > ephemeralStorage {
            return Shortage(resource: "ephemeral-storage", wanted: request.ephemeralStorage, free: ephemeralStorage)
        }
        if request.pods > 0, request.pods > pods { return Shortage(resource: "pods", wanted: request.pods, free: pods) }
        if request.extended.isEmpty { return nil }
        for (name, wanted) in request.extended.sorted(by: { $0.key < $1.key }) where wanted > 0 {
            let free = extended[name, default: 0]
            if wanted > free { return Shortage(resource: name, wanted: wanted, free: free) }
        }
        return nil
    }

    /// A resource of which there is too little.
    package struct Shortage: Hashable, Sendable {
        package var resource: String
        package var wanted: Int64
        package var free: Int64
    }

    private func combined(with other: Resources, _ combine: (Int64, Int64) -> Int64) -> Resources {
        var result = Resources(
            cpu: combine(cpu, other.cpu),
            memory: combine(memory, other.memory),
            ephemeralStorage: combine(ephemeralStorage, other.ephemeralStorage),
            pods: combine(pods, other.pods),
            extended: extended
        )
        if extended.isEmpty, other.extended.isEmpty { return result }
        for (name, amount) in other.extended {
            result.extended[name] = combine(extended[name, default: 0], amount)
        }
        for (name, amount) in extended where other.extended[name] == nil {
            result.extended[name] = combine(amount, 0)
        }
        return result
    }
}

extension Resources {
    /// Adds one entry of a Kubernetes resource list (`requests`, `allocatable`).
    ///
    /// - Returns: false where the quantity cannot be read.
    package mutating func set(_ name: String, quantity: String) -> Bool {
        let amount = name == "cpu" ? Quantity.milli(quantity) : Quantity.units(quantity)
        guard let amount else { return false }
        switch name {
        case "cpu": cpu = amount
        case "memory": memory = amount
        case "ephemeral-storage": ephemeralStorage = amount
        case "pods": pods = amount
        default: if amount != 0 { extended[name] = amount }
        }
        return true
    }
}
