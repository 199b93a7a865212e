import Foundation

/// What the etcd member of one control-plane node says of itself and of the others.
struct EtcdReport: Hashable, Sendable {
    struct Member: Hashable, Sendable {
        /// As `8e9e05c52164694d`, the way etcdctl writes it.
        var id: String
        var name: String
        var isLearner: Bool
    }

    /// The member that answered.
    var id: String
    var version: String
    /// Empty where it knows none.
    var leader: String
    var databaseBytes: Int64
    /// How much of the database is data; the rest is holes that a defragmentation gives back.
    var usedBytes: Int64
    var members: [Member]
    var alarms: [Alarm] = []

    struct Alarm: Hashable, Sendable {
        var member: String
        /// As `NOSPACE`.
        var name: String
    }

    init(
        id: String,
        version: String,
        leader: String,
        databaseBytes: Int64,
        usedBytes: Int64,
        members: [Member],
        alarms: [Alarm]
    ) {
        (self.id, self.version, self.leader) = (id, version, leader)
        (self.databaseBytes, self.usedBytes) = (databaseBytes, usedBytes)
        (self.members, self.alarms) = (members, alarms)
    }

    /// Reads the three lines of ``script``; nil where they are not etcd's.
    init?(_ text: String) {
        let lines = text.split(separator: "\n").map { Data($0.utf8) }
        let decoder = JSONDecoder()
        guard lines.count == 3, let status = try? decoder.decode(Status.self, from: lines[0]),
            let list = try? decoder.decode(MemberList.self, from: lines[1]),
            let alarms = try? decoder.decode(AlarmList.self, from: lines[2])
        else { return nil }
        id = Self.hexadecimal(status.header.member_id)
        version = status.version ?? ""
        leader = Self.hexadecimal(status.leader)
        databaseBytes = status.dbSize.flatMap { Int64($0) } ?? 0
        usedBytes = status.dbSizeInUse.flatMap { Int64($0) } ?? 0
        members = list.members.map { member in
            Member(
                id: Self.hexadecimal(member.ID),
                name: member.name.flatMap { $0.isEmpty ? nil : $0 } ?? "a member that has not started",
                isLearner: member.isLearner ?? false
            )
        }
        self.alarms = (alarms.alarms ?? []).map { Alarm(member: Self.hexadecimal($0.memberID), name: $0.alarm ?? "") }
    }

    /// etcd's JSON has its 64-bit numbers as decimal text, and leaves out what is zero.
    private static func hexadecimal(_ text: String?) -> String {
        guard let number = text.flatMap({ UInt64($0) }), number > 0 else { return "" }
        return String(number, radix: 16)
    }

    private struct Status: Decodable {
        struct Header: Decodable { var member_id: String? }
        var header: Header
        var version: String?
        var dbSize: String?
        var dbSizeInUse: String?
        var leader: String?
    }

    private struct MemberList: Decodable {
        struct Member: Decodable {
            var ID: String?
            var name: String?
            var isLearner: Bool?
        }
        var members: [Member]
    }

    private struct AlarmList: Decodable {
        struct Alarm: Decodable {
            var memberID: String?
            var alarm: String?
        }
        var alarms: [Alarm]?
    }

    /// Runs the script as root where that needs no password.
    static let command =
        #"if [ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null; then exec sh -s; else exec sudo -n sh -s; fi"#

    /// Asks the member on the machine itself by etcd's JSON gateway, with the certificates of kubeadm, k3s or RKE2, which
    /// only root may read. Exit status 3: no etcd listens here.
    static let script = #"""
        export LC_ALL=C PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin"
        command -v curl >/dev/null || { echo "curl is not installed" >&2; exit 1; }
        url=http://127.0.0.1:2379
        set --
        for place in /etc/kubernetes/pki/etcd:ca.crt:healthcheck-client \
            /var/lib/rancher/k3s/server/tls/etcd:server-ca.crt:client \
            /var/lib/rancher/rke2/server/tls/etcd:server-ca.crt:client; do
            folder=${place%%:*} names=${place#*:}
            own=$folder/${names#*:}
            if [ -r "$own.key" ]; then
                url=https://127.0.0.1:2379
                set -- --cacert "$folder/${names%%:*}" --cert "$own.crt" --key "$own.key"
                break
            elif [ "$(id -u)" != 0 ] && [ -d "${folder%/etcd}" ]; then
                echo "only root may read $own.key: let the login user use sudo without a password" >&2
                exit 1
            fi
        done
        for call in maintenance/status cluster/member/list maintenance/alarm; do
            answer=$(curl --silent --show-error --fail --max-time 10 "$@" --data '{}' "$url/v3/$call") || {
                status=$?
                [ "$status" != 7 ] || exit 3
                exit "$status"
            }
            printf '%s\n' "$(printf %s "$answer" | tr -d '\n')"
        done
        """#
}
