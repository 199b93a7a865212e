import ClusterModel
import Practice
import Testing

/// A moment to start at: 2026-11-23T06:00:00Z.
let morning = Instant(milliseconds: 1_795_413_600_000)

func node(_ name: String, zone: String = "a", cpu: String = "4", labels: [String: String] = [:]) -> PracticeObject {
    .node(name: name, zone: zone, cpu: cpu, labels: labels)
}

/// A settled cluster of the given objects.
func cluster(
    seed: UInt64 = 1,
    _ objects: PracticeObject...,
    options: PracticeOptions = PracticeOptions()
)
    -> PracticeCluster
{
    var cluster = PracticeCluster(seed: seed, startingAt: morning, options: options)
    cluster.create(objects)
    cluster.settle()
    return cluster
}

extension PracticeCluster {
    @discardableResult
    mutating func send(
        _ method: String,
        _ target: String,
        _ json: JSONValue? = nil,
        type: String? = nil,
        headers: [(String, String)] = []
    ) -> PracticeResponse {
        let all = headers + (type ?? (json == nil ? nil : "application/json")).map { [("Content-Type", $0)] }.orEmpty
        return handle(
            PracticeRequest(method: method, target: target, headers: all, body: json?.bytes ?? []),
            now: now
        )
    }

    @discardableResult
    mutating func evict(
        _ namespace: String,
        _ name: String,
        options: JSONValue? = nil,
        version: String = "policy/v1"
    )
        -> PracticeResponse
    {
        var body: JSONValue = [
            "apiVersion": .string(version), "kind": "Eviction",
            "metadata": ["name": .string(name), "namespace": .string(namespace)],
        ]
        body["deleteOptions"] = options
        return send("POST", "/api/v1/namespaces/\(namespace)/pods/\(name)/eviction", body)
    }

    @discardableResult
    mutating func cordon(_ node: String, _ cordoned: Bool = true) -> PracticeResponse {
        send(
            "PATCH",
            "/api/v1/nodes/\(node)",
            ["spec": ["unschedulable": .bool(cordoned)]],
            type: "application/strategic-merge-patch+json"
        )
    }

    func nodeObject(_ name: String) -> JSONValue { object(.node, ObjectKey(name: name)) ?? .null }

    /// The pods of an app by name.
    func app(_ app: String) -> [JSONValue] {
        objects(.pod).map(\.object).filter { $0["metadata", "labels", "app.kubernetes.io/name"]?.string == app }
    }

    func budgetStatus(_ namespace: String, _ name: String) -> JSONValue {
        object(.budget, ObjectKey(namespace: namespace, name: name))?["status"] ?? .null
    }

    /// What a watch reports until now, decoded.
    func events(_ watch: inout WatchSubscription) -> [JSONValue] { lines(poll(&watch)) }

    mutating func watch(_ target: String) throws -> WatchSubscription {
        guard case .watch(let subscription) = send("GET", target).content else { throw NoWatch() }
        return subscription
    }
}

struct NoWatch: Error {}

func lines(_ poll: WatchPoll) -> [JSONValue] {
    poll.bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue(parsing: Array($0)) }
}

extension Optional where Wrapped: RangeReplaceableCollection {
    var orEmpty: Wrapped { self ?? Wrapped() }
}

extension JSONValue {
    var name: String { self["metadata", "name"]?.string ?? "" }
    var uid: String { self["metadata", "uid"]?.string ?? "" }
    var revision: String { self["metadata", "resourceVersion"]?.string ?? "" }
    var nodeName: String? { self["spec", "nodeName"]?.string }
    var isReady: Bool { status(of: "Ready") == "True" }

    func status(of condition: String) -> String? {
        self["status", "conditions"]?.array?.first { $0["type"]?.string == condition }?["status"]?.string
    }

    /// Each taint as KEY:EFFECT.
    var taints: [String] {
        (self["spec", "taints"]?.array ?? []).map { "\($0["key"]?.string ?? ""):\($0["effect"]?.string ?? "")" }
    }

    var cause: String { self["details", "causes"]?.array?.first?["message"]?.string ?? "" }
}
