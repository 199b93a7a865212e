import Practice
import Testing

/// What the scheduler is asked, and where the pod may go.
extension Contract.SchedulingTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Labels of three nodes, a, b and c.
        var labels: [JSONValue] = []
        var taints: [[JSONValue]] = []
        var resources: [JSONValue] = []
        var cordoned: Set<Int> = []
        /// Pods that run already: on which node, with which labels and spec.
        var present: [(node: Int, labels: JSONValue, spec: JSONValue)] = []
        var spec: JSONValue = [:]
        var requests: JSONValue = [:]
        var ports: [JSONValue] = []
        var own: JSONValue = [:]
        /// The nodes that will do; empty for none.
        var places: Set<Int>
    }

    static let zones: [JSONValue] = [["zone": "a"], ["zone": "a"], ["zone": "b"]]
    private static let sizes: [JSONValue] = [["size": "1"], ["size": "5"], ["size": "9"]]

    private static func affinity(_ expressions: JSONValue...) -> JSONValue {
        let terms: [JSONValue] = expressions.map { ["matchExpressions": [$0]] }
        return [
            "affinity": [
                "nodeAffinity": [
                    "requiredDuringSchedulingIgnoredDuringExecution": ["nodeSelectorTerms": .array(terms)]
                ]
            ]
        ]
    }

    private static func expression(_ key: String, _ operation: String, _ values: JSONValue...) -> JSONValue {
        var expression: JSONValue = ["key": .string(key), "operator": .string(operation)]
        if !values.isEmpty { expression["values"] = .array(values) }
        return expression
    }

    private static func among(_ kind: String, app: String, by key: String) -> JSONValue {
        let term: JSONValue = [
            "labelSelector": ["matchLabels": ["app": .string(app)]], "topologyKey": .string(key),
        ]
        return [
            "affinity": [
                kind: ["requiredDuringSchedulingIgnoredDuringExecution": [term]]
            ]
        ]
    }

    private static func spread(_ maxSkew: Int, by key: String) -> JSONValue {
        [
            "topologySpreadConstraints": [
                [
                    "maxSkew": JSONValue(maxSkew), "topologyKey": .string(key),
                    "whenUnsatisfiable": "DoNotSchedule", "labelSelector": ["matchLabels": ["app": "new"]],
                ]
            ]
        ]
    }

    private static let host = "kubernetes.io/hostname"
    private static let shut: [JSONValue] = [["key": "k", "value": "v", "effect": "NoSchedule"]]
    private static let web: JSONValue = ["app": "web"]
    private static let new: JSONValue = ["app": "new"]

    static let selection = [
        Case(testDescription: "anywhere", places: [0, 1, 2]),
        Case(testDescription: "a node selector", labels: sizes, spec: ["nodeSelector": ["size": "5"]], places: [1]),
        Case(
            testDescription: "a node selector that no node meets",
            labels: sizes,
            spec: ["nodeSelector": ["size": "7"]],
            places: []
        ),
        Case(
            testDescription: "In",
            labels: sizes,
            spec: affinity(expression("size", "In", "1", "9")),
            places: [0, 2]
        ),
        Case(
            testDescription: "NotIn",
            labels: sizes,
            spec: affinity(expression("size", "NotIn", "1")),
            places: [1, 2]
        ),
        Case(
            testDescription: "NotIn of a label that is not there",
            labels: sizes,
            spec: affinity(expression("other", "NotIn", "1")),
            places: [0, 1, 2]
        ),
        Case(
            testDescription: "Exists",
            labels: [["gpu": ""], [:], [:]],
            spec: affinity(expression("gpu", "Exists")),
            places: [0]
        ),
        Case(
            testDescription: "DoesNotExist",
            labels: [["gpu": ""], [:], [:]],
            spec: affinity(expression("gpu", "DoesNotExist")),
            places: [1, 2]
        ),
        Case(testDescription: "Gt", labels: sizes, spec: affinity(expression("size", "Gt", "4")), places: [1, 2]),
        Case(testDescription: "Lt", labels: sizes, spec: affinity(expression("size", "Lt", "4")), places: [0]),
        Case(
            testDescription: "one term or another",
            labels: sizes,
            spec: affinity(expression("size", "In", "1"), expression("size", "In", "9")),
            places: [0, 2]
        ),
    ]

    static let taints = [
        Case(testDescription: "NoSchedule", taints: [shut, shut, []], places: [2]),
        Case(testDescription: "NoSchedule everywhere", taints: [shut, shut, shut], places: []),
        Case(
            testDescription: "NoSchedule that is tolerated by its value",
            taints: [shut, [["key": "k", "value": "w", "effect": "NoSchedule"]], shut],
            spec: ["tolerations": [["key": "k", "operator": "Equal", "value": "w", "effect": "NoSchedule"]]],
            places: [1]
        ),
        Case(
            testDescription: "NoSchedule that is tolerated by its key",
            taints: [
                shut, [["key": "other", "effect": "NoSchedule"]], [["key": "other", "effect": "NoSchedule"]],
            ],
            spec: ["tolerations": [["key": "k", "operator": "Exists"]]],
            places: [0]
        ),
        Case(
            testDescription: "a toleration of everything",
            taints: [shut, shut, shut],
            spec: ["tolerations": [["operator": "Exists"]]],
            places: [0, 1, 2]
        ),
        Case(
            testDescription: "a toleration of another effect",
            taints: [shut, shut, shut],
            spec: ["tolerations": [["key": "k", "operator": "Exists", "effect": "NoExecute"]]],
            places: []
        ),
        Case(
            testDescription: "NoExecute keeps new pods away as well",
            taints: [[["key": "k", "effect": "NoExecute"]], [["key": "k", "effect": "NoExecute"]], []],
            places: [2]
        ),
        Case(
            testDescription: "PreferNoSchedule forbids nothing",
            taints: Array(repeating: [["key": "k", "effect": "PreferNoSchedule"]], count: 3),
            places: [0, 1, 2]
        ),
        Case(testDescription: "a cordon", cordoned: [0, 2], places: [1]),
        Case(testDescription: "a cordon of all", cordoned: [0, 1, 2], places: []),
        Case(
            testDescription: "a pod that tolerates cordons",
            cordoned: [0, 1, 2],
            spec: [
                "tolerations": [
                    ["key": "node.kubernetes.io/unschedulable", "operator": "Exists", "effect": "NoSchedule"]
                ]
            ],
            places: [0, 1, 2]
        ),
    ]

    static let room = [
        Case(
            testDescription: "processors",
            resources: [["cpu": "1"], ["cpu": "2"], ["cpu": "1900m"]],
            requests: ["cpu": "2"],
            places: [1]
        ),
        Case(
            testDescription: "memory",
            resources: [["memory": "1Gi"], ["memory": "1073741824"], ["memory": "1025Mi"]],
            requests: ["memory": "1025Mi"],
            places: [2]
        ),
        Case(
            testDescription: "what others have taken",
            present: [
                (0, [:], ["containers": [["name": "c", "image": "i", "resources": ["requests": ["cpu": "3"]]]]])
            ],
            requests: ["cpu": "2"],
            places: [1, 2]
        ),
        Case(
            testDescription: "the number of pods",
            resources: [["pods": "1"], ["pods": "1"], ["pods": "2"]],
            present: [(0, [:], [:]), (1, [:], [:]), (2, [:], [:])],
            places: [2]
        ),
        Case(
            testDescription: "a device",
            resources: [["example.com/gpu": "1"], [:], [:]],
            requests: ["example.com/gpu": "1"],
            places: [0]
        ),
        Case(testDescription: "too much for all", requests: ["cpu": "5"], places: []),
        Case(
            testDescription: "ephemeral storage",
            resources: [["ephemeral-storage": "1Gi"], ["ephemeral-storage": "5Gi"], ["ephemeral-storage": "1Gi"]],
            requests: ["ephemeral-storage": "2Gi"],
            places: [1]
        ),
        Case(
            testDescription: "a host port that is taken",
            present: [(0, [:], port(8080)), (1, [:], port(8080))],
            ports: [["containerPort": 8080, "hostPort": 8080]],
            places: [2]
        ),
        Case(
            testDescription: "a host port of another protocol",
            present: [(0, [:], port(8080)), (1, [:], port(8080)), (2, [:], port(8080))],
            ports: [["containerPort": 8080, "hostPort": 8080, "protocol": "UDP"]],
            places: [0, 1, 2]
        ),
        Case(
            testDescription: "a host port on another address",
            present: [(0, [:], port(8080, "127.0.0.1")), (1, [:], port(8080)), (2, [:], port(8080))],
            ports: [["containerPort": 8080, "hostPort": 8080, "hostIP": "127.0.0.2"]],
            places: [0]
        ),
    ]

    private static func port(_ number: Int, _ address: String? = nil) -> JSONValue {
        var port: JSONValue = ["containerPort": JSONValue(number), "hostPort": JSONValue(number)]
        port["hostIP"] = address.map { .string($0) }
        return ["containers": [["name": "c", "image": "i", "ports": [port]]]]
    }

    static let company = [
        Case(
            testDescription: "apart by node",
            present: [(0, web, [:]), (2, web, [:])],
            spec: among("podAntiAffinity", app: "web", by: host),
            places: [1]
        ),
        Case(
            testDescription: "apart by zone",
            labels: zones,
            present: [(0, web, [:])],
            spec: among("podAntiAffinity", app: "web", by: "zone"),
            places: [2]
        ),
        Case(
            testDescription: "apart from what is everywhere",
            present: [(0, web, [:]), (1, web, [:]), (2, web, [:])],
            spec: among("podAntiAffinity", app: "web", by: host),
            places: []
        ),
        Case(
            testDescription: "those that are there wish to be apart from the new one",
            present: [(0, web, among("podAntiAffinity", app: "new", by: host))],
            own: new,
            places: [1, 2]
        ),
        Case(
            testDescription: "a node without the key of an anti-affinity has no part in it",
            labels: [["zone": "a"], [:], [:]],
            present: [(0, web, [:]), (1, web, [:])],
            spec: among("podAntiAffinity", app: "web", by: "zone"),
            places: [1, 2]
        ),
        Case(
            testDescription: "together by node",
            present: [(1, web, [:])],
            spec: among("podAffinity", app: "web", by: host),
            places: [1]
        ),
        Case(
            testDescription: "together by zone",
            labels: zones,
            present: [(0, web, [:])],
            spec: among("podAffinity", app: "web", by: "zone"),
            places: [0, 1]
        ),
        Case(
            testDescription: "together with nobody",
            spec: among("podAffinity", app: "web", by: host),
            places: []
        ),
        Case(
            testDescription: "together with its own kind, as the first of it",
            spec: among("podAffinity", app: "new", by: host),
            own: new,
            places: [0, 1, 2]
        ),
        Case(
            testDescription: "spread by node",
            present: [(0, new, [:]), (1, new, [:])],
            spec: spread(1, by: host),
            own: new,
            places: [2]
        ),
        Case(
            testDescription: "spread by zone",
            labels: zones,
            present: [(0, new, [:])],
            spec: spread(1, by: "zone"),
            own: new,
            places: [2]
        ),
        Case(
            testDescription: "spread with more skew",
            labels: zones,
            present: [(0, new, [:])],
            spec: spread(2, by: "zone"),
            own: new,
            places: [0, 1, 2]
        ),
        Case(
            testDescription: "a node without the key of a spread is none of its places",
            labels: [["zone": "a"], ["zone": "b"], [:]],
            spec: spread(1, by: "zone"),
            own: new,
            places: [0, 1]
        ),
    ]
}
