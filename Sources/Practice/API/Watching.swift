package import ClusterModel

/// A watch in progress: what it is about and how far it has come.
package struct WatchSubscription: Sendable {
    let filter: ObjectFilter
    let apiVersion: String
    let wantsBookmarks: Bool
    /// Each object comes as a table of one row.
    let wantsTables: Bool
    /// The objects that are there at the start come first, as ADDED.
    var needsInitialState: Bool
    /// A bookmark ends the initial state (`sendInitialEvents`).
    let endsInitialState: Bool
    /// The last write that the client has been told of.
    package internal(set) var revision: Int
    var nextBookmark: Instant?
    var deadline: Instant?
    var warnedOfEnd = false

    /// When something is due even without a write, in the cluster's time.
    package var nextDue: Instant? {
        let end = deadline.map { warnedOfEnd || !wantsBookmarks ? $0 : Instant(milliseconds: $0.milliseconds - 1) }
        return [nextBookmark, end].compactMap { $0 }.min()
    }
}

/// What a watch has to say now.
package struct WatchPoll: Sendable {
    /// Whole lines of JSON.
    package var bytes: [UInt8] = []
    /// The server closes the stream after these.
    package var isEnded = false

    mutating func add(_ type: String, _ object: JSONValue) {
        JSONWriter.write(["type": .string(type), "object": object], into: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }
}

extension PracticeCluster {
    func startWatch(
        _ kind: ResourceKind,
        _ namespace: String?,
        _ request: PracticeRequest
    ) throws(Refusal)
        -> PracticeResponse
    {
        let filter = try ObjectFilter(kind, namespace, request)
        let text = request.parameter("resourceVersion") ?? ""
        let revision = text.isEmpty ? 0 : try Self.revision(text)
        let sendsInitial = request.flag("sendInitialEvents")
        let wantsBookmarks = request.flag("allowWatchBookmarks")
        let seconds = request.parameter("timeoutSeconds").flatMap { Double($0) }.flatMap { $0 > 0 ? $0 : nil }
        let subscription = WatchSubscription(
            filter: filter,
            apiVersion: apiVersion(of: kind, request),
            wantsBookmarks: wantsBookmarks,
            wantsTables: Self.wantsTable(request),
            needsInitialState: revision == 0 || sendsInitial,
            endsInitialState: sendsInitial && wantsBookmarks,
            revision: revision,
            nextBookmark: wantsBookmarks ? now + scaled(options.bookmarkInterval) : nil,
            deadline: seconds.map { now + scaled(.seconds($0)) }
        )
        return PracticeResponse(
            status: 200,
            headers: [("Content-Type", "application/json")],
            content: .watch(subscription)
        )
    }

    private func scaled(_ duration: Duration) -> Duration { duration * options.timeScale }

    /// What the watch reports since it was last asked.
    package func poll(_ watch: inout WatchSubscription) -> WatchPoll {
        var poll = WatchPoll()
        if watch.needsInitialState { sendInitialState(&watch, &poll) }
        if watch.revision <= store.revision {
            guard let changes = store.changes(after: watch.revision) else {
                poll.add("ERROR", Refusal.expiredWatch.status)
                poll.isEnded = true
                return poll
            }
            for change in changes where change.kind == watch.filter.kind { report(change, watch, &poll) }
            watch.revision = store.revision
        }
        sendBookmarks(&watch, &poll)
        if let deadline = watch.deadline, now >= deadline { poll.isEnded = true }
        return poll
    }

    private func sendInitialState(_ watch: inout WatchSubscription, _ poll: inout WatchPoll) {
        watch.needsInitialState = false
        watch.revision = store.revision
        for (key, object) in store.all(watch.filter.kind) where watch.filter.matches(key, object) {
            poll.add("ADDED", shown(object, watch))
        }
        if watch.endsInitialState {
            poll.add("BOOKMARK", bookmark(watch, ["k8s.io/initial-events-end": "true"]))
        }
    }

    /// An object that comes to match the filter is added, one that no longer does is deleted.
    private func report(_ change: Change, _ watch: WatchSubscription, _ poll: inout WatchPoll) {
        let matched = change.previous.map { watch.filter.matches(change.key, $0) } ?? false
        let matches = change.verb != .deleted && watch.filter.matches(change.key, change.object)
        let object = shown(change.object, watch)
        switch (matched, matches) {
        case (false, true): poll.add("ADDED", object)
        case (true, true): poll.add("MODIFIED", object)
        case (true, false): poll.add("DELETED", object)
        case (false, false): break
        }
    }

    private func sendBookmarks(_ watch: inout WatchSubscription, _ poll: inout WatchPoll) {
        guard watch.wantsBookmarks, watch.revision <= store.revision else { return }
        let endsSoon = watch.deadline.map { now.milliseconds >= $0.milliseconds - 1 } ?? false
        let isDue = watch.nextBookmark.map { now >= $0 } ?? false
        guard isDue || (endsSoon && !watch.warnedOfEnd) else { return }
        watch.warnedOfEnd = watch.warnedOfEnd || endsSoon
        watch.nextBookmark = now + scaled(options.bookmarkInterval)
        poll.add("BOOKMARK", bookmark(watch, nil))
    }

    private func bookmark(_ watch: WatchSubscription, _ annotations: JSONValue?) -> JSONValue {
        var metadata: JSONValue = ["resourceVersion": .string(String(store.revision))]
        metadata["annotations"] = annotations
        return shown(["metadata": metadata], watch)
    }

    private func shown(_ object: JSONValue, _ watch: WatchSubscription) -> JSONValue {
        guard watch.wantsTables else { return Self.wire(watch.filter.kind, watch.apiVersion, object) }
        return table(
            watch.filter.kind,
            [object],
            metadata: ["resourceVersion": object["metadata", "resourceVersion"] ?? ""]
        )
    }
}
