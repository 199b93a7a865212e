import ClusterModel
import Practice
import Testing

/// Objects put in from outside, as a rehearsal does with a snapshot of a real cluster.
struct SeedingTests {
    /// What another cluster's API says of everything in it.
    private func snapshot(of cluster: inout PracticeCluster) -> [JSONValue] {
        ResourceKind.allCases.flatMap { kind -> [JSONValue] in
            let base = kind.group.isEmpty ? "/api/v1" : "/apis/\(kind.group)/v1"
            return (cluster.send("GET", "\(base)/\(kind.plural)").json?["items"]?.array ?? []).map { item in
                var object = item
                object["kind"] = .string(kind.rawValue)
                return object
            }
        }
    }

    private func copy(of original: inout PracticeCluster, seed: UInt64) -> PracticeCluster {
        var copy = PracticeCluster(seed: seed, startingAt: original.now)
        for object in snapshot(of: &original) where object["kind"] != "Namespace" {
            #expect(copy.create(object) != nil)
        }
        return copy
    }

    @Test func `a copy of a healthy cluster stays as it is`() {
        var original = PracticeCluster.demo(seed: 5)
        var copy = copy(of: &original, seed: 99)
        copy.settle()
        for kind in [ResourceKind.node, .pod, .replicaSet, .statefulSet] {
            let before = original.objects(kind)
            let after = copy.objects(kind)
            #expect(before.map(\.key) == after.map(\.key))
            for (old, new) in zip(before, after) {
                #expect(old.object.uid == new.object.uid, "\(old.key)")
                #expect(old.object["spec"] == new.object["spec"], "\(old.key)")
            }
        }
        for (key, budget) in original.objects(.budget) {
            #expect(copy.budgetStatus(key.namespace, key.name) == budget["status"], "\(key)")
        }
    }

    @Test func `a copy goes on with what had begun`() {
        var original = PracticeCluster.demo(seed: 6)
        let pod = original.app("web")[0]
        original.evict("shop", pod.name)
        var copy = copy(of: &original, seed: 7)
        #expect(copy.app("web").contains { $0.uid == pod.uid })
        copy.settle()
        #expect(!copy.app("web").contains { $0.uid == pod.uid })
        #expect(copy.app("web").count { $0.isReady } == 12)
    }

    @Test func `a replica set is known by its template, whoever named it`() {
        var original = cluster(node("n1"), .deployment("shop", "web", replicas: 2))
        let old = original.objects(.replicaSet)[0]
        var copy = PracticeCluster(seed: 2, startingAt: original.now)
        for object in snapshot(of: &original) where object["kind"] != "Namespace" && object["kind"] != "Pod" {
            var object = object
            if object.uid == old.object.uid { object["metadata", "name"] = "web-5d8f" }
            copy.create(object)
        }
        copy.settle()
        #expect(copy.objects(.replicaSet).map(\.key.name) == ["web-5d8f"])
        #expect(copy.app("web").count { $0.isReady && $0.name.hasPrefix("web-5d8f-") } == 2)
    }

    @Test func `a changed template brings a new replica set, and the old one goes to zero`() {
        var cluster = cluster(node("n1"), .deployment("shop", "web", replicas: 2))
        let old = cluster.app("web").map(\.uid)
        cluster.send(
            "PATCH",
            "/apis/apps/v1/namespaces/shop/deployments/web",
            ["spec": ["template": ["metadata": ["annotations": ["restarted": "now"]]]]],
            type: "application/strategic-merge-patch+json"
        )
        cluster.settle()
        #expect(
            cluster.objects(.replicaSet).map { $0.object["spec", "replicas"]?.integer }.sorted { $0 ?? 0 < $1 ?? 0 }
                == [0, 2]
        )
        #expect(cluster.app("web").count { $0.isReady && !old.contains($0.uid) } == 2)
        #expect(cluster.app("web").count == 2)
    }

    @Test func `a kind that is not kept is said so`() {
        var cluster = PracticeCluster(seed: 1, startingAt: morning)
        #expect(cluster.create(["kind": "Ingress", "metadata": ["name": "x"]]) == nil)
    }

    @Test func `time never goes back, and nothing happens before its time`() {
        var cluster = PracticeCluster(seed: 1, startingAt: morning)
        cluster.create([node("n1"), .deployment("shop", "web", replicas: 1)])
        cluster.advance(to: morning)
        #expect(cluster.app("web").isEmpty)
        #expect(cluster.nextEventTime != nil)
        cluster.settle()
        let rest = cluster.now
        cluster.advance(to: morning)
        #expect(cluster.now == rest)
        #expect(cluster.nextEventTime == nil)
    }

    @Test func `a pod that is slow to be ready is ready when it says`() {
        var cluster = PracticeCluster(seed: 1, startingAt: morning)
        let pod = PracticePod(annotations: [PracticeAnnotation.readySeconds: "45"])
        cluster.create([node("n1"), .deployment("shop", "web", replicas: 1, pod: pod)])
        cluster.advance(to: morning + .seconds(44))
        #expect(cluster.app("web")[0]["status", "phase"] == "Running")
        #expect(!cluster.app("web")[0].isReady)
        cluster.settle()
        #expect(cluster.app("web")[0].isReady)
    }

    @Test func `a deleted node takes its pods, and they come back elsewhere`() {
        var cluster = cluster(node("n1"), node("n2"), .deployment("shop", "web", replicas: 4))
        cluster.send("DELETE", "/api/v1/nodes/n1")
        cluster.settle()
        #expect(cluster.app("web").count { $0.isReady && $0.nodeName == "n2" } == 4)
    }
}
