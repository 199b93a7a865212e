import ClusterModel
import Kubernetes
import Planning

/// What is wrong with a cluster, the worst first.
struct Diagnosis: Encodable {
    enum Severity: String, Encodable, Comparable, CaseIterable {
        case broken, warning, note

        static func < (left: Severity, right: Severity) -> Bool {
            (allCases.firstIndex(of: left) ?? 0) < (allCases.firstIndex(of: right) ?? 0)
        }
    }

    struct Entry: Encodable, Hashable {
        var check: String
        var severity: Severity
        var subject: String
        var message: String
        var fix: String
    }

    var apiVersion = "evenkeel/v1"
    var kind = "Diagnosis"
    var version: String?
    var nodes: Int
    var pods: Int
    var checksPassed: Int
    /// What was looked at beside the API, a line each.
    var notes: [String] = []
    private(set) var findings: [Entry] = []

    init(of cluster: Cluster, _ report: HealthReport, at now: Instant) {
        version = cluster.serverVersion.map { "\($0)" }
        nodes = cluster.nodes.count
        pods = cluster.pods.count
        checksPassed = report.checks.count(where: \.isPassed)
        lookAtServer(report)
        lookAtCertificates(report, now)
        lookAtAPIs(report, cluster.serverVersion)
        lookAtVersions(cluster)
        lookAtNodes(report)
        lookAtPods(report)
        lookAtBudgets(cluster, now)
        for text in report.unseen {
            add("not-looked-at", .note, "", text, "give the user the right to look, or ignore it")
        }
        sort()
    }

    /// The worst first, each severity in the order of the looks.
    mutating func sort() {
        findings = findings.enumerated().sorted { ($0.element.severity, $0.offset) < ($1.element.severity, $1.offset) }
            .map(\.element)
    }

    mutating func add(
        _ check: String,
        _ severity: Severity,
        _ subject: String,
        _ message: String,
        _ fix: String
    ) {
        findings.append(Entry(check: check, severity: severity, subject: subject, message: message, fix: fix))
    }

    private mutating func lookAtServer(_ report: HealthReport) {
        if let bytes = report.databaseBytes, bytes > 3 << 29 {
            add(
                "etcd-size",
                bytes > 2_040_109_465 ? .broken : .warning,
                "etcd",
                "the API server's etcd database has \(Self.size(UInt64(bytes))); at its quota, 2 GiB unless set "
                    + "otherwise, etcd stops to write",
                "compact it, and defragment one member after the other, the leader last: etcdctl defrag"
            )
        }
        for check in report.checks where !check.isPassed {
            let fix =
                check.name.hasPrefix("etcd")
                ? "look at etcd's members, disk and database size before anything else"
                : "look into the API server's log for \(check.name)"
            add("health-check", .broken, check.name, "the API server's own check \(check.name) fails", fix)
        }
        guard let skew = report.clockSkew, abs(skew.components.seconds) > 5 else { return }
        let seconds = abs(skew.components.seconds)
        let side = skew > .zero ? "ahead of" : "behind"
        add(
            "clock",
            seconds > 30 ? .broken : .warning,
            "API server",
            "its clock is \(seconds) s \(side) this machine's: leases and certificates are judged by clocks",
            "synchronise both with NTP"
        )
    }

    private mutating func lookAtCertificates(_ report: HealthReport, _ now: Instant) {
        let certificates = [
            (
                "the API server's certificate", report.serverCertificateEnds,
                "renew it, as `kubeadm certs renew apiserver` does"
            ),
            ("your client certificate", report.clientCertificateEnds, "renew it, and copy the new kubeconfig"),
        ]
        for (name, end, fix) in certificates {
            guard let end else { continue }
            let days = end.since(now).components.seconds / 86_400
            if days >= 30 { continue }
            add("certificate", days < 3 ? .broken : .warning, name, "\(name) ends at \(end), in \(days) days", fix)
        }
    }

    private mutating func lookAtAPIs(_ report: HealthReport, _ version: Version?) {
        for api in report.deprecated {
            let removal = Version(api.removedIn)
            let next = version.map { Version(major: $0.major, minor: $0.minor + 1) }
            let isNext = removal.map { removal in next.map { removal <= $0 } ?? false } ?? false
            let when = api.removedIn.isEmpty ? "with no date set" : "gone in \(api.removedIn)"
            add(
                "deprecated-api",
                isNext ? .broken : .warning,
                api.name,
                "somebody uses \(api.name), \(when)",
                "find the client in the audit log (annotation k8s.io/deprecated), and move it to the newer version"
            )
        }
    }

