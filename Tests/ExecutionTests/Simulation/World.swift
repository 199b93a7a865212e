import ClusterModel
import Ports
import Rollout
import Synchronization
import TestSupport

/// A process's death: whatever it calls from then on never happens.
struct Death: Error {}

/// A small cluster, its machines and a disk, in one value: what outlives the process that steers them.
///
/// Pods that leave are replaced after a while by their workload, on a node that is schedulable. Budgets are the API's
/// own: an eviction that would break one is refused, and an independent watcher counts on every change.
struct WorldState {
    struct Host {
        var boot = 1
        /// How often each step has taken effect, by its name.
        var done: [String: Int] = [:]
        var version = "v1.35.0"
        var downUntil: Instant?
    }

    struct App {
        var workload: Workload
        var budget: DisruptionBudget?
        var lowest: Int
    }

    var random: SplitMix
    var now: Instant
    var nodes: [String: Node] = [:]
    var owners: [String: String] = [:]
    var marks: Set<String> = []
    var hosts: [String: Host] = [:]
    var pods: [String: Pod] = [:]
    var apps: [App] = []
    /// What happens by itself later: pods that end, start or become ready, machines that come back.
    var agenda: [(due: Instant, event: WorldEvent)] = []
    var serial = 0
    var lease: (holder: String, renewed: Instant, duration: Duration)?
    var journal: [JournalLine] = []
    var stored: StoredCampaign?
    /// Writes to the cluster and to machines.
    var writes = 0
    var evictions: [String] = []
    var broken: [String] = []
    /// The most nodes that were cordoned by a run at the same time.
    var mostOut = 0
    /// Step names that go wrong on a node, each time with this chance in percent.
    var faults = Faults()

    struct Faults {
        var stepFails = 0
        var connectionFails = 0
        var neverReady = 0
        var nodesFail = false
        /// Machines on which the first step takes its own time.
        var slow: [String: Duration] = [:]
    }
}

enum WorldEvent {
    case gone(uid: String)
    case start(uid: String)
    case ready(uid: String)
    case create(app: Int)
    case nodeReady(String)
    case nodeLost(String)
    case nodeFound(String)
    case tighten(app: Int)
    case loosen(app: Int)
}

struct JournalLine {
    var at: Instant
    var event: Event?
    var intent: Effect?
}

extension SplitMix {
    mutating func chance(_ percent: Int) -> Bool { percent > 0 && Int(next() % 100) < percent }
}

// MARK: - How it lives

extension WorldState {
    static func make(seed: UInt64, workers: Int, apps count: Int, at start: Instant) -> WorldState {
        var world = WorldState(random: SplitMix(seed: seed), now: start)
        for index in 1...workers + 4 {
            let name = "n\(String(index + 1000).dropFirst())"
            world.nodes[name] = Node(
                name: name,
                allocatable: Resources(cpu: 1_000_000, pods: 500),
                kubeletVersion: Version("v1.35.0")
            )
            world.hosts[name] = Host()
        }
        for index in 0..<count {
            let id = WorkloadID(kind: "Deployment", namespace: "shop", name: "app-\(index)")
            let replicas = 2 + index % 3
            let budget =
                index % 2 == 0
                ? DisruptionBudget(
                    id: BudgetID(namespace: "shop", name: "app-\(index)"),
                    selector: LabelSelector(matchLabels: ["app": "app-\(index)"]),
                    rule: .maxUnavailable(.count(1))
                ) : nil
            world.apps.append(
                App(workload: Workload(id: id, replicas: replicas), budget: budget, lowest: replicas - 1)
            )
            for _ in 0..<replicas { world.create(app: index, isReady: true) }
        }
        return world
    }

    var cluster: Cluster {
        Cluster(
            nodes: nodes.values.sorted { $0.name < $1.name },
            pods: pods.values.sorted { $0.uid < $1.uid },
            workloads: apps.map(\.workload),
            budgets: apps.compactMap(\.budget)
        )
    }

    mutating func create(app: Int, isReady: Bool = false) {
        serial += 1
        let name = "app-\(app)"
        let uid = "\(name)-\(serial)"
        let hosts = Set(pods.values.filter { $0.labels["app"] == name && !$0.terminating }.compactMap(\.node))
        let free = nodes.values.filter { !$0.unschedulable && $0.ready && !hosts.contains($0.name) }.map(\.name)
            .sorted()
        let node = free.isEmpty ? nil : free[Int(random.next() % UInt64(free.count))]
        pods[uid] = Pod(
            id: PodID(namespace: "shop", name: uid),
            uid: uid,
            labels: ["app": name],
            node: node,
            phase: isReady && node != nil ? .running : .pending,
            ready: isReady && node != nil,
            owner: OwnerReference(kind: "ReplicaSet", name: name),
            workload: apps[app].workload.id
        )
        if !isReady { later(2, 6, .start(uid: uid)) }
    }

