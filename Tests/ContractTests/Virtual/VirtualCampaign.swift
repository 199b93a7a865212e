import ClusterModel
import Planning
import Practice
import Rollout

/// A random campaign on a random practice cluster in virtual time, with faults and kills, all from one seed.
struct VirtualCampaign {
    private(set) var cluster: PracticeCluster
    private(set) var witness = BudgetWitness()
    private(set) var kills = 0
    private(set) var faults = 0
    private var random: SeededGenerator
    private let outline: RolloutOutline
    private var machine: Rollout
    /// All that outlives a kill.
    private var journal: [(event: Event, at: Instant)] = []
    private var queue: [Effect] = []
    private var steps: [(at: Instant, event: Event)] = []
    private var wake: Instant?
    private var seen = -1
    /// Cordoned by somebody else before the campaign.
    private let foreign: String

    static let run = "run-1"
    private static let morning = Instant(milliseconds: 1_795_413_600_000)

    init(seed: UInt64, pace: Pace = .wave) {
        random = SeededGenerator(seed: seed)
        cluster = PracticeCluster(seed: seed, startingAt: Self.morning)
        // Small ones: a thousand of them must cost less than half a minute.
        let nodes = random.below(8) == 0 ? 5 : 4
        for number in 1...nodes { cluster.create(.node(name: "n\(number)", zone: number % 2 == 0 ? "a" : "b")) }
        foreign = "n\(nodes)"
        for app in 0..<(1 + Int(random.below(2))) {
            let replicas = 1 + Int(random.below(3))
            let pod = PracticePod(grace: 2)
            cluster.create(
                random.below(3) == 0
                    ? .statefulSet("shop", "app\(app)", replicas: replicas, pod: pod)
                    : .deployment("shop", "app\(app)", replicas: replicas, pod: pod)
            )
            let rules: [JSONValue] = [1, "25%", "50%", 2]
            let rule = rules[Int(random.below(4))]
            if random.below(2) == 0 {
                cluster.create(.budget("shop", "app\(app)", maxUnavailable: rule))
            } else {
                let minimum = JSONValue(max(0, replicas - 1 - Int(random.below(2))))
                cluster.create(.budget("shop", "app\(app)", minAvailable: minimum))
            }
        }
        cluster.settle()
        var waves: [Wave] = []
        var names = (1..<nodes).map { "n\($0)" }
        while !names.isEmpty {
            let size = min(names.count, 1 + Int(random.below(2)))
            waves.append(Wave(number: waves.count + 1, rounds: 1, nodes: Array(names.prefix(size)), moves: []))
            names.removeFirst(size)
        }
        outline = RolloutOutline(
            waves: waves,
            steps: Dictionary(uniqueKeysWithValues: waves.flatMap(\.nodes).map { ($0, ["service"]) }),
            pace: pace,
            deadlines: Deadlines(drain: .seconds(300), nodeReady: .seconds(120), recover: .seconds(300))
        )
        machine = Rollout(outline)
        send("PATCH", "/api/v1/nodes/\(foreign)", ["spec": ["unschedulable": true]])
    }

    enum End: Equatable {
        case finished
        case halted(String)
        /// Nothing moved any more.
        case stuck
    }

    /// Runs to its end; a halt is taken up again, up to three times.
    mutating func drive() -> End {
        var end = End.stuck
        for _ in 0..<4 {
            end = driveOnce()
            guard case .halted = end else { return end }
            revive()
        }
        return end
    }

