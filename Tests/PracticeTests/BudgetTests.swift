import ClusterModel
import Practice
import Testing

struct BudgetTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var replicas: Int
        var minAvailable: JSONValue?
        var maxUnavailable: JSONValue?
        var desired: Int
        var allowed: Int

        var testDescription: String {
            "\(replicas) replicas, min \(minAvailable?.text ?? "-"), max \(maxUnavailable?.text ?? "-")"
        }
    }

    static let rows = [
        Row(replicas: 5, minAvailable: 4, desired: 4, allowed: 1),
        Row(replicas: 5, minAvailable: 5, desired: 5, allowed: 0),
        Row(replicas: 3, minAvailable: 7, desired: 7, allowed: 0),
        Row(replicas: 6, maxUnavailable: "34%", desired: 3, allowed: 3),
        Row(replicas: 8, maxUnavailable: "25%", desired: 6, allowed: 2),
        Row(replicas: 7, maxUnavailable: "1%", desired: 6, allowed: 1),
        Row(replicas: 3, maxUnavailable: 5, desired: 0, allowed: 3),
        Row(replicas: 4, maxUnavailable: 0, desired: 4, allowed: 0),
        Row(replicas: 12, minAvailable: "80%", desired: 10, allowed: 2),
        Row(replicas: 7, minAvailable: "50%", desired: 4, allowed: 3),
        Row(replicas: 10, minAvailable: "100%", desired: 10, allowed: 0),
        Row(replicas: 1, minAvailable: "1%", desired: 1, allowed: 0),
    ]

    @Test(arguments: rows)
    func `percentages round up, of the owners' scale`(row: Row) {
        let cluster = cluster(
            node("n1"),
            node("n2"),
            .deployment("shop", "web", replicas: row.replicas),
            .budget("shop", "web", minAvailable: row.minAvailable, maxUnavailable: row.maxUnavailable)
        )
        let status = cluster.budgetStatus("shop", "web")
        #expect(status["expectedPods"]?.integer == row.replicas)
        #expect(status["currentHealthy"]?.integer == row.replicas)
        #expect(status["desiredHealthy"]?.integer == row.desired)
        #expect(status["disruptionsAllowed"]?.integer == row.allowed)
        #expect(status["observedGeneration"]?.integer == 1)
        let condition = status["conditions"]?.array?.first
        #expect(condition?["reason"]?.string == (row.allowed > 0 ? "SufficientPods" : "InsufficientPods"))
    }

    @Test func `the scale counts even where pods are missing, so a percentage does not shrink with them`() {
        let cluster = cluster(
            node("n1", cpu: "1"),
            .deployment("shop", "web", replicas: 4, pod: PracticePod(cpu: "400m")),
            .budget("shop", "web", maxUnavailable: "50%")
        )
        let status = cluster.budgetStatus("shop", "web")
        #expect(status["expectedPods"]?.integer == 4)
        #expect(status["currentHealthy"]?.integer == 2)
        #expect(status["desiredHealthy"]?.integer == 2)
        #expect(status["disruptionsAllowed"]?.integer == 0)
    }

    @Test func `a budget that selects nothing allows nothing`() {
        let cluster = cluster(node("n1"), .budget("shop", "ghost", minAvailable: 1))
        let status = cluster.budgetStatus("shop", "ghost")
        #expect(status["expectedPods"]?.integer == 0)
        #expect(status["desiredHealthy"]?.integer == 1)
        #expect(status["disruptionsAllowed"]?.integer == 0)
    }

    @Test func `a budget over a job's pods fails to sync and is never observed`() throws {
        var cluster = PracticeCluster(seed: 1, startingAt: morning)
        cluster.create([
            node("n1"), .job("batch", "etl", seconds: 3000), .budget("batch", "etl", maxUnavailable: 1),
        ])
        cluster.advance(to: morning + .seconds(60))
        let status = cluster.budgetStatus("batch", "etl")
        #expect(status["observedGeneration"] == nil)
        let condition = status["conditions"]?.array?.first
        #expect(condition?["reason"]?.string == "SyncFailed")
        #expect(condition?["message"]?.string == "jobs.batch does not implement the scale subresource")
        let pod = try #require(cluster.app("etl").first)
        let refusal = cluster.evict("batch", pod.name)
        #expect(refusal.status == 429)
        #expect(refusal.header("Retry-After") == "10")
    }

    @Test func `a spent budget recovers when the replacement is ready`() throws {
        var cluster = cluster(
            node("n1"),
            node("n2"),
            .deployment("shop", "web", replicas: 3),
            .budget("shop", "web", minAvailable: 2)
        )
        let pods = cluster.app("web")
        #expect(cluster.evict("shop", pods[0].name).status == 201)
        #expect(cluster.budgetStatus("shop", "web")["disruptedPods", pods[0].name] != nil)
        #expect(cluster.evict("shop", pods[1].name).status == 429)
        cluster.settle()
        #expect(cluster.budgetStatus("shop", "web")["disruptionsAllowed"]?.integer == 1)
        #expect(cluster.budgetStatus("shop", "web")["disruptedPods"] == nil)
        #expect(cluster.evict("shop", pods[1].name).status == 201)
    }

    @Test func `a terminating pod is not healthy although it still runs`() {
        var cluster = cluster(
            node("n1"),
            node("n2"),
            .deployment("shop", "web", replicas: 3),
            .budget("shop", "web", maxUnavailable: 2)
        )
        cluster.evict("shop", cluster.app("web")[0].name)
        let soon = cluster.now + .milliseconds(300)
        cluster.advance(to: soon)
        #expect(cluster.budgetStatus("shop", "web")["currentHealthy"]?.integer == 2)
        #expect(cluster.budgetStatus("shop", "web")["disruptionsAllowed"]?.integer == 1)
    }

    @Test func `evictions one after another never break a budget over a whole drain`() {
        var cluster = PracticeCluster.demo(seed: 21)
        cluster.cordon("worker-1")
        var waiting = cluster.objects(.pod).filter { place in
            let owner = place.object["metadata", "ownerReferences"]?.array?.first?["kind"]?.string
            return place.object.nodeName == "worker-1" && owner != "DaemonSet"
        }
        var rounds = 0
        while !waiting.isEmpty, rounds < 100 {
            waiting.removeAll { cluster.evict($0.key.namespace, $0.key.name).status == 201 }
            for (key, budget) in cluster.objects(.budget) {
                let healthy = budget["status", "currentHealthy"]?.integer ?? 0
                #expect(healthy >= budget["status", "desiredHealthy"]?.integer ?? 0, "\(key)")
            }
            cluster.settle()
            rounds += 1
        }
        #expect(waiting.isEmpty)
        #expect(cluster.objects(.pod).allSatisfy { $0.object.isReady })
    }
}
