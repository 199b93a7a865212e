package import ClusterModel
package import Ports
import SSH

/// What a machine says of itself.
package struct NodeFacts: Hashable, Sendable, Codable {
    package struct Disk: Hashable, Sendable, Codable {
        /// Where it is mounted.
        package var path: String
        package var totalBytes: UInt64
        package var freeBytes: UInt64
    }

    package struct Certificate: Hashable, Sendable, Codable {
        package var path: String
        package var expires: Instant
    }

    /// As os-release(5) names it.
    package var os = ""
    package var kernel = ""
    package var architecture = ""
    package var bootID = ""
    package var uptimeSeconds = 0
    /// The installed programs' own words, by their names: kubelet, containerd, k3s and the like.
    package var versions: [String: String] = [:]
    /// Sorted by path.
    package var disks: [Disk] = []
    /// How far the machine's clock is ahead of this one's, in milliseconds; the way there and back blurs it.
    package var clockSkewMilliseconds: Int64 = 0
    /// Half the time of that way.
    package var clockBlurMilliseconds: Int64 = 0
    /// Sorted by path; only where the machine has `openssl` and they may be read.
    package var certificates: [Certificate] = []
    /// A reboot is asked for by what was installed.
    package var rebootRequired = false

    /// Reads the lines of ``script``: a word, and its values to the line's end.
    package init(_ text: String, asked: Instant, answered: Instant) {
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard parts.count >= 2 else { continue }
            take(parts[0], Array(parts.dropFirst()), asked, answered)
        }
        disks.sort { $0.path < $1.path }
        certificates.sort { $0.path < $1.path }
    }

    private mutating func take(_ word: String, _ values: [String], _ asked: Instant, _ answered: Instant) {
        switch word {
        case "os": os = values[0]
        case "kernel": kernel = values[0]
        case "architecture": architecture = values[0]
        case "boot": bootID = values[0]
        case "uptime": uptimeSeconds = Int(values[0].prefix { $0.isNumber }) ?? 0
        case "reboot": rebootRequired = values[0] == "yes"
        case "version" where values.count == 2: versions[values[0]] = values[1]
        case "disk" where values.count == 3:
            guard let total = UInt64(values[0]), let free = UInt64(values[1]) else { return }
            let disk = Disk(path: values[2], totalBytes: total * 1_024, freeBytes: free * 1_024)
            if !disks.contains(disk) { disks.append(disk) }
        case "certificate" where values.count == 2:
            guard let seconds = Int64(values[0]) else { return }
            certificates.append(Certificate(path: values[1], expires: Instant(milliseconds: seconds * 1_000)))
        case "clock":
            guard let there = Double(values[0]) else { return }
            let way = answered.milliseconds - asked.milliseconds
            clockBlurMilliseconds = (way + 1) / 2
            clockSkewMilliseconds = Int64((there * 1_000).rounded()) - (asked.milliseconds + way / 2)
        default: return
        }
    }

    /// Asks with what any machine has; what it has not is left out. The clock comes first, close to the question.
    package static let script = #"""
        export LC_ALL=C PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/sbin"
        tab=$(printf '\t')
        say() { printf '%s\t%s\n' "$1" "$2"; }
        now=$(date +%s.%N)
        case "$now" in *N) now=${now%.*} ;; esac
        say clock "$now"
        say os "$(. /etc/os-release 2>/dev/null && printf %s "$PRETTY_NAME")"
        say kernel "$(uname -r)"
        say architecture "$(uname -m)"
        say boot "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"
        say uptime "$(cut -d. -f1 /proc/uptime 2>/dev/null)"
        if test -e /run/reboot-required; then say reboot yes; else say reboot no; fi
        for program in kubelet kubeadm containerd k3s rke2 dockerd; do
            if command -v "$program" >/dev/null 2>&1; then
                say "version$tab$program" "$("$program" --version 2>/dev/null </dev/null | head -n 1)"
            fi
        done
        for path in / /var/lib/kubelet /var/lib/containerd /var/lib/etcd /var/lib/rancher; do
            test -d "$path" && df -P -k "$path" 2>/dev/null | awk 'NR == 2 { p = $6; for (i = 7; i <= NF; i++) p = p " " $i
                printf "disk\t%s\t%s\t%s\n", $2, $4, p }'
        done
        if command -v openssl >/dev/null 2>&1; then
            for file in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt \
                /var/lib/kubelet/pki/kubelet-client-current.pem /var/lib/rancher/*/server/tls/*.crt; do
                test -r "$file" || continue
                end=$(openssl x509 -noout -enddate -in "$file" 2>/dev/null) || continue
                seconds=$(date -u -d "${end#notAfter=}" +%s 2>/dev/null) || continue
                say certificate "$seconds$tab$file"
            done
        fi
        exit 0
        """#
}

extension SSHNodeShell {
    /// Asks a node for its facts, as the user who logs in, and closes its connection.
    ///
    /// - Throws: ``SSHError``, or `CancellationError`.
    package func facts(of node: NodeTarget, timeout: Duration = .seconds(30)) async throws -> NodeFacts {
        // The login does not count to the clock's blur.
        _ = try await connection(to: node)
        let asked = time.now
        let result = try await run("sh -s", standardInput: NodeFacts.script, on: node, timeout: timeout)
        guard result.succeeded else { throw SSHError.commandRefused(node.endpoint) }
        return NodeFacts(result.standardOutput.text, asked: asked, answered: time.now)
    }
}