    private mutating func lookAtVersions(_ cluster: Cluster) {
        guard let server = cluster.serverVersion else { return }
        // Three minors since 1.28, two before.
        let allowed = server.minor >= 28 ? 3 : 2
        for node in cluster.nodes {
            guard let kubelet = node.kubeletVersion, let behind = server.minorsAhead(of: kubelet) else { continue }
            if behind < 0 {
                let message = "its kubelet \(kubelet) is newer than the API server \(server)"
                add("version-skew", .broken, node.name, message, "upgrade the control plane first, or the kubelet back")
            } else if behind > allowed {
                let message =
                    "its kubelet \(kubelet) is \(behind) minors behind the API server \(server) (\(allowed) may be)"
                add("version-skew", .broken, node.name, message, "upgrade the node before the control plane goes on")
            }
        }
    }

    private mutating func lookAtNodes(_ report: HealthReport) {
        for condition in report.conditions {
            let isReady = condition.type == "Ready"
            let text = condition.message.isEmpty ? "" : ": \(condition.message)"
            add(
                isReady ? "node-not-ready" : "node-pressure",
                isReady ? .broken : .warning,
                condition.node,
                "\(condition.type) is \(condition.status)\(text)",
                isReady
                    ? "look at its kubelet, or replace the machine"
                    : "free what it runs short of before pods move there"
            )
        }
    }

    private mutating func lookAtPods(_ report: HealthReport) {
        for trouble in report.pods {
            let text = trouble.message.isEmpty ? "" : ": \(trouble.message)"
            switch trouble.kind {
            case .pending:
                let fix = "give it room, or remove it: what waits now competes with what a campaign moves"
                add("pending-pod", .warning, "\(trouble.pod)", "it waits for a place\(text)", fix)
            case .crashLooping(let container, let restarts):
                let message = "container \(container) has crashed \(restarts) times\(text)"
                add("crash-loop", .warning, "\(trouble.pod)", message, "mend it first: a budget counts it as lost")
            case .waiting(let container, let reason):
                let message = "container \(container) waits: \(reason)\(text)"
                add(
                    "waiting-container",
                    .warning,
                    "\(trouble.pod)",
                    message,
                    "see that its image and its settings are there"
                )
            }
        }
    }

    /// Budgets are judged as the planner judges them.
    private mutating func lookAtBudgets(_ cluster: Cluster, _ now: Instant) {
        let rules: [Finding.Rule] = [.impossibleBudget, .twoBudgets, .uncountedBudget, .unhealthyPods, .emptyBudget]
        let planner = CampaignPlanner(
            cluster: cluster,
            policy: Policy(maxOut: .count(1)),
            campaign: Campaign(purpose: .service),
            createdAt: now
        )
        var seen: Set<String> = []
        for finding in planner.plan().findings where rules.contains(finding.rule) {
            let subject = finding.budget.map { "\($0)" } ?? finding.pod.map { "\($0)" } ?? ""
            guard seen.insert("\(finding.rule.rawValue) \(subject)").inserted else { continue }
            let severity: Severity = finding.severity == .obstacle ? .broken : .warning
            add(finding.rule.rawValue, severity, subject, finding.message, finding.fix)
        }
    }

    var text: String {
        let counts = Severity.allCases.map { severity in findings.count { $0.severity == severity } }
        let server = version.map { "Kubernetes \($0)" } ?? "Kubernetes"
        let head = "\(server), \(nodes) nodes, \(pods) pods; \(checksPassed) of the API server's own checks pass"
        let lines = findings.map { entry in
            let subject = entry.subject.isEmpty ? "" : "\(entry.subject): "
            return "  \(entry.severity.rawValue.uppercased())  \(subject)\(entry.message) [\(entry.check)]\n"
                + "          fix: \(entry.fix)"
        }
        let verdict =
            findings.isEmpty
            ? "Nothing is wrong." : "\(counts[0]) broken, \(counts[1]) warnings, \(counts[2]) notes."
        return ([head] + notes + lines + [verdict]).joined(separator: "\n")
    }
}