    private mutating func driveOnce() -> End {
        for _ in 0..<4000 {
            if let conclusion = machine.conclusion {
                switch conclusion {
                case .finished: return .finished
                case .halted(let reason): return .halted(reason)
                case .aborted: return .halted("aborted")
                }
            }
            if random.below(60) == 0, kills < 3 {
                kills += 1
                // Whatever was decided and not yet done is lost; so is what was done and not yet written down.
                if let effect = queue.first, random.below(2) == 0 { _ = perform(effect) }
                revive()
            }
            if random.below(40) == 0 { fault() }
            if let effect = next() {
                for event in perform(effect) { record(event) }
                take(machine.handle(.tick, at: cluster.now))
            } else if seen != cluster.resourceVersion {
                seen = cluster.resourceVersion
                take(machine.handle(.observed(cluster.view()), at: cluster.now))
            } else if !advance() {
                return .stuck
            }
        }
        return .stuck
    }

    private mutating func next() -> Effect? {
        if let due = steps.firstIndex(where: { $0.at <= cluster.now }) {
            return .record(steps.remove(at: due).event)
        }
        return queue.isEmpty ? nil : queue.removeFirst()
    }

    private mutating func take(_ effects: [Effect]) {
        for effect in effects {
            if case .wake(let instant) = effect {
                wake = min(wake ?? instant, instant)
            } else {
                queue.append(effect)
            }
        }
    }

    /// Lets time pass to whatever comes next.
    private mutating func advance() -> Bool {
        let moments = [wake, cluster.nextEventTime, steps.map(\.at).min()].compactMap { $0 }
        guard let next = moments.min() else { return false }
        // What happens within a fifth of a second is seen together.
        cluster.advance(to: max(next, cluster.now) + .milliseconds(200))
        if let moment = wake, moment <= cluster.now {
            wake = nil
            take(machine.handle(.tick, at: cluster.now))
        }
        return true
    }

    /// A new process reads the journal and goes on.
    private mutating func revive() {
        queue = []
        steps = []
        wake = nil
        seen = -1
        machine = Rollout(outline)
        for entry in journal { machine.apply(entry.event, at: entry.at) }
        record(.resumed)
    }

    private mutating func record(_ event: Event) {
        journal.append((event, cluster.now))
        take(machine.handle(.recorded(event), at: cluster.now))
    }

    // MARK: Deeds

    private mutating func perform(_ effect: Effect) -> [Event] {
        switch effect {
        case .prove(let wave): return prove(wave)
        case .invite(let nodes, _): return invite(nodes)
        case .cordon(let node): return [cordon(node)]
        case .uncordon(let node): return [uncordon(node)]
        case .evict(let node, let pod, let uid): return [evict(pod, uid, from: node)]
        case .perform(let node, let step, _):
            let report = StepReport(name: "service", outcome: .done)
            let pause = Duration.seconds(1 + Int64(random.below(20)))
            steps.append((cluster.now + pause, .stepFinished(node: node, step: step, report: report)))
            return []
        case .record(let event): return [event]
        case .delete, .undo, .steer, .knock, .wake, .conclude: return []
        }
    }

    private func prove(_ wave: Int) -> [Event] {
        let healthy = cluster.view().healthyPods().sorted { $0.key < $1.key }
        return [.waveAdmitted(wave: wave, healthy: healthy.map { WorkloadHealth(workload: $0.key, healthy: $0.value) })]
    }

    /// One at a time, two of them out at most.
    private mutating func invite(_ nodes: [String]) -> [Event] {
        guard machine.cordonedNodes.count < 2, let node = nodes.first else {
            take(machine.handle(.uninvited, at: cluster.now))
            return []
        }
        let healthy = cluster.view().healthyPods().sorted { $0.key < $1.key }
        let health = healthy.map { WorkloadHealth(workload: $0.key, healthy: $0.value) }
        return [.joined(node: node, healthy: health)]
    }

    private mutating func cordon(_ node: String) -> Event {
        let annotations: JSONValue = [Node.cordonOwnerAnnotation: .string(Self.run)]
        send(
            "PATCH",
            "/api/v1/nodes/\(node)",
            ["metadata": ["annotations": annotations], "spec": ["unschedulable": true]]
        )
        return .cordoned(node: node)
    }

