import Foundation
import Practice
import Testing

extension Contract {
    /// Where the scheduler puts a pod, and where it does not.
    struct SchedulingTests {
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

        private static let zones: [JSONValue] = [["zone": "a"], ["zone": "a"], ["zone": "b"]]
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

        struct VolumeCase: Sendable, CustomTestStringConvertible {
            var testDescription: String
            /// Zones that the volume can be reached from; nil where it does not say.
            var zones: [JSONValue]?
            var hasClaim = true
            var isBound = true
            var places: Set<Int>
        }

        static let volumes = [
            VolumeCase(testDescription: "a volume of one zone", zones: ["b"], places: [2]),
            VolumeCase(testDescription: "a volume of two zones", zones: ["a", "b"], places: [0, 1, 2]),
            VolumeCase(testDescription: "a volume of a zone that is not there", zones: ["x"], places: []),
            VolumeCase(testDescription: "a volume that is everywhere", places: [0, 1, 2]),
            VolumeCase(testDescription: "a claim that is not there", hasClaim: false, places: []),
            VolumeCase(testDescription: "a claim without a volume", isBound: false, places: []),
        ]

        @Test(arguments: volumes) func `a pod follows its volume`(volume: VolumeCase) async throws {
            var what = Case(testDescription: volume.testDescription, labels: Self.zones, places: volume.places)
            what.spec = ["volumes": [["name": "data", "persistentVolumeClaim": ["claimName": "data"]]]]
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    let names = ["a", "b", "c"].map { "\(namespace)-\($0)" }
                    try await withNodes(names[...], what, namespace, server) {
                        if volume.hasClaim { try await claim(volume, namespace, server) }
                        try await place(what, names, namespace, server)
                        _ = try await server.send("DELETE", "/api/v1/persistentvolumes/\(namespace)")
                    }
                }
            }
        }

        private func claim(_ volume: VolumeCase, _ namespace: String, _ server: ContractServer) async throws {
            var claim: JSONValue = [
                "accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]], "storageClassName": "",
            ]
            if volume.isBound {
                claim["volumeName"] = .string(namespace)
                var spec: JSONValue = [
                    "capacity": ["storage": "1Gi"], "accessModes": ["ReadWriteOnce"], "local": ["path": "/data"],
                    "claimRef": ["namespace": .string(namespace), "name": "data"],
                ]
                let zones = volume.zones ?? ["a", "b"]
                spec["nodeAffinity"] = [
                    "required": [
                        "nodeSelectorTerms": [
                            ["matchExpressions": [["key": "zone", "operator": "In", "values": .array(zones)]]]
                        ]
                    ]
                ]
                let object: JSONValue = ["metadata": ["name": .string(namespace)], "spec": spec]
                try await server.create("/api/v1/persistentvolumes", object)
            }
            let path = server.path(namespace, "persistentvolumeclaims")
            try await server.create(path, ["metadata": ["name": "data"], "spec": claim])
            if volume.isBound {
                try await server.until("the claim's volume", path) { $0.first?["status", "phase"] == "Bound" }
            }
        }

        @Test(arguments: selection) func `a pod chooses its nodes`(what: Case) async throws { try await hold(what) }

        @Test(arguments: taints) func `a node chooses its pods`(what: Case) async throws { try await hold(what) }

        @Test(arguments: room) func `a pod needs room`(what: Case) async throws { try await hold(what) }

        @Test(arguments: company) func `a pod chooses its company`(what: Case) async throws { try await hold(what) }

        private func hold(_ what: Case) async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    let names = ["a", "b", "c"].map { "\(namespace)-\($0)" }
                    try await withNodes(names[...], what, namespace, server) {
                        try await place(what, names, namespace, server)
                    }
                }
            }
        }

        /// Three nodes that only the namespace's pods choose.
        private func withNodes(
            _ names: ArraySlice<String>,
            _ what: Case,
            _ namespace: String,
            _ server: ContractServer,
            _ body: () async throws -> Void
        ) async throws {
            guard let name = names.first else { return try await body() }
            let index = 3 - names.count
            var labels: JSONValue = ["contract": .string(namespace)]
            if index < what.labels.count {
                for member in what.labels[index].object?.members ?? [] { labels[member.key] = member.value }
            }
            let node = Made.node(
                name,
                labels: labels,
                taints: index < what.taints.count ? what.taints[index] : [],
                resources: index < what.resources.count ? what.resources[index] : [:],
                unschedulable: what.cordoned.contains(index)
            )
            try await server.withNode(name, node) { _ in
                try await withNodes(names.dropFirst(), what, namespace, server, body)
            }
        }

        private func place(
            _ what: Case,
            _ names: [String],
            _ namespace: String,
            _ server: ContractServer
        ) async throws {
            let cordon = "node.kubernetes.io/unschedulable"
            try await server.until("the nodes at rest", "/api/v1/nodes?labelSelector=contract%3D\(namespace)") {
                nodes in
                nodes.count == 3
                    && nodes.allSatisfy { node in
                        let taints = node["spec", "taints"]?.array?.compactMap { $0["key"]?.string } ?? []
                        return !taints.contains { $0.hasSuffix("not-ready") || $0.hasSuffix("unreachable") }
                            && taints.contains(cordon) == (node["spec", "unschedulable"] == true)
                    }
            }
            let path = server.path(namespace, "pods")
            for (index, other) in what.present.enumerated() {
                var spec = Made.spec(other.spec)
                spec["nodeName"] = .string(names[other.node])
                spec["nodeSelector"] = nil
                try await server.create(path, Made.pod("other-\(index)", labels: other.labels, spec: spec))
            }
            var spec = Made.spec(what.spec, requests: what.requests, ports: what.ports)
            spec["nodeSelector"] = what.spec["nodeSelector"]
            spec["nodeSelector", "contract"] = .string(namespace)
            if what.requests["example.com/gpu"] != nil {
                var container = spec["containers"]?.array?.first ?? [:]
                container["resources", "limits"] = ["example.com/gpu": "1"]
                spec["containers"] = [container]
            }
            try await server.create(path, Made.pod("subject", labels: what.own, spec: spec))
            let query = path + "?fieldSelector=metadata.name%3Dsubject"
            let pods = try await server.until("a place, or none", query) { pods in
                pods.first?.nodeName != nil || pods.first?.condition("PodScheduled") == "False"
            }
            let place = pods.first?.nodeName
            if what.places.isEmpty {
                #expect(place == nil)
                let conditions = pods.first?["status", "conditions"]?.array ?? []
                let scheduled = conditions.first { $0["type"] == "PodScheduled" }
                #expect(scheduled?["reason"] == "Unschedulable")
                #expect(pods.first?["status", "phase"] == "Pending")
            } else {
                #expect(what.places.map { names[$0] }.contains(place ?? ""))
            }
        }
    }
}