    mutating func later(_ least: Int, _ most: Int, _ event: WorldEvent) {
        let wait = least + Int(random.next() % UInt64(most - least + 1))
        agenda.append((now + .seconds(wait), event))
    }

    /// Lets everything happen that is due.
    ///
    /// - Returns: when the next thing is due, and whether anything has happened.
    mutating func pass(to instant: Instant) -> (next: Instant?, changed: Bool) {
        now = max(now, instant)
        var changed = false
        while let index = agenda.indices.filter({ agenda[$0].due <= now }).min(by: { agenda[$0].due < agenda[$1].due })
        {
            let event = agenda.remove(at: index).event
            happen(event)
            changed = true
        }
        if changed { watch() }
        return (agenda.map(\.due).min(), changed)
    }

    private mutating func happen(_ event: WorldEvent) {
        switch event {
        case .gone(let uid):
            guard let pod = pods.removeValue(forKey: uid) else { return }
            if let app = apps.firstIndex(where: { $0.workload.id == pod.workload }) { later(1, 2, .create(app: app)) }
        case .create(let app): create(app: app)
        case .start(let uid):
            guard pods[uid] != nil else { return }
            if pods[uid]?.node == nil { place(uid) }
            if pods[uid]?.node == nil { return later(3, 5, .start(uid: uid)) }
            pods[uid]?.phase = .running
            later(1, 4, .ready(uid: uid))
        case .ready(let uid): pods[uid]?.ready = true
        case .nodeLost(let name): show(name, isReady: false)
        case .nodeFound(let name): show(name, isReady: true)
        case .tighten(let app): allow(0, app)
        case .loosen(let app): allow(1, app)
        case .nodeReady(let name):
            nodes[name]?.ready = true
            nodes[name]?.kubeletVersion = hosts[name].flatMap { Version($0.version) }
        }
    }

    private mutating func show(_ node: String, isReady: Bool) {
        nodes[node]?.ready = isReady
        for (uid, pod) in pods where pod.node == node && pod.phase == .running { pods[uid]?.ready = isReady }
    }

    /// The workload's owner changes its budget.
    private mutating func allow(_ count: Int, _ app: Int) {
        guard let replicas = apps[app].workload.replicas, apps[app].budget != nil else { return }
        apps[app].budget?.rule = .maxUnavailable(.count(count))
        apps[app].lowest = replicas - count
    }

    /// Nodes that are lost for some minutes and budgets that are tightened for some, at random moments.
    mutating func plant(troubles: Int, within seconds: Int) {
        faults.nodesFail = true
        let names = nodes.keys.sorted()
        for _ in 0..<troubles {
            let due = now + .seconds(Int(random.next() % UInt64(seconds)))
            let back = due + .seconds(60 + Int(random.next() % 300))
            if random.chance(50) {
                let name = names[Int(random.next() % UInt64(names.count))]
                agenda += [(due, .nodeLost(name)), (back, .nodeFound(name))]
            } else {
                let app = Int(random.next() % UInt64(apps.count))
                agenda += [(due, .tighten(app: app)), (back, .loosen(app: app))]
            }
        }
    }

    private mutating func place(_ uid: String) {
        let app = pods[uid]?.labels["app"]
        let hosts = Set(pods.values.filter { $0.labels["app"] == app && !$0.terminating }.compactMap(\.node))
        let free = nodes.values.filter { !$0.unschedulable && $0.ready && !hosts.contains($0.name) }.map(\.name)
            .sorted()
        if !free.isEmpty { pods[uid]?.node = free[Int(random.next() % UInt64(free.count))] }
    }

    /// The clock was set: what is due stays as far away as it was, but for the lease, whose times other machines wrote.
    mutating func shift(by duration: Duration) {
        now = now + duration
        for index in agenda.indices { agenda[index].due = agenda[index].due + duration }
    }

    func healthy(_ app: Int) -> Int {
        pods.values.count { $0.workload == apps[app].workload.id && $0.isHealthy }
    }

    /// The independent watcher: no workload ever has fewer healthy pods than its budget, or the policy's, allows.
    mutating func watch() {
        mostOut = max(mostOut, owners.values.count { $0 == "run-1" })
        // Where nodes fail by themselves, only what an eviction does is this run's doing.
        if faults.nodesFail { return }
        for index in apps.indices where healthy(index) < apps[index].lowest {
            broken.append("\(apps[index].workload.id) had \(healthy(index)) at \(now)")
        }
    }
}