    private mutating func uncordon(_ node: String) -> Event {
        let annotations: JSONValue = [Node.cordonOwnerAnnotation: .null]
        send(
            "PATCH",
            "/api/v1/nodes/\(node)",
            ["metadata": ["annotations": annotations], "spec": ["unschedulable": .null]]
        )
        return .uncordoned(node: node)
    }

    private mutating func evict(_ pod: PodID, _ uid: String, from node: String) -> Event {
        let key = ObjectKey(namespace: pod.namespace, name: pod.name)
        // Before the answer: a copy of the cluster for afterwards would cost more than all else.
        let look = cluster.object(.pod, key).map { witness.look(at: key, $0, in: cluster) } ?? []
        let answer = send(
            "POST",
            "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)/eviction",
            [
                "apiVersion": "policy/v1", "kind": "Eviction",
                "metadata": ["name": .string(pod.name), "namespace": .string(pod.namespace)],
                "deleteOptions": ["preconditions": ["uid": .string(uid)]],
            ]
        )
        switch answer.status {
        case 201:
            witness.granted(look)
            return .evictionAdmitted(node: node, pod: pod, uid: uid)
        case 404, 409: return .podGone(node: node, pod: pod, uid: uid)
        default:
            return .evictionRefused(node: node, pod: pod, uid: uid, reason: "429", retryAt: cluster.now + .seconds(5))
        }
    }

    // MARK: Faults

    private mutating func fault() {
        faults += 1
        let node = "n\(1 + Int(random.below(4)))"
        switch random.below(6) {
        case 0:
            witness.expectLoss(of: node, in: cluster)
            cluster.reboot(node: node, duration: .seconds(10))
        case 1: change("app0", replicas: 1 + Int(random.below(4)))
        case 2:
            witness.expectChange(in: cluster)
            send(
                "PATCH",
                "/apis/policy/v1/namespaces/shop/poddisruptionbudgets/app0",
                ["spec": ["maxUnavailable": 1, "minAvailable": .null]]
            )
        case 3:
            cluster.setControllersRunning(false)
            cluster.advance(to: cluster.now + .seconds(4))
            cluster.setControllersRunning(true)
            witness.expectCatchingUp(in: cluster)
        case 4: take(machine.handle(.blind, at: cluster.now))
        default:
            // A look that is late: the run acts on what it saw before.
            cluster.advance(to: cluster.now + .seconds(3))
        }
        seen = -1
    }

    private mutating func change(_ app: String, replicas: Int) {
        witness.expectChange(in: cluster)
        for plural in ["deployments", "statefulsets"] {
            send("PATCH", "/apis/apps/v1/namespaces/shop/\(plural)/\(app)", ["spec": ["replicas": JSONValue(replicas)]])
        }
    }

    @discardableResult
    private mutating func send(_ method: String, _ target: String, _ json: JSONValue) -> PracticeResponse {
        let type = method == "PATCH" ? "application/merge-patch+json" : "application/json"
        let request = PracticeRequest(method: method, target: target, headers: [("Content-Type", type)], json: json)
        return cluster.handle(request, now: cluster.now)
    }

    // MARK: What is left

    /// Nodes that are cordoned, and by whom the annotation says; empty for nobody.
    var cordons: [String: String] {
        cluster.objects(.node).reduce(into: [:]) { cordons, entry in
            guard entry.object["spec", "unschedulable"] == true else { return }
            let owner = entry.object["metadata", "annotations", Node.cordonOwnerAnnotation]?.string
            cordons[entry.key.name] = owner ?? ""
        }
    }

    /// What the run knows to have cordoned.
    var known: [String] { machine.cordonedNodes }
    var foreignNode: String { foreign }

    /// How often each node was serviced.
    var services: [String: Int] {
        journal.reduce(into: [:]) { counts, entry in
            if case .stepFinished(let node, _, _) = entry.event { counts[node, default: 0] += 1 }
        }
    }
}
