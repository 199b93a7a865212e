import Foundation
import NIOHTTP1
import Practice
import Testing

extension Contract {
    /// Lists and watches.
    struct ListTests {
        /// Leases are the cheapest objects there are.
        private func onLeases(
            _ count: Int = 5,
            _ body: (ContractServer, String) async throws -> Void
        ) async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    let path = server.path(namespace, "leases")
                    for index in 0..<count { try await server.create(path, Self.lease(index)) }
                    try await body(server, path)
                }
            }
        }

        private static func lease(_ index: Int) -> JSONValue {
            var labels: JSONValue = ["index": .string("\(index)"), "parity": index % 2 == 0 ? "even" : "odd"]
            if index == 0 { labels["first"] = "" }
            return ["metadata": ["name": .string("lease-\(index)"), "labels": labels]]
        }

        @Test(arguments: [1, 2, 3, 5, 10])
        func `pages hold everything once, at one version`(limit: Int) async throws {
            try await onLeases { server, path in
                var names: [String] = []
                var versions: Set<String> = []
                var token = ""
                repeat {
                    let list = try await server.send("GET", "\(path)?limit=\(limit)&continue=\(token)").json
                    let items = list["items"]?.array ?? []
                    #expect(items.count <= limit)
                    names += items.map(\.name)
                    versions.insert(list.revision)
                    token = list["metadata", "continue"]?.string ?? ""
                    let left = list["metadata", "remainingItemCount"]?.integer
                    #expect(left == (token.isEmpty ? nil : 5 - names.count))
                } while !token.isEmpty
                #expect(names == (0..<5).map { "lease-\($0)" })
                #expect(versions.count == 1)
            }
        }

        @Test func `what is written between two pages is not in the second`() async throws {
            try await onLeases { server, path in
                let first = try await server.send("GET", "\(path)?limit=3").json
                try await server.create(path, Self.lease(9))
                let token = first["metadata", "continue"]?.string ?? ""
                let second = try await server.send("GET", "\(path)?limit=10&continue=\(token)").json
                #expect(second["items"]?.array?.map(\.name) == ["lease-3", "lease-4"])
            }
        }

        @Test func `how much is left is not said where there is a selector`() async throws {
            try await onLeases { server, path in
                let list = try await server.send("GET", "\(path)?limit=1&labelSelector=parity%3Deven").json
                #expect(list["metadata", "continue"]?.string?.isEmpty == false)
                #expect(list["metadata", "remainingItemCount"] == nil)
            }
        }

        static let selectors: [(String, [Int])] = [
            ("parity%3Deven", [0, 2, 4]), ("parity%3D%3Dodd", [1, 3]), ("parity%21%3Deven", [1, 3]),
            ("index+in+(1,3,7)", [1, 3]), ("index+notin+(1,3)", [0, 2, 4]), ("first", [0]), ("%21first", [1, 2, 3, 4]),
            ("parity%3Deven,index%21%3D0", [2, 4]), ("nosuch%21%3Dx", [0, 1, 2, 3, 4]), ("first%3D", [0]),
        ]

        @Test(arguments: selectors)
        func `a label selector chooses`(selector: String, chosen: [Int]) async throws {
            try await onLeases { server, path in
                let list = try await server.send("GET", "\(path)?labelSelector=\(selector)")
                #expect(list.json["items"]?.array?.map(\.name) == chosen.map { "lease-\($0)" }, "\(list.text)")
            }
        }

        @Test(arguments: [("metadata.name%3Dlease-2", [2]), ("metadata.name%21%3Dlease-2", [0, 1, 3, 4])])
        func `a field selector chooses`(selector: String, chosen: [Int]) async throws {
            try await onLeases { server, path in
                let list = try await server.send("GET", "\(path)?fieldSelector=\(selector)").json
                #expect(list["items"]?.array?.map(\.name) == chosen.map { "lease-\($0)" })
            }
        }

        // MARK: Watches

        @Test func `a watch tells what was added, changed and deleted, with the whole object`() async throws {
            try await onLeases(1) { server, path in
                let version = try await server.send("GET", path).json.revision
                try await server.create(path, Self.lease(1))
                let patch: JSONValue = ["metadata": ["labels": ["x": "y"]]]
                _ = try await server.send("PATCH", path + "/lease-1", patch, type: "application/merge-patch+json")
                _ = try await server.send("DELETE", path + "/lease-1")
                var events: [JSONValue] = []
                try await server.watch("\(path)?watch=1&resourceVersion=\(version)&timeoutSeconds=20") { event in
                    events.append(event)
                    return events.count < 3
                }
                #expect(events.map { $0["type"] } == ["ADDED", "MODIFIED", "DELETED"])
                #expect(events.allSatisfy { $0["object"]?.name == "lease-1" && $0["object", "kind"] == "Lease" })
                let versions = events.compactMap { Int($0["object"]?.revision ?? "") }
                #expect(versions == versions.sorted())
                #expect(Set(versions).count == 3)
            }
        }

        @Test func `a watch is taken up from the last version seen, without a gap and without a repetition`()
            async throws
        {
            try await onLeases(1) { server, path in
                var version = try await server.send("GET", path).json.revision
                for index in 1...4 { try await server.create(path, Self.lease(index)) }
                var names: [String] = []
                for _ in 0..<4 {
                    try await server.watch("\(path)?watch=1&resourceVersion=\(version)&timeoutSeconds=20") { event in
                        names.append(event["object"]?.name ?? "")
                        version = event["object"]?.revision ?? ""
                        return false
                    }
                }
                #expect(names == (1...4).map { "lease-\($0)" })
            }
        }

        @Test(arguments: ["", "&resourceVersion=0"])
        func `a watch from nowhere begins with what there is`(query: String) async throws {
            try await onLeases(3) { server, path in
                var names: Set<String> = []
                try await server.watch("\(path)?watch=1\(query)&timeoutSeconds=20") { event in
                    #expect(event["type"] == "ADDED")
                    names.insert(event["object"]?.name ?? "")
                    return names.count < 3
                }
                #expect(names == ["lease-0", "lease-1", "lease-2"])
            }
        }

        @Test func `the time limit ends a watch without a word`() async throws {
            try await onLeases(1) { server, path in
                let version = try await server.send("GET", path).json.revision
                var events = 0
                let end = try await server.watch("\(path)?watch=1&resourceVersion=\(version)&timeoutSeconds=1") { _ in
                    events += 1
                    return true
                }
                #expect(end.status == 200)
                #expect(end.ended)
                #expect(events == 0)
            }
        }

        @Test func `a watch of a selection sees an object come and go by its labels`() async throws {
            try await onLeases(1) { server, path in
                let version = try await server.send("GET", path).json.revision
                let type = "application/merge-patch+json"
                for value: JSONValue in ["yes", "no"] {
                    let patch: JSONValue = ["metadata": ["labels": ["mine": value]]]
                    _ = try await server.send("PATCH", path + "/lease-0", patch, type: type)
                }
                var types: [String] = []
                let query = "watch=1&resourceVersion=\(version)&labelSelector=mine%3Dyes&timeoutSeconds=20"
                try await server.watch("\(path)?\(query)") { event in
                    types.append(event["type"]?.string ?? "")
                    return types.count < 2
                }
                #expect(types == ["ADDED", "DELETED"])
            }
        }

        @Test func `a watch of one object sees no other`() async throws {
            try await onLeases(2) { server, path in
                let version = try await server.send("GET", path).json.revision
                let patch: JSONValue = ["metadata": ["labels": ["x": "y"]]]
                for name in ["lease-0", "lease-1"] {
                    _ = try await server.send("PATCH", "\(path)/\(name)", patch, type: "application/merge-patch+json")
                }
                var seen: [String] = []
                let query = "watch=1&resourceVersion=\(version)&fieldSelector=metadata.name%3Dlease-1&timeoutSeconds=20"
                try await server.watch("\(path)?\(query)") { event in
                    seen.append(event["object"]?.name ?? "")
                    return false
                }
                #expect(seen == ["lease-1"])
            }
        }

        @Test func `a watch from before what the server remembers says 410 in its one event, and ends`() async throws {
            try await onLeases(1) { server, path in
                var events: [JSONValue] = []
                let end = try await server.watch("\(path)?watch=1&resourceVersion=1&timeoutSeconds=5") { event in
                    events.append(event)
                    return true
                }
                #expect(end.status == 200 && end.ended)
                // A server that has not compacted anything yet remembers everything.
                if server.isReal, events.first?["type"] == "ADDED" { return }
                #expect(events.map { $0["type"] } == ["ERROR"])
                #expect(events.first?["object", "code"] == 410)
            }
        }

        @Test func `a list at a version that is still to come is refused for now`() async throws {
            try await onLeases(1) { server, path in
                let answer = try await server.send("GET", path + "?resourceVersion=999999999")
                #expect(answer.status == 504, "\(answer.text)")
                #expect(answer.headers.first(name: "Retry-After") == "1")
            }
        }
    }
}
