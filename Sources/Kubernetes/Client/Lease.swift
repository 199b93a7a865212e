import ClusterModel

/// A `coordination.k8s.io/v1` Lease, as far as it matters here.
struct Lease: Hashable {
    /// Empty for nobody.
    var holder = ""
    /// Empty for a lease that is still to be created.
    var resourceVersion = ""
    var acquired: Instant?
    var renewed: Instant?
    var duration: Duration = .zero
    var transitions = 0

    init() {}

    init(json cursor: inout JSONCursor) throws {
        try cursor.object { cursor, key in
            switch key {
            case "metadata":
                var head = ObjectHead()
                try head.read(&cursor)
                resourceVersion = head.resourceVersion
            case "spec":
                let spec = try cursor.map()
                holder = spec["holderIdentity"] ?? ""
                duration = .seconds(spec["leaseDurationSeconds"].flatMap { Int($0) } ?? 0)
                acquired = spec["acquireTime"].flatMap { Instant(text: $0) }
                renewed = spec["renewTime"].flatMap { Instant(text: $0) }
                transitions = spec["leaseTransitions"].flatMap { Int($0) } ?? 0
            default: try cursor.skip()
            }
        }
    }

    /// Nobody has it, or its holder did not renew it in time.
    func isFree(for wanted: String, at now: Instant) -> Bool {
        if holder.isEmpty || holder == wanted { return true }
        return renewed.map { $0 + duration < now } ?? true
    }

    func taken(by wanted: String, for duration: Duration, at now: Instant) -> Lease {
        var lease = self
        if holder != wanted {
            lease.holder = wanted
            lease.acquired = now
            if !resourceVersion.isEmpty { lease.transitions += 1 }
        }
        lease.renewed = now
        lease.duration = max(duration, .seconds(1))
        return lease
    }

    var json: String {
        let condition = resourceVersion.isEmpty ? "" : ",\"resourceVersion\":\(quoted(resourceVersion))"
        let times = [("acquireTime", acquired), ("renewTime", renewed)].compactMap { name, instant in
            instant.map { ",\"\(name)\":\"\(Self.micro($0))\"" }
        }
        return """
            {"apiVersion":"coordination.k8s.io/v1","kind":"Lease",\
            "metadata":{"name":"evenkeel","namespace":"kube-system"\(condition)},\
            "spec":{"holderIdentity":\(quoted(holder)),"leaseDurationSeconds":\(duration.components.seconds),\
            "leaseTransitions":\(transitions)\(times.joined())}}
            """
    }

    /// The API takes exactly six decimals.
    private static func micro(_ instant: Instant) -> String { "\(instant)".replacing("Z", with: "000Z") }
}
