import Foundation
import Practice
import Testing

extension Contract {
    /// Cordons and taints, as they are written.
    struct PatchTests {
        private static let merge = "application/merge-patch+json"
        private static let strategic = "application/strategic-merge-patch+json"
        private static let jsonPatch = "application/json-patch+json"

        private func onNode(
            _ node: (String) -> JSONValue = { Made.node($0) },
            _ body: (ContractServer, String, JSONValue) async throws -> Void
        ) async throws {
            let server = try ContractServer.required()
            let name = "contract-\(UUID().uuidString.prefix(8).lowercased())"
            try await Turns.shared.take {
                try await server.withNode(name, node(name)) { made in
                    try await body(server, "/api/v1/nodes/\(name)", made)
                }
            }
        }

        static let cordons: [(String, JSONValue)] = [
            (merge, ["spec": ["unschedulable": true]]), (strategic, ["spec": ["unschedulable": true]]),
            (jsonPatch, [["op": "add", "path": "/spec/unschedulable", "value": true]]),
        ]

        @Test(arguments: 0..<3)
        func `a cordon is written by any kind of patch, and its taint follows by itself`(index: Int) async throws {
            let (type, patch) = Self.cordons[index]
            try await onNode { server, path, made in
                let answer = try await server.send("PATCH", path, patch, type: type)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["spec", "unschedulable"] == true)
                let name = made.name
                try await server.until("the taint", "/api/v1/nodes?fieldSelector=metadata.name%3D\(name)") { nodes in
                    nodes.first?["spec", "taints"]?.array?.contains {
                        $0["key"] == "node.kubernetes.io/unschedulable" && $0["effect"] == "NoSchedule"
                    } == true
                }
                let open = try await server.send("PATCH", path, ["spec": ["unschedulable": .null]], type: Self.merge)
                #expect(open.status == 200)
                #expect(open.json["spec", "unschedulable"] == nil)
                try await server.until("no taint", "/api/v1/nodes?fieldSelector=metadata.name%3D\(name)") { nodes in
                    nodes.first?["spec", "taints"]?.array?.contains {
                        $0["key"] == "node.kubernetes.io/unschedulable"
                    } != true
                }
            }
        }

        @Test func `false comes back absent`() async throws {
            try await onNode { server, path, _ in
                let answer = try await server.send(
                    "PATCH",
                    path,
                    ["spec": ["unschedulable": false]],
                    type: Self.strategic
                )
                #expect(answer.status == 200)
                #expect(answer.json["spec", "unschedulable"] == nil)
            }
        }

        @Test func `a patch that changes nothing leaves the version as it was`() async throws {
            try await onNode({ Made.node($0, unschedulable: true) }) { server, path, made in
                let node = try await server.until(
                    "the node at rest",
                    "/api/v1/nodes?fieldSelector=metadata.name%3D\(made.name)"
                ) { $0.first?["spec", "taints"]?.array?.map { $0["key"] } == ["node.kubernetes.io/unschedulable"] }
                let patch: JSONValue = ["spec": ["unschedulable": true]]
                let answer = try await server.send("PATCH", path, patch, type: Self.merge)
                #expect(answer.status == 200)
                #expect(answer.json.revision == node.first?.revision)
            }
        }

        @Test func `a patch with the present version is done, and the same again is a conflict`() async throws {
            try await onNode { server, path, _ in
                let seen = try await server.send("GET", path).json
                let patch: JSONValue = [
                    "metadata": ["resourceVersion": .string(seen.revision), "annotations": ["a": "1"]]
                ]
                let first = try await server.send("PATCH", path, patch, type: Self.merge)
                // A controller may have written in between.
                guard first.status == 200 else {
                    #expect(first.status == 409)
                    return
                }
                #expect(first.json.revision != seen.revision)
                var other = patch
                other["metadata", "annotations", "a"] = "2"
                let second = try await server.send("PATCH", path, other, type: Self.merge)
                #expect(second.status == 409)
                #expect(second.reason == "Conflict")
            }
        }

