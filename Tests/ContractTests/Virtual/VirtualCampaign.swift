import CampaignScripts
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
    private var script: CampaignScript
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

    /// - Parameter isPlanned: the planner's waves in place of nodes by name.
    init(seed: UInt64, isPlanned: Bool) {
        script = CampaignScript(seed: seed)
        cluster = PracticeCluster(seed: seed, startingAt: Self.morning)
        let nodes = (1...script.nodeCount).map { "n\($0)" }
        foreign = "n\(nodes.count + 1)"
        for (index, name) in (nodes + [foreign]).enumerated() {
            cluster.create(.node(name: name, zone: index % 2 == 0 ? "b" : "a"))
        }
        for app in script.apps { cluster.create(app) }
        cluster.settle()
        let waves = isPlanned ? Self.plan(nodes, script.maxOut, cluster) : Self.byName(nodes, script.maxOut)
        outline = RolloutOutline(
            waves: waves,
            steps: Dictionary(uniqueKeysWithValues: waves.flatMap(\.nodes).map { ($0, ["service"]) }),
            deadlines: Deadlines(drain: .seconds(300), nodeReady: .seconds(120), recover: .seconds(300))
        )
        machine = Rollout(outline)
        send("PATCH", "/api/v1/nodes/\(foreign)", ["spec": ["unschedulable": true]])
    }

    private static func byName(_ nodes: [String], _ size: Int) -> [Wave] {
        stride(from: 0, to: nodes.count, by: size).enumerated().map { number, start in
            let wave = nodes[start..<min(start + size, nodes.count)]
            return Wave(number: number + 1, rounds: 1, nodes: Array(wave), moves: [])
        }
    }

    private static func plan(_ nodes: [String], _ size: Int, _ cluster: PracticeCluster) -> [Wave] {
        let planner = CampaignPlanner(
            cluster: cluster.view(),
            policy: Policy(maxOut: .count(size)),
            campaign: Campaign(purpose: .service, nodeNames: nodes),
            createdAt: cluster.now
        )
        return planner.plan().waves
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
            if script.below(60) == 0, kills < 3 {
                kills += 1
                // Whatever was decided and not yet done is lost; so is what was done and not yet written down.
                if let effect = queue.first, script.below(2) == 0 { _ = perform(effect) }
                revive()
            }
            if script.below(40) == 0 { fault() }
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
        case .cordon(let node): return [cordon(node)]
        case .uncordon(let node): return [uncordon(node)]
        case .evict(let node, let pod, let uid): return [evict(pod, uid, from: node)]
        case .perform(let node, let step, _):
            let report = StepReport(name: "service", outcome: .done)
            let pause = Duration.seconds(1 + Int64(script.below(20)))
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
        switch script.fault() {
        case .loss(let number):
            witness.expectLoss(of: "n\(number)", in: cluster)
            cluster.reboot(node: "n\(number)", duration: .seconds(10))
        case .scale(let replicas): change("app0", replicas: replicas)
        case .tighten:
            witness.expectChange(in: cluster)
            send(
                "PATCH",
                "/apis/policy/v1/namespaces/shop/poddisruptionbudgets/app0",
                ["spec": ["maxUnavailable": 1, "minAvailable": .null]]
            )
        case .controllersStop:
            cluster.setControllersRunning(false)
            cluster.advance(to: cluster.now + .seconds(4))
            cluster.setControllersRunning(true)
            witness.expectCatchingUp(in: cluster)
        case .blind: take(machine.handle(.blind, at: cluster.now))
        case .late: cluster.advance(to: cluster.now + .seconds(3))
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
    var plannedNodes: [String] { outline.waves.flatMap(\.nodes) }

    /// How often each node was serviced.
    var services: [String: Int] {
        journal.reduce(into: [:]) { counts, entry in
            if case .stepFinished(let node, _, _) = entry.event { counts[node, default: 0] += 1 }
        }
    }
}

extension PracticeCluster {
    fileprivate mutating func create(_ app: CampaignScript.App) {
        let pod = PracticePod(grace: 2)
        create(
            app.isOrdered
                ? .statefulSet("shop", app.name, replicas: app.replicas, pod: pod)
                : .deployment("shop", app.name, replicas: app.replicas, pod: pod)
        )
        switch app.rule {
        case .minAvailable(let count): create(.budget("shop", app.name, minAvailable: JSONValue(count)))
        case .maxUnavailable(let limit):
            let value = Int(limit).map { JSONValue($0) } ?? .string(limit)
            create(.budget("shop", app.name, maxUnavailable: value))
        }
    }
}
