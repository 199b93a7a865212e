import Practice
import Testing

extension Contract {
    /// Bookmarks: how a watch of something quiet keeps up with the cluster.
    struct BookmarkTests {
        /// A real server sends one each minute, and shortly before the end of a watch with a time limit.
        @Test func `before a watch with a time limit ends, a bookmark says how far it has come`() async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    let path = server.path(namespace, "configmaps")
                    let start = try await server.send("GET", path).json["metadata", "resourceVersion"]?.string ?? ""
                    var bookmarks: [JSONValue] = []
                    // No one promises a bookmark, and a busy server may leave one out.
                    for _ in 0..<5 where bookmarks.isEmpty {
                        async let writes: Void = writeElsewhere(server, namespace)
                        let end = try await server.watch(
                            "\(path)?watch=1&allowWatchBookmarks=true&timeoutSeconds=4&resourceVersion=\(start)"
                        ) { event in
                            if event["type"] == "BOOKMARK" { bookmarks.append(event["object"] ?? .null) }
                            return true
                        }
                        try await writes
                        #expect(end.status == 200)
                        #expect(end.ended)
                    }
                    let bookmark = try #require(bookmarks.last)
                    #expect(bookmark["kind"] == "ConfigMap")
                    #expect(bookmark["spec"] == nil && bookmark.name.isEmpty, "nothing but a version")
                    #expect((Int(bookmark.revision) ?? 0) > (Int(start) ?? .max))
                    try await resume(path, from: bookmark.revision, server, namespace)
                }
            }
        }

        /// What makes the cluster go on without an event for the watch: a server has nothing to say of a kind that rests.
        private func writeElsewhere(_ server: ContractServer, _ namespace: String) async throws {
            let path = "/api/v1/namespaces/default/configmaps"
            for _ in 0..<8 {
                try await server.create(path, ["metadata": ["name": .string(namespace)]])
                _ = try await server.send("DELETE", "\(path)/\(namespace)")
                try await ContinuousClock().sleep(for: .milliseconds(200))
            }
        }

        /// A watch from a bookmark's version brings what comes after, and nothing of before.
        private func resume(
            _ path: String,
            from version: String,
            _ server: ContractServer,
            _ namespace: String
        ) async throws {
            try await server.create(path, ["metadata": ["name": "later"]])
            var names: [String] = []
            try await server.watch("\(path)?watch=1&timeoutSeconds=20&resourceVersion=\(version)") { event in
                names.append(event["object"]?.name ?? "")
                return false
            }
            #expect(names == ["later"])
        }

        @Test func `who does not ask for bookmarks gets none`() async throws {
            let server = try ContractServer.required()
            try await Turns.shared.take {
                try await server.withNamespace { namespace in
                    var types: [JSONValue] = []
                    let path = server.path(namespace, "configmaps")
                    let start = try await server.send("GET", path).json["metadata", "resourceVersion"]?.string ?? ""
                    try await server.watch("\(path)?watch=1&timeoutSeconds=3&resourceVersion=\(start)") { event in
                        types.append(event["type"] ?? .null)
                        return true
                    }
                    #expect(!types.contains("BOOKMARK"))
                }
            }
        }
    }
}
