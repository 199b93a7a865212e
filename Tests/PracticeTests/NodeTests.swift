import ClusterModel
import Practice
import Testing

struct NodeTests {
    private func busy() -> PracticeCluster {
        cluster(node("n1"), node("n2"), .deployment("shop", "web", replicas: 4))
    }

    @Test func `a rebooting node and its pods are not ready, and the boot ID is new afterwards`() {
        var cluster = busy()
        let before = cluster.nodeObject("n1")["status", "nodeInfo", "bootID"]
        let uids = Set(cluster.app("web").filter { $0.nodeName == "n1" }.map(\.uid))
        cluster.reboot(node: "n1", duration: .seconds(60))
        let middle = cluster.now + .seconds(30)
        cluster.advance(to: middle)
        #expect(!cluster.nodeObject("n1").isReady)
        #expect(cluster.app("web").filter { $0.nodeName == "n1" }.allSatisfy { !$0.isReady })
        cluster.settle()
        #expect(cluster.nodeObject("n1").isReady)
        #expect(cluster.nodeObject("n1")["status", "nodeInfo", "bootID"] != before)
        #expect(cluster.nodeObject("n1").taints.isEmpty)
        let again = cluster.app("web").filter { uids.contains($0.uid) }
        #expect(again.count == uids.count)
        #expect(again.allSatisfy { $0.isReady })
        #expect(again.first?["status", "containerStatuses"]?.array?.first?["restartCount"]?.integer == 1)
    }

    @Test func `a pod that terminates on a machine that is down goes only when it is back`() throws {
        var cluster = busy()
        let pod = try #require(cluster.app("web").first { $0.nodeName == "n1" })
        cluster.reboot(node: "n1", duration: .seconds(120))
        #expect(cluster.evict("shop", pod.name).status == 201)
        let middle = cluster.now + .seconds(100)
        cluster.advance(to: middle)
        #expect(cluster.app("web").contains { $0.uid == pod.uid })
        cluster.settle()
        #expect(!cluster.app("web").contains { $0.uid == pod.uid })
    }

    @Test func `NotReady taints at once against scheduling, after five seconds against running`() {
        var cluster = busy()
        cluster.setReady(node: "n1", false)
        let soon = cluster.now + .seconds(1)
        cluster.advance(to: soon)
        #expect(cluster.nodeObject("n1").taints == ["node.kubernetes.io/not-ready:NoSchedule"])
        let later = cluster.now + .seconds(6)
        cluster.advance(to: later)
        #expect(
            cluster.nodeObject("n1").taints == [
                "node.kubernetes.io/not-ready:NoSchedule", "node.kubernetes.io/not-ready:NoExecute",
            ]
        )
        #expect(cluster.app("web").count { $0.nodeName == "n1" && $0.isReady } == 2, "the kubelet still reports them")
        cluster.setReady(node: "n1", true)
        cluster.settle()
        #expect(cluster.nodeObject("n1").taints.isEmpty)
    }

    @Test func `pods leave a node that is not ready for five minutes, daemons stay`() {
        var cluster = busy()
        cluster.create(.daemonSet("kube-system", "agent"))
        cluster.settle()
        cluster.setReady(node: "n1", false)
        cluster.settle()
        #expect(cluster.app("web").allSatisfy { $0.nodeName == "n2" && $0.isReady })
        #expect(Set(cluster.app("agent").compactMap(\.nodeName)) == ["n1", "n2"])
    }

    @Test func `a silent kubelet is noticed after its grace, and its pods turn not ready with it`() {
        var cluster = busy()
        cluster.setReachable(node: "n1", false)
        let before = cluster.now + .seconds(49)
        cluster.advance(to: before)
        #expect(cluster.nodeObject("n1").isReady, "until then everything looks healthy")
        let after = cluster.now + .seconds(3)
        cluster.advance(to: after)
        #expect(cluster.nodeObject("n1").status(of: "Ready") == "Unknown")
        #expect(cluster.nodeObject("n1").taints.contains("node.kubernetes.io/unreachable:NoExecute"))
        #expect(cluster.app("web").filter { $0.nodeName == "n1" }.allSatisfy { !$0.isReady })
        cluster.setReachable(node: "n1", true)
        cluster.settle()
        #expect(cluster.nodeObject("n1").isReady)
        #expect(cluster.app("web").allSatisfy { $0.isReady })
    }

    @Test func `the kubelet reports the version it is given`() {
        var cluster = busy()
        cluster.setKubeletVersion(node: "n2", version: "v1.36.2")
        #expect(cluster.nodeObject("n2")["status", "nodeInfo", "kubeletVersion"]?.string == "v1.36.2")
        #expect(cluster.nodeObject("n1")["status", "nodeInfo", "kubeletVersion"]?.string == "v1.35.4")
    }

    @Test func `the demo is healthy, a little over half full, and every budget allows something`() {
        let cluster = PracticeCluster.demo(seed: 1)
        let pods = cluster.objects(.pod).map(\.object)
        #expect(cluster.objects(.node).count == 12)
        #expect((70...90).contains(pods.count))
        #expect(pods.allSatisfy { $0.isReady })
        for (key, budget) in cluster.objects(.budget) {
            #expect(budget["status", "disruptionsAllowed"]?.integer ?? 0 >= 1, "\(key)")
        }
        #expect(cluster.nodeObject("cp-1").taints == ["node-role.kubernetes.io/control-plane:NoSchedule"])
        #expect(
            cluster.nodeObject("worker-9")["status", "addresses"]?.array?.first?["address"]?.string == "127.0.77.12"
        )
        let mirrors = pods.filter { $0["metadata", "annotations", "kubernetes.io/config.mirror"] != nil }
        #expect(mirrors.count == 12)
        #expect(mirrors.first?["metadata", "ownerReferences"]?.array?.first?["kind"]?.string == "Node")
        #expect(!cluster.objects(.pod).contains { $0.object["status", "phase"]?.string == "Pending" })
        #expect(cluster.nextEventTime == nil)
    }
}
