import ClusterModel
import Practice
import Testing

struct WorkloadTests {
    @Test func `an evicted pod of a deployment comes back on another node`() throws {
        var cluster = cluster(node("n1"), node("n2"), .deployment("shop", "web", replicas: 1))
        let pod = try #require(cluster.app("web").first)
        let home = try #require(pod.nodeName)
        cluster.cordon(home)
        #expect(cluster.evict("shop", pod.name).status == 201)
        #expect(cluster.app("web").first?["metadata", "deletionTimestamp"] != nil, "201 means admitted, not gone")
        cluster.settle()
        let after = cluster.app("web")
        #expect(after.count == 1)
        #expect(after.first?.uid != pod.uid)
        #expect(after.first?.nodeName == (home == "n1" ? "n2" : "n1"))
        #expect(after.first?.isReady == true)
    }

    @Test func `a deployment grows and shrinks with its replicas`() {
        var cluster = cluster(node("n1"), node("n2"), .deployment("shop", "web", replicas: 3))
        for wanted in [5, 2, 0] {
            cluster.send(
                "PATCH",
                "/apis/apps/v1/namespaces/shop/deployments/web",
                ["spec": ["replicas": JSONValue(wanted)]],
                type: "application/merge-patch+json"
            )
            cluster.settle()
            #expect(cluster.app("web").count == wanted)
        }
    }

    @Test func `deleting a deployment takes its replica set and pods with it`() {
        var cluster = cluster(node("n1"), .deployment("shop", "web", replicas: 3))
        cluster.send("DELETE", "/apis/apps/v1/namespaces/shop/deployments/web")
        cluster.settle()
        #expect(cluster.app("web").isEmpty)
        #expect(cluster.objects(.replicaSet).isEmpty)
    }

    @Test func `an ordinal of a stateful set keeps its name and waits for the old pod to go`() {
        var cluster = cluster(
            node("n1"),
            node("n2"),
            .statefulSet(
                "data",
                "db",
                replicas: 3,
                pod: PracticePod(annotations: [PracticeAnnotation.stopSeconds: "8"])
            )
        )
        #expect(cluster.app("db").map(\.name) == ["db-0", "db-1", "db-2"])
        let old = cluster.app("db")[1].uid
        cluster.evict("data", "db-1")
        let end = cluster.now + .seconds(7)
        cluster.advance(to: end)
        #expect(cluster.app("db").first { $0.name == "db-1" }?.uid == old, "still stopping")
        cluster.settle()
        let fresh = cluster.app("db").first { $0.name == "db-1" }
        #expect(fresh != nil && fresh?.uid != old)
        #expect(cluster.app("db").count == 3)
    }

    @Test func `an ordered stateful set does not start the next ordinal before the one below is ready`() {
        var cluster = PracticeCluster(seed: 3, startingAt: morning)
        cluster.create([
            node("n1"),
            .statefulSet(
                "data",
                "db",
                replicas: 2,
                pod: PracticePod(annotations: [PracticeAnnotation.readySeconds: "never"])
            ),
        ])
        cluster.settle()
        #expect(cluster.app("db").map(\.name) == ["db-0"])
    }

    @Test func `a parallel stateful set starts all of its ordinals`() {
        let cluster = cluster(
            node("n1"),
            .statefulSet(
                "data",
                "db",
                replicas: 3,
                parallel: true,
                pod: PracticePod(annotations: [PracticeAnnotation.readySeconds: "never"])
            )
        )
        #expect(cluster.app("db").count == 3)
    }

    @Test func `a daemon set runs on every node that it tolerates, and stays on a cordoned one`() {
        var cluster = cluster(
            node("n1"),
            node("n2"),
            .node(name: "cp", taints: [["key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"]]),
            .daemonSet("kube-system", "agent")
        )
        #expect(Set(cluster.app("agent").compactMap(\.nodeName)) == ["n1", "n2"])
        cluster.cordon("n1")
        cluster.settle()
        #expect(cluster.app("agent").count == 2)
        let here = cluster.app("agent").first { $0.nodeName == "n1" }
        #expect(cluster.evict("kube-system", here?.name ?? "").status == 201)
        cluster.settle()
        let back = cluster.app("agent").first { $0.nodeName == "n1" }
        #expect(back != nil && back?.uid != here?.uid, "a daemon comes straight back")
    }

    @Test func `a node that joins gets its daemon and then waiting pods`() {
        var cluster = cluster(
            .daemonSet("kube-system", "agent"),
            .deployment("shop", "web", replicas: 1)
        )
        #expect(cluster.app("web").first?.status(of: "PodScheduled") == "False")
        cluster.create(node("n1"))
        cluster.settle()
        #expect(cluster.app("agent").count == 1)
        #expect(cluster.app("web").first?.isReady == true)
    }

    @Test func `a job runs to completion, and an evicted pod is tried again`() {
        var cluster = PracticeCluster(seed: 5, startingAt: morning)
        cluster.create([node("n1"), .job("batch", "report", completions: 2, seconds: 30)])
        cluster.advance(to: morning + .seconds(20))
        let first = cluster.app("report").first
        #expect(first?["status", "phase"]?.string == "Running")
        cluster.evict("batch", first?.name ?? "")
        cluster.settle()
        let job = cluster.object(.job, ObjectKey(namespace: "batch", name: "report"))
        #expect(job?["status", "succeeded"]?.integer == 2)
        #expect(job?.status(of: "Complete") == "True")
        #expect(!cluster.app("report").contains { $0.uid == first?.uid })
    }

    @Test func `the same seed and calls give the same history, another seed another one`() {
        func history(_ seed: UInt64) -> [String] {
            var cluster = PracticeCluster.demo(seed: seed)
            cluster.cordon("worker-1")
            for pod in cluster.objects(.pod) where pod.object.nodeName == "worker-1" {
                cluster.evict(pod.key.namespace, pod.key.name)
            }
            cluster.reboot(node: "worker-2", duration: .seconds(90))
            cluster.settle()
            return ResourceKind.allCases.flatMap { kind in cluster.objects(kind).map(\.object.text) }
        }
        let first = history(11)
        #expect(first == history(11))
        #expect(first != history(12))
    }
}
