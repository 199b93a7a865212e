package import ClusterModel
package import DequeModule

/// A Kubernetes cluster as a value: objects, the controllers' and kubelets' next deeds, and nothing that runs by itself.
///
/// Time comes in by ``advance(to:)``; the same seed and the same calls give the same history.
package struct PracticeCluster: Sendable {
    package var options: PracticeOptions
    package var faults = PracticeFaults()
    package internal(set) var now: Instant

    /// The latest requests that could change something, oldest first.
    package internal(set) var auditLog: Deque<AuditEntry> = []
    /// How many requests there have been, those that only read included.
    package internal(set) var requestCount = 0

    var store: ObjectStore
    var random: SeededGenerator
    /// Apart from ``random``, so that reading changes nothing in what happens.
    var auditRandom: SeededGenerator
    var agenda = Agenda()
    var pods = PodIndex()
    var nodes: [String: NodeFacts] = [:]
    var budgets: [ObjectKey: LabelSelector] = [:]
    var queue = SchedulingQueue()
    var hosts: [String: Host] = [:]
    /// When a terminating pod is gone, by its UID.
    var stopTimes: [String: Instant] = [:]
    /// Events of the controllers while they are stopped.
    var heldBack: [PracticeEvent]?
    var addressCounter = 0
    /// Since when a node's Ready condition says what it says.
    var readinessSince: [String: Instant] = [:]
    /// Since when a node has had a NoExecute taint.
    var taintedSince: [String: Instant] = [:]

    package init(seed: UInt64, startingAt instant: Instant, options: PracticeOptions = PracticeOptions()) {
        self.options = options
        now = instant
        store = ObjectStore(historyLimit: options.historyLimit)
        random = SeededGenerator(seed: seed)
        auditRandom = SeededGenerator(seed: ~seed)
        for name in ["default", "kube-system", "kube-public", "kube-node-lease"] { ensureNamespace(name) }
    }

    /// The resourceVersion of the latest write.
    package var resourceVersion: Int { store.revision }

    /// When something happens next, or nil where the cluster is at rest.
    package var nextEventTime: Instant? { agenda.nextTime }

    /// Lets everything happen that is due until `instant`, in order. Never goes back in time.
    package mutating func advance(to instant: Instant) {
        while let (time, event) = agenda.next(until: instant) {
            now = max(now, time)
            perform(event)
        }
        now = max(now, instant)
    }

    /// Advances until nothing is left to happen, at most for `limit`.
    ///
    /// - Returns: whether the cluster came to rest.
    @discardableResult
    package mutating func settle(within limit: Duration = .seconds(600)) -> Bool {
        let end = now + limit
        while let next = nextEventTime {
            guard next <= end else { return false }
            advance(to: next)
        }
        return true
    }

    /// Makes every watch from before now, and every continue token, expire: what an etcd compaction does.
    package mutating func compactHistory() { store.compact() }

    /// Stops or starts the controllers (deployments, budgets, taints and so on); scheduler and kubelets go on.
    package mutating func setControllersRunning(_ running: Bool) {
        guard running, let held = heldBack else {
            if !running { heldBack = heldBack ?? [] }
            return
        }
        heldBack = nil
        for event in held { agenda.add(event, at: now + random.duration(in: options.controllerDelay)) }
    }

    /// The object at a place, without `kind` and `apiVersion`.
    package func object(_ kind: ResourceKind, _ key: ObjectKey) -> JSONValue? { store[kind, key] }

    /// All objects of a kind by namespace and name.
    package func objects(_ kind: ResourceKind) -> [(key: ObjectKey, object: JSONValue)] { store.all(kind) }

    mutating func after(_ delay: Duration, _ event: PracticeEvent) { agenda.add(event, at: now + delay) }

    mutating func reconcile(_ kind: ResourceKind, _ key: ObjectKey) {
        let delay = kind == .budget ? options.budgetDelay : options.controllerDelay
        after(random.duration(in: delay), .reconcile(kind, key))
    }
}

extension PracticeCluster {
    private mutating func perform(_ event: PracticeEvent) {
        switch event {
        case .reconcile, .taintNode, .driveOffPods:
            guard heldBack == nil else {
                heldBack?.append(event)
                return
            }
            performController(event)
        case .schedulePod: schedulePod()
        case .podStarts(let key, let uid): podStarts(key, uid: uid)
        case .podBecomesReady(let key, let uid): podBecomesReady(key, uid: uid)
        case .podCompletes(let key, let uid): podCompletes(key, uid: uid)
        case .podStops(let key, let uid): podStops(key, uid: uid)
        case .hostReturns(let name, let boot): hostReturns(name, boot: boot)
        case .hostFallsSilent(let name, let boot): hostFallsSilent(name, boot: boot)
        }
    }

    private mutating func performController(_ event: PracticeEvent) {
        switch event {
        case .reconcile(let kind, let key): reconcileNow(kind, key)
        case .taintNode(let name): updateTaints(node: name)
        case .driveOffPods(let name): driveOffPods(node: name)
        default: break
        }
    }

    private mutating func reconcileNow(_ kind: ResourceKind, _ key: ObjectKey) {
        switch kind {
        case .deployment: reconcileDeployment(key)
        case .replicaSet, .replicationController: reconcileReplicas(kind, key)
        case .statefulSet: reconcileStatefulSet(key)
        case .daemonSet: reconcileDaemonSet(key)
        case .job: reconcileJob(key)
        case .budget: reconcileBudget(key)
        case .namespace: finishNamespace(key)
        default: break
        }
    }
}
