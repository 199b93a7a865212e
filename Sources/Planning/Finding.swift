package import ClusterModel

/// Something the operator should know of before the first cordon.
package struct Finding: Hashable, Sendable {
    package enum Severity: String, Hashable, Sendable, Codable, CaseIterable {
        /// Its node cannot be taken out of service.
        case obstacle
        /// The campaign goes on, but somebody may feel it.
        case warning
        /// Worth knowing.
        case note
    }

    /// The rules that findings come from; the raw values stand in plan files.
    package enum Rule: String, Hashable, Sendable, Codable, CaseIterable {
        /// A budget that no state of its workload lets evict anything.
        case impossibleBudget = "impossible-budget"
        /// A budget that allows no eviction as its pods are now.
        case spentBudget = "spent-budget"
        /// The API server refuses to evict a pod that two budgets select.
        case twoBudgets = "two-budgets"
        /// Pods that run unready behind a budget which lets only healthy workloads lose pods.
        case unhealthyPods = "unhealthy-pods"
        /// A pod without a controller: nobody makes it again.
        case barePod = "bare-pod"
        /// A pod whose controller is no built-in kind.
        case unknownController = "unknown-controller"
        /// No other node has room for a pod.
        case noRoom = "no-room"
        /// No other node satisfies a pod's selector, affinity or tolerations.
        case pinnedPod = "pinned-pod"
        /// A workload of one pod is down while that pod moves.
        case singleReplica = "single-replica"
        /// A budget that selects no pod.
        case emptyBudget = "empty-budget"
        /// A budget the controller has not counted, or cannot.
        case uncountedBudget = "uncounted-budget"
        /// Data in an emptyDir volume ends with its pod.
        case emptyDirectory = "empty-directory"
        /// A node that somebody else has cordoned.
        case foreignCordon = "foreign-cordon"
        /// A node that is not Ready.
        case nodeNotReady = "node-not-ready"
        /// The version skew policy forbids the step.
        case versionSkew = "version-skew"
        /// The way to the wanted version leads through a minor of which no patch is named.
        case unnamedPatch = "unnamed-patch"
        /// A node is at the wanted version, or above it.
        case alreadyThere = "already-there"
        /// The control plane has too few members to lose one without an outage of the API.
        case controlPlaneQuorum = "control-plane-quorum"
        /// Waits for control-plane nodes that stand in the way.
        case controlPlaneFirst = "control-plane-first"
        /// No other node has, or may have, the pods beside which a pod must run.
        case podAffinity = "pod-affinity"
        /// On every other node stand pods beside which a pod must not run.
        case podAntiAffinity = "pod-anti-affinity"
        /// Every other node would break a pod's topology spread.
        case topologySpread = "topology-spread"
        /// A pod's volume is not there, or not reachable from any other node.
        case volume
        /// A port that a pod binds is taken on every other node.
        case hostPort = "host-port"
        /// Pods of one budget that can only move after one another, on nodes that must go together.
        case budgetDeadlock = "budget-deadlock"
        /// A node that the campaign names is not in the cluster.
        case missingNode = "missing-node"
        /// A kind of objects that the snapshot does not hold.
        case missingKind = "missing-kind"
        /// Something in the snapshot that cannot be as it stands there.
        case oddObject = "odd-object"
        /// A waiver whose time has passed, or that meets no obstacle.
        case expiredWaiver = "expired-waiver"
        /// Pods that wait for a node already, and compete for room.
        case pendingPods = "pending-pods"
        /// Pods of Jobs that begin their work anew when evicted.
        case jobRunning = "job-running"
        /// No node takes part.
        case nothingToDo = "nothing-to-do"
    }

    package var rule: Rule
    package var severity: Severity
    package var node: String?
    package var pod: PodID?
    package var budget: BudgetID?
    /// What stands in the way, with its numbers.
    package var message: String
    /// What to do about it.
    package var fix: String

    package init(
        rule: Rule,
        severity: Severity,
        node: String? = nil,
        pod: PodID? = nil,
        budget: BudgetID? = nil,
        message: String,
        fix: String
    ) {
        self.rule = rule
        self.severity = severity
        self.node = node
        self.pod = pod
        self.budget = budget
        self.message = message
        self.fix = fix
    }
}
