import ClusterModel
import Practice
import Testing

struct WatchTests {
    @Test func `a watch from a revision reports what came after, with the whole object`() throws {
        var cluster = cluster(node("n1"), node("n2"), .deployment("shop", "web", replicas: 1))
        var watch = try cluster.watch("/api/v1/pods?watch=1&resourceVersion=\(cluster.resourceVersion)")
        #expect(cluster.events(&watch).isEmpty)
        let pod = cluster.app("web")[0]
        cluster.evict("shop", pod.name)
        cluster.settle()
        let events = cluster.events(&watch)
        let types = events.filter { $0["object"]?.uid == pod.uid }.compactMap { $0["type"]?.string }
        #expect(types.first == "MODIFIED")
        #expect(types.last == "DELETED")
        #expect(types.count { $0 == "DELETED" } == 1)
        let replacement = events.filter { $0["object"]?.uid != pod.uid }
        #expect(replacement.first?["type"] == "ADDED")
        #expect(replacement.last?["object"]?.isReady == true)
        #expect(events.allSatisfy { $0["object", "kind"] == "Pod" && $0["object", "apiVersion"] == "v1" })
        let revisions = events.compactMap { Int($0["object"]?.revision ?? "") }
        #expect(revisions == revisions.sorted())
        #expect(Set(revisions).count == revisions.count)
        #expect(cluster.events(&watch).isEmpty, "nothing twice")
    }

    @Test(arguments: ["", "&resourceVersion=0"])
    func `a watch from nowhere starts with everything there is`(query: String) throws {
        var cluster = cluster(node("n1"), node("n2"))
        var watch = try cluster.watch("/api/v1/nodes?watch=1\(query)")
        #expect(cluster.events(&watch).map { $0["type"]?.string } == ["ADDED", "ADDED"])
    }

    @Test func `a streaming list ends its initial state with a marked bookmark`() throws {
        var cluster = cluster(node("n1"))
        var watch = try cluster.watch(
            "/api/v1/nodes?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
        )
        let events = cluster.events(&watch)
        #expect(events.map { $0["type"]?.string } == ["ADDED", "BOOKMARK"])
        #expect(events.last?["object", "metadata", "annotations", "k8s.io/initial-events-end"] == "true")
    }

    @Test func `a watch from before the ring gets one ERROR with 410 and ends`() throws {
        var cluster = cluster(node("n1"))
        let old = cluster.resourceVersion
        cluster.cordon("n1")
        cluster.compactHistory()
        var watch = try cluster.watch("/api/v1/nodes?watch=1&resourceVersion=\(old)")
        let poll = cluster.poll(&watch)
        #expect(poll.isEnded)
        let events = lines(poll)
        #expect(events.count == 1)
        #expect(events[0]["type"] == "ERROR")
        #expect(events[0]["object", "code"] == 410)
        #expect(events[0]["object", "reason"] == "Expired")
    }

    @Test func `the ring forgets by its length`() throws {
        var options = PracticeOptions()
        options.historyLimit = 5
        var cluster = cluster(node("n1"), options: options)
        let start = cluster.resourceVersion
        for turn in 0..<6 { cluster.cordon("n1", turn % 2 == 0) }
        var old = try cluster.watch("/api/v1/nodes?watch=1&resourceVersion=\(start)")
        #expect(cluster.poll(&old).isEnded)
        var recent = try cluster.watch("/api/v1/nodes?watch=1&resourceVersion=\(start + 1)")
        #expect(cluster.events(&recent).count == 5)
    }

    @Test func `a watch from the future is silent`() throws {
        var cluster = cluster(node("n1"))
        var watch = try cluster.watch("/api/v1/nodes?watch=1&resourceVersion=999999999")
        cluster.cordon("n1")
        let poll = cluster.poll(&watch)
        #expect(poll.bytes.isEmpty && !poll.isEnded)
    }

    @Test func `bookmarks come each minute and before the end, which comes without a word`() throws {
        var cluster = cluster(node("n1"))
        let start = cluster.now
        var watch = try cluster.watch(
            "/api/v1/nodes?watch=1&allowWatchBookmarks=true&timeoutSeconds=90&resourceVersion=\(cluster.resourceVersion)"
        )
        #expect(watch.nextDue == start + .seconds(60))
        cluster.advance(to: start + .seconds(59))
        #expect(cluster.events(&watch).isEmpty)
        cluster.advance(to: start + .seconds(60))
        let bookmark = try #require(cluster.events(&watch).first)
        #expect(bookmark["type"] == "BOOKMARK")
        #expect(bookmark["object"]?.revision == String(cluster.resourceVersion))
        cluster.advance(to: start + .seconds(90))
        let last = cluster.poll(&watch)
        #expect(lines(last).map { $0["type"]?.string } == ["BOOKMARK"])
        #expect(last.isEnded)
    }

    @Test func `without bookmarks the timeout ends a watch silently`() throws {
        var cluster = cluster(node("n1"))
        let start = cluster.now
        var watch = try cluster.watch(
            "/api/v1/nodes?watch=1&timeoutSeconds=3&resourceVersion=\(cluster.resourceVersion)"
        )
        cluster.advance(to: start + .seconds(3))
        let poll = cluster.poll(&watch)
        #expect(poll.bytes.isEmpty && poll.isEnded)
    }

    @Test func `a pod that comes to match a selector is added, and deleted when it leaves`() throws {
        var cluster = cluster(node("n1"), .deployment("shop", "web", replicas: 1))
        let pod = cluster.app("web")[0]
        var watch = try cluster.watch(
            "/api/v1/namespaces/shop/pods?watch=1&labelSelector=tier%3Dfront&resourceVersion=\(cluster.resourceVersion)"
        )
        for tier in ["front", "back"] {
            cluster.send(
                "PATCH",
                "/api/v1/namespaces/shop/pods/\(pod.name)",
                ["metadata": ["labels": ["tier": .string(tier)]]],
                type: "application/merge-patch+json"
            )
        }
        #expect(cluster.events(&watch).map { $0["type"]?.string } == ["ADDED", "DELETED"])
    }

    @Test func `a watch of one node's pods says nothing of others`() throws {
        var cluster = cluster(node("n1"), node("n2"), .deployment("shop", "web", replicas: 4))
        var watch = try cluster.watch(
            "/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dn1&resourceVersion=\(cluster.resourceVersion)"
        )
        for pod in cluster.app("web") { cluster.evict("shop", pod.name) }
        cluster.settle()
        let events = cluster.events(&watch)
        #expect(!events.isEmpty)
        #expect(events.allSatisfy { $0["object"]?.nodeName == "n1" })
    }

    @Test func `a watch that asks for tables gets one row for each event`() throws {
        var cluster = cluster(node("n1"))
        let response = cluster.send(
            "GET",
            "/api/v1/nodes?watch=1",
            headers: [("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io")]
        )
        guard case .watch(var watch) = response.content else { throw NoWatch() }
        _ = cluster.poll(&watch)
        cluster.cordon("n1")
        let event = try #require(cluster.events(&watch).first)
        #expect(event["type"] == "MODIFIED")
        #expect(event["object", "kind"] == "Table")
        #expect(
            event["object", "rows"]?.array?.first?["cells"]?.array?.prefix(2) == ["n1", "Ready,SchedulingDisabled"]
        )
    }
}
