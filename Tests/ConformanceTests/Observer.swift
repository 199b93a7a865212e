import Testing

/// Watches a cluster beside the product, sharing nothing with it: other client, other parser, own clock.
actor Observer {
    private(set) var observation: Observation
    private var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    private var lastListener = 0
    private var finished = false
    /// Why nothing more will be seen.
    private var blindness: String?

    private init(_ observation: Observation) { self.observation = observation }

    /// Watches from before `body` until after it.
    static func watching(
        _ lab: Lab,
        _ body: (Observer) async throws -> Void
    ) async throws -> Observation {
        var lists: [Watched: JSONObject] = [:]
        for watched in Watched.allCases { lists[watched] = try await lab.request("GET", watched.path) }
        func items(_ watched: Watched) -> [JSONObject] { lists[watched]?.objects("items") ?? [] }
        let workloads = (items(.deployments) + items(.statefulSets)).compactMap(Watched.replicas)
        let observer = Observer(
            Observation(
                start: .now,
                pods: items(.pods).compactMap(PodFact.init),
                nodes: items(.nodes).compactMap(NodeFact.init),
                replicas: Dictionary(workloads) { first, _ in first },
                budgets: items(.budgets).compactMap(BudgetFact.init)
            )
        )
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for (watched, version) in lists.mapValues(\.revision) {
                group.addTask { try await observer.follow(lab, watched, from: version) }
            }
            // The watches end with their tasks, whether the body succeeds or not.
            defer { group.cancelAll() }
            try await body(observer)
            return await observer.finish()
        }
    }

    /// Returns once the condition holds; it is tried after every change. Where nothing more is seen, or the time is over,
    /// the issue says what was missing.
    func wait(
        _ what: String,
        within limit: Duration = .seconds(180),
        until condition: @Sendable (Observation) -> Bool
    ) async throws {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        lastListener += 1
        let number = lastListener
        listeners[number] = continuation
        let alarm = Task {
            try await ContinuousClock().sleep(for: limit)
            continuation.finish()
        }
        defer {
            listeners[number] = nil
            alarm.cancel()
        }
        continuation.yield()
        for await _ in changes {
            if condition(observation) { return }
            if blindness != nil { break }
        }
        let seen = observation.shortcomings + observation.interruptions + [blindness].compactMap { $0 }
        Issue.record("waited in vain until \(what): \(seen)")
        throw CancellationError()
    }

    func waitUntilWhole() async throws {
        try await wait("the workloads are whole again") { $0.shortcomings.isEmpty }
    }

    // MARK: Watching

    /// Watches one resource; a watch that ends is resumed where it was, or after a list where the server has forgotten.
    private nonisolated func follow(_ lab: Lab, _ watched: Watched, from start: Int) async throws {
        var version = start
        var failures = 0
        while !Task.isCancelled, await !finished {
            let stream = try WatchStream(lab, resource: "\(watched.path)?watch=1&resourceVersion=\(version)")
            var cutter = LineCutter()
            var isForgotten = false
            for await piece in stream.pieces {
                failures = 0
                for line in cutter.lines(adding: piece.data) {
                    guard let revision = await add(line, from: watched, at: piece.arrived) else {
                        isForgotten = true
                        break
                    }
                    version = revision
                }
                if isForgotten { break }
            }
            if isForgotten { version = try await relist(lab, watched, since: version) ?? version }
            failures += 1
            guard failures < 300 else { return await goBlind("\(watched.path) could not be watched any more") }
            try await ContinuousClock().sleep(for: .milliseconds(200))
        }
    }

    /// The object's revision; nil where the watch can tell no more.
    private func add(_ line: String, from watched: Watched, at time: ContinuousClock.Instant) -> Int? {
        guard let event = JSONObject(text: line), let type = event.string("type"), type != "ERROR" else { return nil }
        let object = event.object("object")
        note(watched.event(type, object), at: time, object.revision)
        return object.revision
    }

    private func note(_ event: Observation.Event?, at time: ContinuousClock.Instant, _ revision: Int) {
        guard let event, !finished else { return }
        observation.add(event, at: time, revision: revision)
        for listener in listeners.values { listener.yield() }
    }

    /// The state after a gap; nil where the server does not answer.
    private func relist(_ lab: Lab, _ watched: Watched, since version: Int) async throws -> Int? {
        guard let result = try? await Command("curl", lab.curl("GET", watched.path) + ["--fail"]).run(),
            let list = JSONObject(text: result.output), !finished
        else { return nil }
        let now = ContinuousClock.now
        observation.interrupt(
            "the watch of \(watched.path) has a gap",
            missing: version...max(version, list.revision)
        )
        let items = list.objects("items")
        for item in items { note(watched.event("MODIFIED", item), at: now, item.revision) }
        if watched == .pods {
            let left = Set(items.compactMap { PodFact($0)?.uid })
            for uid in observation.lastPods.keys where !left.contains(uid) {
                note(.podGone(uid: uid), at: now, list.revision)
            }
        }
        return list.revision
    }

    private func goBlind(_ reason: String) {
        blindness = reason
        for listener in listeners.values { listener.yield() }
    }

    /// What was seen; that the watches end from here on is no loss.
    private func finish() -> Observation {
        finished = true
        return observation
    }
}

/// What an observer watches.
enum Watched: CaseIterable, Sendable {
    case pods, nodes, budgets, deployments, statefulSets

    var path: String {
        switch self {
        case .pods: "/api/v1/pods"
        case .nodes: "/api/v1/nodes"
        case .budgets: "/apis/policy/v1beta1/poddisruptionbudgets"
        case .deployments: "/apis/apps/v1/deployments"
        case .statefulSets: "/apis/apps/v1/statefulsets"
        }
    }

    func event(_ type: String, _ object: JSONObject) -> Observation.Event? {
        switch self {
        case .pods: PodFact(object).map { type == "DELETED" ? .podGone(uid: $0.uid) : .pod($0) }
        case .nodes: NodeFact(object).map { .node($0) }
        case .budgets: BudgetFact(object).map { .budget($0) }
        case .deployments, .statefulSets: Self.replicas(object).map { .replicas($0.0, $0.1) }
        }
    }

    static func replicas(_ workload: JSONObject) -> (String, Int)? {
        let metadata = workload.object("metadata")
        guard let namespace = metadata.string("namespace"), let name = metadata.string("name") else { return nil }
        return ("\(namespace)/\(name)", workload.object("spec").integer("replicas") ?? 1)
    }
}

extension JSONObject {
    /// The resourceVersion of an object or a list, which is etcd's revision.
    var revision: Int { object("metadata").string("resourceVersion").flatMap { Int($0) } ?? 0 }
}
