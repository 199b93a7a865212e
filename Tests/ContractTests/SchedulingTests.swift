import Foundation
import Practice
import Testing

extension Contract {
    /// Where the scheduler puts a pod, and where it does not.
    struct SchedulingTests {
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
