import ClusterModel
import Testing

@testable import EvenkeelCommands
@testable import Kubernetes
@testable import NodeAccess

/// What `evenkeel doctor --ssh` concludes from what machines say.
struct DiagnosisTests {
    private static let now = Instant(milliseconds: 1_795_000_000_000)

    private func findings(_ report: MachineReport) -> [Diagnosis.Entry] {
        var diagnosis = Diagnosis(of: Cluster(nodes: []), HealthReport(), at: Self.now)
        diagnosis.look(at: report, Self.now)
        return diagnosis.findings
    }

    private static func facts(_ lines: String...) -> NodeFacts {
        NodeFacts(lines.joined(separator: "\n"), asked: now, answered: now)
    }

    private static func etcd(
        id: String = "a",
        leader: String = "a",
        version: String = "3.5.9",
        bytes: Int64 = 1 << 20,
        used: Int64 = 1 << 20,
        members: [String] = ["a"],
        learners: [String] = [],
        alarms: [EtcdReport.Alarm] = []
    ) -> EtcdReport {
        EtcdReport(
            id: id,
            version: version,
            leader: leader,
            databaseBytes: bytes,
            usedBytes: used,
            members: (members + learners).map {
                EtcdReport.Member(id: $0, name: "cp-\($0)", isLearner: learners.contains($0))
            },
            alarms: alarms
        )
    }

    @Test(arguments: [
        ("disk\t41943040\t20971520\t/", []), ("disk\t41943040\t5242880\t/", ["warning"]),
        ("disk\t41943040\t2097152\t/var/lib/containerd", ["broken"]), ("disk\t8388608\t2097152\t/", ["warning"]),
    ])
    func `disk space is judged by the kubelet's limits`(line: String, severities: [String]) {
        let found = findings(MachineReport(facts: ["w-1": Self.facts(line)]))
        #expect(found.map(\.severity.rawValue) == severities)
        #expect(found.allSatisfy { $0.check == "disk-space" && $0.subject == "w-1" && $0.message.contains("GiB") })
    }

    @Test(arguments: [(0, nil), (900, nil), (-4000, "behind"), (60_000, "ahead of")] as [(Int64, String?)])
    func `a clock is off by what its question's way cannot explain`(milliseconds: Int64, side: String?) {
        let clock = Double(Self.now.milliseconds + milliseconds) / 1000
        let found = findings(MachineReport(facts: ["w-1": Self.facts("clock\t\(clock)")]))
        #expect(found.map(\.check) == (side == nil ? [] : ["clock"]))
        if let side { #expect(found.first?.message.contains(side) == true) }
    }

    @Test func `a certificate on a machine is said before it ends`() {
        let soon = Self.now.milliseconds / 1000 + 86_400 * 10
        let found = findings(
            MachineReport(facts: ["cp-1": Self.facts("certificate\t\(soon)\t/etc/kubernetes/pki/apiserver.crt")])
        )
        #expect(found.map(\.check) == ["certificate"])
        #expect(found.first?.message.contains("in 10 days") == true)
    }

    @Test func `an etcd that is well is told of and complained about in nothing`() {
        var diagnosis = Diagnosis(of: Cluster(nodes: []), HealthReport(), at: Self.now)
        let members = ["a", "b", "c"]
        let reports = members.map { ("cp-\($0)", Self.etcd(id: $0, members: members)) }
        diagnosis.look(at: MachineReport(etcd: Dictionary(uniqueKeysWithValues: reports)), Self.now)
        #expect(diagnosis.findings.isEmpty)
        #expect(diagnosis.notes == ["etcd 3.5.9: 3 members, 1 MiB database"])
        #expect(diagnosis.text.contains("etcd 3.5.9"))
    }

    static let troubles: [(EtcdReport, [String])] = [
        (etcd(members: ["a", "b", "c"]), ["etcd-member", "etcd-member"]),
        (etcd(members: ["a"], learners: ["b"]), ["etcd-member", "etcd-member"]),
        (etcd(leader: ""), ["etcd-leader"]),
        (etcd(alarms: [.init(member: "a", name: "NOSPACE")]), ["etcd-alarm"]),
        (etcd(bytes: 17 << 27, used: 17 << 27), ["etcd-size"]),
        (etcd(bytes: 1 << 30, used: 1 << 20), ["etcd-size"]),
    ]

    @Test(arguments: troubles)
    func `etcd's troubles are named with a fix`(report: EtcdReport, checks: [String]) {
        let found = findings(MachineReport(etcd: ["cp-a": report]))
        #expect(found.map(\.check) == checks)
        #expect(found.allSatisfy { !$0.fix.isEmpty && !$0.message.isEmpty })
    }

    @Test func `members that disagree are named`() {
        let reports = [
            "cp-a": Self.etcd(id: "a", leader: "a", members: ["a", "b"]),
            "cp-b": Self.etcd(id: "b", leader: "b", version: "3.4.3", members: ["a", "b"]),
        ]
        #expect(findings(MachineReport(etcd: reports)).map(\.check) == ["etcd-members", "etcd-leader", "etcd-version"])
    }

    @Test func `what cannot be looked at is no clean bill`() {
        #expect(findings(MachineReport(unseen: ["w-1 over SSH: no route"])).map(\.check) == ["not-looked-at"])
    }

    @Test func `etcd's gateway is read as it answers`() throws {
        let text = """
            {"header":{"cluster_id":"14841639068965178418","member_id":"10276657743932975437","raft_term":"2"},\
            "version":"3.4.23","dbSize":"20480","leader":"10276657743932975437","raftIndex":"4","raftTerm":"2",\
            "dbSizeInUse":"16384"}
            {"header":{"member_id":"10276657743932975437"},"members":[{"ID":"10276657743932975437","name":"lab",\
            "peerURLs":["http://localhost:2380"],"clientURLs":["http://127.0.0.1:2379"]},{"ID":"16","isLearner":true}]}
            {"header":{"member_id":"10276657743932975437"},"alarms":[{"memberID":"16","alarm":"NOSPACE"}]}
            """
        let report = try #require(EtcdReport(text))
        #expect(report.id == "8e9e05c52164694d")
        #expect(report.leader == report.id)
        #expect((report.version, report.databaseBytes, report.usedBytes) == ("3.4.23", 20480, 16384))
        #expect(report.members.map(\.name) == ["lab", "a member that has not started"])
        #expect(report.members.map(\.isLearner) == [false, true])
        #expect(report.alarms == [EtcdReport.Alarm(member: "10", name: "NOSPACE")])
        #expect(EtcdReport("404 page not found") == nil)
    }

    @Test(
        arguments: [
            ("etcd_db_total_size_in_bytes{endpoint=\"http://127.0.0.1:2379\"} 4.0755e+06", 4_075_500),
            ("apiserver_storage_size_bytes{storage_cluster_id=\"etcd-0\"} 1048576", 1_048_576),
            ("apiserver_storage_objects{resource=\"pods\"} 12", nil),
        ] as [(String, Int64?)]
    )
    func `the database's size is read by each version's name`(line: String, bytes: Int64?) {
        #expect(DatabaseSize.bytes(metric: line) == bytes)
    }
}
