import ClusterModel
import NodeAccess

/// Disks, clocks, certificates and etcd, as the machines tell of them.
extension Diagnosis {
    mutating func look(at machines: MachineReport, _ now: Instant) {
        for (node, facts) in machines.facts.sorted(by: { $0.key < $1.key }) {
            lookAtDisks(node, facts)
            lookAtClock(node, facts)
            lookAtCertificates(node, facts, now)
        }
        lookAtEtcd(machines.etcd.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        for text in machines.unseen {
            add("not-looked-at", .warning, "", text, "make it reachable, or look there yourself")
        }
        sort()
    }

    /// The kubelet's own limits: below 15 % it removes images, and below 10 % it evicts pods.
    private mutating func lookAtDisks(_ node: String, _ facts: NodeFacts) {
        for disk in facts.disks where disk.totalBytes > 0 {
            let percent = disk.freeBytes * 100 / disk.totalBytes
            let isShort = disk.freeBytes < 3 << 30
            guard percent < 15 || isShort else { continue }
            let size = "\(Self.size(disk.freeBytes)) of \(Self.size(disk.totalBytes)) are free on \(disk.path)"
            let meaning =
                percent < 10
                ? "the kubelet evicts pods below 10 %"
                : percent < 15 ? "the kubelet removes images below 15 %" : "new images need room"
            add(
                "disk-space",
                percent < 10 ? .broken : .warning,
                node,
                "\(size) (\(percent) %): \(meaning)",
                "free space before pods move there: old images (crictl rmi --prune), logs, old packages"
            )
        }
    }

    private mutating func lookAtClock(_ node: String, _ facts: NodeFacts) {
        // What the way there and back may have added is no skew.
        let off = abs(facts.clockSkewMilliseconds) - facts.clockBlurMilliseconds
        guard off > 1000 else { return }
        let side = facts.clockSkewMilliseconds > 0 ? "ahead of" : "behind"
        let message = "its clock is about \(off) ms \(side) this machine's"
        add("clock", off > 30_000 ? .broken : .warning, node, message, "synchronise both with NTP")
    }

    private mutating func lookAtCertificates(_ node: String, _ facts: NodeFacts, _ now: Instant) {
        for certificate in facts.certificates {
            let days = certificate.expires.since(now).components.seconds / 86_400
            guard days < 30 else { continue }
            add(
                "certificate",
                days < 3 ? .broken : .warning,
                node,
                "\(certificate.path) ends at \(certificate.expires), in \(days) days",
                "renew it, as `kubeadm certs renew all` does, and restart what uses it"
            )
        }
    }

    // MARK: etcd

    /// etcd's own limit where none is given: 2 GiB, and it takes no more writes.
    private static let quota: Int64 = 2 << 30

    private mutating func lookAtEtcd(_ reports: [(node: String, report: EtcdReport)]) {
        guard let first = reports.first?.report else { return }
        let members = first.members.filter { !$0.isLearner }
        let answering = Set(reports.map(\.report.id))
        notes.append(
            "etcd \(first.version): \(members.count == 1 ? "1 member" : "\(members.count) members"), "
                + "\(Self.size(UInt64(max(0, first.databaseBytes)))) database"
        )
        for member in first.members where !answering.contains(member.id) {
            add(
                "etcd-member",
                .broken,
                "\(member.name) (\(member.id))",
                "is a member of etcd, and no control-plane node that was reached answers for it: "
                    + "\(members.count) members need \(members.count / 2 + 1) to write",
                "start it, or where its machine is gone for good: etcdctl member remove \(member.id)"
            )
        }
        for learner in first.members where learner.isLearner {
            let fix = "wait until it has caught up, then: etcdctl member promote \(learner.id)"
            add("etcd-member", .warning, learner.name, "is still a learner and has no vote", fix)
        }
        if members.count > 1, members.count.isMultiple(of: 2) {
            let message = "\(members.count) members survive no more failures than \(members.count - 1) do"
            add("etcd-members", .warning, "etcd", message, "add a member, or remove one")
        }
        lookAtLeaders(reports)
        for alarm in Set(reports.flatMap(\.report.alarms)).sorted(by: { ($0.member, $0.name) < ($1.member, $1.name) }) {
            let fix =
                alarm.name == "NOSPACE"
                ? "compact and defragment every member, then: etcdctl alarm disarm"
                : "look at that member's log, then: etcdctl alarm disarm"
            add("etcd-alarm", .broken, alarm.member, "etcd has raised the alarm \(alarm.name)", fix)
        }
        for (node, report) in reports { lookAtDatabase(node, report) }
    }

    private mutating func lookAtLeaders(_ reports: [(node: String, report: EtcdReport)]) {
        for (node, report) in reports where report.leader.isEmpty {
            let fix = "see that a majority of the members runs and that they reach each other on port 2380"
            add("etcd-leader", .broken, node, "its etcd member knows no leader", fix)
        }
        let leaders = Set(reports.map(\.report.leader)).subtracting([""]).sorted()
        if leaders.count > 1 {
            let message = "the members name different leaders: \(leaders.joined(separator: ", "))"
            add("etcd-leader", .warning, "etcd", message, "look again: where it stays so, they do not reach each other")
        }
        let versions = Set(reports.map(\.report.version)).sorted()
        if versions.count > 1 {
            let message = "its members run different versions: \(versions.joined(separator: ", "))"
            add("etcd-version", .warning, "etcd", message, "bring all members to one version before the next upgrade")
        }
    }

    private mutating func lookAtDatabase(_ node: String, _ report: EtcdReport) {
        let (size, used) = (report.databaseBytes, report.usedBytes)
        let text = "\(Self.size(UInt64(max(0, size)))) (\(Self.size(UInt64(max(0, used)))) of it used)"
        if size > Self.quota / 4 * 3 {
            let message = "its etcd database has \(text); at its quota, 2 GiB unless set otherwise, etcd stops to write"
            add("etcd-size", size > Self.quota / 20 * 19 ? .broken : .warning, node, message, Self.defragment)
        } else if size > 256 << 20, used < size / 2 {
            add("etcd-size", .note, node, "its etcd database has \(text)", Self.defragment)
        }
    }

    private static let defragment = "defragment one member after the other, the leader last: etcdctl defrag"

    static func size(_ bytes: UInt64) -> String {
        if bytes < 1 << 30 { return "\(bytes >> 20) MiB" }
        let tenths = bytes / 107_374_182
        return "\(tenths / 10).\(tenths % 10) GiB"
    }
}
