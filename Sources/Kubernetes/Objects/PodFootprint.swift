import ClusterModel

/// What the scheduler counts for a pod: the larger of its containers together and each init container with the sidecars
/// before it, plus the overhead (`k8s.io/component-helpers/resource`).
struct PodFootprint {
    private var containers = Resources.zero
    private var sidecars = Resources.zero
    private var initPeak = Resources.zero
    var overhead = Resources.zero
    /// Requests stated for the pod as a whole; they stand for what its containers ask of the same resources.
    var wholePod: Resources?

    var total: Resources {
        var sum = (containers + sidecars).maximum(initPeak)
        if let wholePod {
            if wholePod.cpu > 0 { sum.cpu = wholePod.cpu }
            if wholePod.memory > 0 { sum.memory = wholePod.memory }
            sum.extended.merge(wholePod.extended) { _, whole in whole }
        }
        sum += overhead
        sum.pods = 1
        return sum
    }

    mutating func addContainer(_ cursor: inout JSONCursor) throws { containers += try Self.container(&cursor).requests }

    mutating func addInitContainer(_ cursor: inout JSONCursor) throws {
        let (requests, isSidecar) = try Self.container(&cursor)
        if isSidecar { sidecars += requests }
        initPeak = initPeak.maximum(isSidecar ? sidecars : sidecars + requests)
    }

    private static func container(_ cursor: inout JSONCursor) throws -> (requests: Resources, isSidecar: Bool) {
        var requests = Resources.zero
        var limits = Resources.zero
        var isSidecar = false
        try cursor.object { cursor, key in
            switch key {
            case "restartPolicy": isSidecar = try cursor.scalar() == "Always"
            case "resources":
                try cursor.object { cursor, key in
                    switch key {
                    case "requests": requests = try Resources(json: &cursor)
                    case "limits": limits = try Resources(json: &cursor)
                    default: try cursor.skip()
                    }
                }
            default: try cursor.skip()
            }
        }
        // Extended resources may be stated as limits alone.
        for (name, amount) in limits.extended where requests.extended[name] == nil { requests.extended[name] = amount }
        return (requests, isSidecar)
    }
}
