package import ClusterModel

/// How the practice cluster behaves. Delays are drawn from their ranges by the cluster's seed.
package struct PracticeOptions: Sendable {
    /// A controller's reaction to a change.
    package var controllerDelay: ClosedRange<Duration> = .milliseconds(20) ... .milliseconds(120)
    /// The disruption controller's reaction: until then an eviction meets "still being processed".
    package var budgetDelay: ClosedRange<Duration> = .milliseconds(20) ... .milliseconds(120)
    /// From one pod's placement to the next one's.
    package var schedulerDelay: ClosedRange<Duration> = .milliseconds(5) ... .milliseconds(30)
    /// From a cordon to its taint.
    package var taintDelay: ClosedRange<Duration> = .milliseconds(100) ... .milliseconds(300)
    /// From the placement of a pod to Running.
    package var startDelay: ClosedRange<Duration> = .seconds(1) ... .seconds(3)
    /// From Running to Ready.
    package var readyDelay: ClosedRange<Duration> = .seconds(1) ... .seconds(4)
    /// How long a pod takes to stop; its grace period ends it earlier.
    package var stopDelay: ClosedRange<Duration> = .seconds(1) ... .seconds(5)
    /// From a kubelet's last word to Ready=Unknown.
    package var silenceGrace: Duration = .seconds(50)
    /// Writes that a watch can still be resumed from.
    package var historyLimit = 20_000
    /// The API server's version. Below 1.21 it serves `policy/v1beta1` only.
    package var serverVersion = Version(major: 1, minor: 36, patch: 2)
    /// Simulated seconds in one second of the clients, for watch timeouts and bookmarks.
    package var timeScale = 1.0
    /// A watch that asks for bookmarks gets one this often.
    package var bookmarkInterval: Duration = .seconds(60)

    /// Where set, every request must carry it: 401 otherwise.
    package var bearerToken: String?
    /// Where a token is asked for, this one is somebody's who may do nothing.
    package static let powerlessToken = "powerless"
    /// How many entries the audit log keeps.
    package var auditLimit = 10_000

    package init() {}

    /// The versions of the group `policy`, the preferred one first.
    var policyVersions: [String] {
        if serverVersion < Version(major: 1, minor: 21) { return ["v1beta1"] }
        return serverVersion < Version(major: 1, minor: 25) ? ["v1", "v1beta1"] : ["v1"]
    }

    /// The newest version of an Eviction that the server knows; it takes older ones too.
    var evictionVersion: String { serverVersion < Version(major: 1, minor: 22) ? "v1beta1" : "v1" }
}

/// Annotations that tell the practice kubelet how a pod behaves.
package enum PracticeAnnotation {
    /// Seconds after which a job's pod has done its work.
    package static let runSeconds = "practice.evenkeel.io/run-seconds"
    /// Seconds that a pod takes to stop, in place of a drawn delay.
    package static let stopSeconds = "practice.evenkeel.io/stop-seconds"
    /// Seconds from Running to Ready, in place of a drawn delay; `never` for a pod that does not become ready.
    package static let readySeconds = "practice.evenkeel.io/ready-seconds"
}

/// Faults that a test or a rehearsal switches on.
package struct PracticeFaults: Sendable {
    /// Seconds in Retry-After: every request but `/version` and the health checks meets a plain-text 429.
    package var overloadRetryAfter: Int?
    /// Requests that still meet the overload; nil for all until it is switched off.
    package var overloadedRequests: Int?
    /// The text of a 500 for every request that writes.
    package var writesFail: String?

    package init() {}
}
