import Testing

/// Watches a cluster beside the product, sharing nothing with it: other client, other parser, own clock.
actor Observer {
    private(set) var observation: Observation
    private var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    private var lastListener = 0
    private var finished = false

    private init(_ observation: Observation) { self.observation = observation }

    /// Watches from before `body` until after it.
    static func watching(
        _ lab: Lab,
        _ body: (Observer) async throws -> Void
    ) async throws -> Observation {
        let pods = try await lab.request("GET", "/api/v1/pods")
        let nodes = try await lab.request("GET", "/api/v1/nodes")
        let observer = Observer(
            Observation(
                start: .now,
                pods: pods.objects("items").compactMap(PodFact.init),
                nodes: nodes.objects("items").compactMap(NodeFact.init),
                replicas: try await replicas(lab),
                budgets: try await lab.request("GET", "/apis/policy/v1beta1/poddisruptionbudgets").objects("items")
                    .compactMap(BudgetFact.init)
            )
        )
        let sources = [("pods", version(of: pods)), ("nodes", version(of: nodes))]
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for (resource, version) in sources {
                group.addTask { try await observer.follow(lab, resource, from: version) }
            }
            // The watches end with their tasks, whether the body succeeds or not.
            defer { group.cancelAll() }
            try await body(observer)
            return await observer.finish()
        }
    }

    /// Returns once the condition holds; it is tried after every change.
    func wait(_ what: Comment, until condition: @Sendable (Observation) -> Bool) async throws {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        lastListener += 1
        let number = lastListener
        listeners[number] = continuation
        defer { listeners[number] = nil }
        continuation.yield()
        for await _ in changes where condition(observation) { return }
        Issue.record(what)
        throw CancellationError()
    }

    private static func replicas(_ lab: Lab) async throws -> [String: Int] {
        var replicas: [String: Int] = [:]
        for kind in ["deployments", "statefulsets"] {
            for workload in try await lab.request("GET", "/apis/apps/v1/\(kind)").objects("items") {
                let metadata = workload.object("metadata")
                guard let namespace = metadata.string("namespace"), let name = metadata.string("name") else { continue }
                replicas["\(namespace)/\(name)"] = workload.object("spec").integer("replicas")
            }
        }
        return replicas
    }

    private static func version(of list: JSONObject) -> String {
        list.object("metadata").string("resourceVersion") ?? "0"
    }

    private nonisolated func follow(_ lab: Lab, _ resource: String, from version: String) async throws {
        let stream = try WatchStream(lab, resource: "/api/v1/\(resource)?watch=1&resourceVersion=\(version)")
        var cutter = LineCutter()
        for await piece in stream.pieces {
            for line in cutter.lines(adding: piece.data) { await add(line, from: resource, at: piece.arrived) }
        }
        await interrupt("the watch of \(resource) ended")
    }

    private func add(_ line: String, from resource: String, at time: ContinuousClock.Instant) {
        guard let event = JSONObject(text: line), let type = event.string("type"), type != "ERROR" else {
            return interrupt("the watch of \(resource) brought \(line.prefix(200))")
        }
        let object = event.object("object")
        if resource == "nodes" {
            if let node = NodeFact(object) { observation.add(.node(node), at: time) }
        } else if let pod = PodFact(object) {
            observation.add(type == "DELETED" ? .podGone(uid: pod.uid) : .pod(pod), at: time)
        }
        for listener in listeners.values { listener.yield() }
    }

    private func interrupt(_ reason: String) {
        if !finished { observation.interrupt(reason) }
    }

    /// What was seen; that the watches end from here on is no loss.
    private func finish() -> Observation {
        finished = true
        return observation
    }
}