        @Test func `an annotation is set and taken away by null`() async throws {
            try await onNode { server, path, _ in
                let set = try await server.send(
                    "PATCH",
                    path,
                    ["metadata": ["annotations": ["evenkeel.io/x": "y"]]],
                    type: Self.merge
                )
                #expect(set.json["metadata", "annotations", "evenkeel.io/x"] == "y")
                let gone = try await server.send(
                    "PATCH",
                    path,
                    ["metadata": ["annotations": ["evenkeel.io/x": .null]]],
                    type: Self.merge
                )
                #expect(gone.status == 200)
                #expect(gone.json["metadata", "annotations", "evenkeel.io/x"] == nil)
            }
        }

        private static let taints: [JSONValue] = [
            ["key": "a", "value": "1", "effect": "NoSchedule"], ["key": "b", "effect": "PreferNoSchedule"],
        ]

        @Test(arguments: [merge, strategic])
        func `taints are one list: who sends one takes away all others`(type: String) async throws {
            try await onNode({ Made.node($0, taints: Self.taints) }) { server, path, _ in
                let patch: JSONValue = ["spec": ["taints": [["key": "c", "effect": "NoSchedule"]]]]
                let answer = try await server.send("PATCH", path, patch, type: type)
                #expect(answer.status == 200, "\(answer.text)")
                let keys = answer.json["spec", "taints"]?.array?.compactMap { $0["key"]?.string } ?? []
                #expect(keys == ["c"])
            }
        }

        @Test func `a JSON patch adds one taint and leaves the others`() async throws {
            try await onNode({ Made.node($0, taints: Self.taints) }) { server, path, _ in
                let patch: JSONValue = [
                    ["op": "add", "path": "/spec/taints/-", "value": ["key": "c", "effect": "PreferNoSchedule"]]
                ]
                let answer = try await server.send("PATCH", path, patch, type: Self.jsonPatch)
                #expect(answer.status == 200, "\(answer.text)")
                let keys = answer.json["spec", "taints"]?.array?.compactMap { $0["key"]?.string } ?? []
                #expect(Set(keys).isSuperset(of: ["a", "b", "c"]))
            }
        }

        @Test func `a JSON patch with a version that is past changes nothing`() async throws {
            try await onNode { server, path, made in
                let patch: JSONValue = [
                    ["op": "replace", "path": "/metadata/resourceVersion", "value": "1"],
                    ["op": "add", "path": "/metadata/labels/x", "value": "y"],
                ]
                let answer = try await server.send("PATCH", path, patch, type: Self.jsonPatch)
                #expect(answer.status == 409, "\(answer.text)")
                let seen = try await server.send("GET", path).json
                #expect(seen["metadata", "labels", "x"] == nil)
                #expect(seen.uid == made.uid)
            }
        }

        @Test func `a taint without an effect is invalid`() async throws {
            try await onNode { server, path, _ in
                let answer = try await server.send(
                    "PATCH",
                    path,
                    ["spec": ["taints": [["key": "c"]]]],
                    type: Self.merge
                )
                #expect(answer.status == 422, "\(answer.text)")
                #expect(answer.reason == "Invalid")
            }
        }

        @Test func `a PUT of an old version is a conflict`() async throws {
            try await onNode { server, path, made in
                var old = try await server.send("GET", path).json
                _ = try await server.send("PATCH", path, ["metadata": ["labels": ["x": "y"]]], type: Self.merge)
                old["metadata", "labels", "x"] = "z"
                let answer = try await server.send("PUT", path, old)
                #expect(answer.status == 409, "\(answer.text)")
                #expect(answer.json["details", "name"]?.string == made.name)
            }
        }

        @Test(arguments: ["dryRun=All"])
        func `a dry run answers as if, and changes nothing`(query: String) async throws {
            try await onNode { server, path, _ in
                let patch: JSONValue = ["metadata": ["labels": ["x": "y"]]]
                let answer = try await server.send("PATCH", path + "?" + query, patch, type: Self.merge)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["metadata", "labels", "x"] == "y")
                #expect(try await server.send("GET", path).json["metadata", "labels", "x"] == nil)
            }
        }

        @Test func `a deleted node is gone at once`() async throws {
            try await onNode { server, path, _ in
                let deleted = try await server.send("DELETE", path)
                #expect(deleted.status == 200)
                let seen = try await server.send("GET", path)
                #expect(seen.status == 404)
            }
        }
    }
}
