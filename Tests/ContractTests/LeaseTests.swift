import Practice
import Testing

extension Contract {
    /// The lock.
    struct LeaseTests {
        private func onLease(_ body: (ContractServer, String, JSONValue) async throws -> Void) async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    let path = server.path(namespace, "leases")
                    let made = try await server.create(path, Self.lease(namespace: namespace))
                    try await body(server, path, made)
                }
            }
        }

        private static func lease(
            _ holder: String = "run-1",
            renewed: String = "2026-11-25T10:00:00.000000Z",
            seconds: Int = 30,
            namespace: String? = nil
        ) -> JSONValue {
            var lease: JSONValue = [
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": ["name": "lock"],
                "spec": [
                    "holderIdentity": .string(holder), "leaseDurationSeconds": JSONValue(seconds),
                    "renewTime": .string(renewed), "acquireTime": "2026-11-25T10:00:00.000000Z", "leaseTransitions": 0,
                ],
            ]
            if let namespace { lease["metadata", "namespace"] = .string(namespace) }
            return lease
        }

        @Test func `a second one of the name is refused as such`() async throws {
            try await onLease { server, path, _ in
                let answer = try await server.send("POST", path, Self.lease("run-2"))
                #expect(answer.status == 409)
                #expect(answer.reason == "AlreadyExists")
            }
        }

        @Test func `a write with the present version renews it`() async throws {
            try await onLease { server, path, made in
                var next = Self.lease(renewed: "2026-11-25T10:00:10.000000Z")
                next["metadata", "resourceVersion"] = .string(made.revision)
                let answer = try await server.send("PUT", path + "/lock", next)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["spec", "renewTime"] == "2026-11-25T10:00:10.000000Z")
                #expect(answer.json.revision != made.revision)
            }
        }

        @Test func `a write with an old version is a conflict, and the winner's stays`() async throws {
            try await onLease { server, path, made in
                for (holder, status) in [("run-1", 200), ("run-2", 409)] {
                    var next = Self.lease(holder, renewed: "2026-11-25T10:00:20.000000Z")
                    next["metadata", "resourceVersion"] = .string(made.revision)
                    let answer = try await server.send("PUT", path + "/lock", next)
                    #expect(answer.status == status)
                    if status == 409 { #expect(answer.reason == "Conflict") }
                }
                #expect(try await server.send("GET", path + "/lock").json["spec", "holderIdentity"] == "run-1")
            }
        }

        @Test func `a PUT without a version is invalid`() async throws {
            try await onLease { server, path, _ in
                let answer = try await server.send("PUT", path + "/lock", Self.lease())
                #expect(answer.status == 422)
                #expect(answer.json.fields.contains("metadata.resourceVersion"))
            }
        }

        @Test(arguments: ["2026-11-25T10:00:00Z", "2026-11-25T10:00:00.1Z", "2026-11-25T10:00:00.000000000Z", "soon"])
        func `times have six decimals`(renewed: String) async throws {
            try await onLease { server, path, made in
                var next = Self.lease(renewed: renewed)
                next["metadata", "resourceVersion"] = .string(made.revision)
                let answer = try await server.send("PUT", path + "/lock", next)
                #expect(answer.status == 400, "\(answer.text)")
                #expect(answer.reason == "BadRequest")
            }
        }

        @Test(arguments: [0, -1])
        func `a duration of nothing is invalid`(seconds: Int) async throws {
            try await onLease { server, path, made in
                var next = Self.lease(seconds: seconds)
                next["metadata", "resourceVersion"] = .string(made.revision)
                let answer = try await server.send("PUT", path + "/lock", next)
                #expect(answer.status == 422, "\(answer.text)")
                #expect(answer.json.fields == ["spec.leaseDurationSeconds"])
            }
        }

        @Test func `it is left to nobody by an empty name`() async throws {
            try await onLease { server, path, made in
                var next = Self.lease("", seconds: 1)
                next["metadata", "resourceVersion"] = .string(made.revision)
                let answer = try await server.send("PUT", path + "/lock", next)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer.json["spec", "holderIdentity"]?.string ?? "" == "")
            }
        }

        @Test func `a deletion may name the version it is for`() async throws {
            try await onLease { server, path, made in
                let stale = try await server.send(
                    "DELETE",
                    path + "/lock",
                    ["apiVersion": "v1", "kind": "DeleteOptions", "preconditions": ["resourceVersion": "1"]]
                )
                #expect(stale.status == 409)
                let right = try await server.send(
                    "DELETE",
                    path + "/lock",
                    [
                        "apiVersion": "v1", "kind": "DeleteOptions",
                        "preconditions": ["resourceVersion": .string(made.revision), "uid": .string(made.uid)],
                    ]
                )
                #expect(right.status == 200)
                #expect(try await server.send("GET", path + "/lock").status == 404)
            }
        }
    }
}
