// Ready playbooks for replaced nodes, bundles, RPM systems and kernels, on machines that are thrown away.
import Foundation
import Playbooks
import Rollout
import Testing

@testable import NodeAccess

@Suite(.enabled(if: PracticeMachine.isPossible), .serialized)
struct NodePlaybookTests {
    /// Whatever is patient in a playbook is not here.
    private static func hasty(_ name: String) throws -> Playbook {
        var playbook = try Playbook.ready(name)
        for stage in playbook.stages.indices {
            for index in playbook.stages[stage].steps.indices {
                let verify = playbook.stages[stage].steps[index].verify
                playbook.stages[stage].steps[index].verify = verify?.replacing("sleep 5", with: "sleep 0")
            }
        }
        return playbook
    }

    // MARK: node-replace

    /// Keeps what kubeadm keeps of a node, and what it read of its settings.
    private static let kubeadm = """
        #!/bin/sh
        echo "kubeadm $*" >>/var/log/calls
        for word in "$@"; do test ! -e "/fail/kubeadm-$word" || { echo "kubeadm: told to fail" >&2; exit 1; }; done
        case "$1 $2" in
        "reset phase") rm -f /etc/kubernetes/manifests/etcd.yaml ;;
        "reset --force") rm -rf /etc/kubernetes/manifests /etc/kubernetes/kubelet.conf /etc/kubernetes/bootstrap-kubelet.conf ;;
        "join --config")
            touch /etc/kubernetes/bootstrap-kubelet.conf
            stat -c %a "$3" >/var/lib/join.mode; cp "$3" /var/lib/join.copy
            test ! -e /fail/half-way || exit 1
            mv /etc/kubernetes/bootstrap-kubelet.conf /etc/kubernetes/kubelet.conf ;;
        esac
        """

    private static let inputs = [
        "ENDPOINT": "10.0.0.10:6443", "TOKEN": "abcdef.0123456789abcdef", "CA_HASH": "sha256:1f",
        "CERTIFICATE_KEY": "f00d",
    ]

    private func member(_ machine: PracticeMachine, controlPlane: Bool) async throws {
        try await machine.command(
            """
            cat >/usr/local/bin/kubeadm <<'STANDIN'
            \(Self.kubeadm)
            STANDIN
            printf '#!/bin/sh\\n' >/usr/local/bin/kubelet
            printf '#!/bin/sh\\necho "kubectl $*" >>/var/log/calls\\ntest ! -e /fail/readyz\\n' >/usr/local/bin/kubectl
            chmod 755 /usr/local/bin/*
            mkdir -p /etc/kubernetes/manifests; touch /etc/kubernetes/kubelet.conf
            """
        )
        if controlPlane {
            try await machine.command(
                "touch /etc/kubernetes/manifests/etcd.yaml /etc/kubernetes/manifests/kube-apiserver.yaml"
            )
        }
    }

    @Test(arguments: [PlaybookRole.worker, .controlPlane])
    func `node-replace: a node leaves and joins once, its etcd member first, and no secret is in an argument`(
        role: PlaybookRole
    ) async throws {
        try await PracticeMachine.run { machine in
            let playbook = try Self.hasty("node-replace")
            try await member(machine, controlPlane: role != .worker)
            let reports = try await machine.perform(playbook, as: role, inputs: Self.inputs)
            #expect(reports.allSatisfy { $0.outcome == .done }, "\(reports.lines)")
            let etcd = [
                "kubectl --kubeconfig /etc/kubernetes/admin.conf get --raw /readyz",
                "kubeadm reset phase remove-etcd-member",
            ]
            let rest = [
                "systemctl is-active --quiet containerd", "kubeadm reset --force",
                "kubeadm join --config /var/lib/evenkeel/join.yaml", "systemctl is-active --quiet kubelet",
            ]
            let expected = role == .worker ? rest : [rest[0]] + etcd + rest.dropFirst()
            #expect(try await machine.calls() == expected)
            let settings = try await machine.command(
                "cat /var/lib/join.mode /var/lib/join.copy; ls -A /var/lib/evenkeel"
            )
            #expect(settings.hasPrefix("600\napiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n"))
            #expect(settings.contains(#"apiServerEndpoint: "10.0.0.10:6443", token: "abcdef.0123456789abcdef""#))
            #expect(settings.contains("certificateKey") == (role != .worker))
            #expect(settings.hasSuffix("\njoined-run\n"))
            let second = try await machine.perform(playbook, as: role, inputs: Self.inputs)
            #expect(second.dropFirst().allSatisfy { $0.outcome == .alreadyDone }, "\(second.lines)")
            #expect(try await machine.calls() == [rest[0]])
        }
    }

    @Test func `node-replace: a join that fails half-way is reset and tried again, and leaves no secret behind`()
        async throws
    {
        try await PracticeMachine.run { machine in
            let playbook = try Self.hasty("node-replace")
            try await member(machine, controlPlane: false)
            try await machine.fail("half-way")
            let reports = try await machine.perform(playbook, inputs: Self.inputs)
            #expect(reports.last?.name == "join")
            #expect(reports.last?.attempts == 7)
            #expect(reports.last?.failure?.hasSuffix("undone") == true)
            #expect(try await machine.command("ls -A /var/lib/evenkeel").isEmpty)
            try await machine.mend()
            _ = try await machine.calls()
            let second = try await machine.perform(playbook, inputs: Self.inputs)
            #expect(second.allSatisfy { $0.outcome != .failed }, "\(second.lines)")
            #expect(
                try await machine.calls().filter { $0.hasPrefix("kubeadm") }.map { String($0.prefix(13)) }
                    == ["kubeadm reset", "kubeadm join "]
            )
        }
    }

    @Test(arguments: [
        ("readyz", "leave etcd"), ("kubeadm-remove-etcd-member", "leave etcd"), ("kubeadm---force", "reset"),
        ("systemctl-is-active", "the machine is ready to join"),
    ])
    func `node-replace: what fails stops there, with the node as it was`(fault: String, step: String) async throws {
        try await PracticeMachine.run { machine in
            let playbook = try Self.hasty("node-replace")
            try await member(machine, controlPlane: true)
            try await machine.fail(fault)
            let reports = try await machine.perform(playbook, as: .controlPlane, inputs: Self.inputs)
            #expect(reports.last?.name == step)
            #expect(reports.last?.outcome == .failed)
            #expect(try await machine.command("ls /etc/kubernetes/kubelet.conf") == "/etc/kubernetes/kubelet.conf\n")
            try await machine.mend()
            let second = try await machine.perform(playbook, as: .controlPlane, inputs: Self.inputs)
            #expect(second.allSatisfy { $0.outcome != .failed }, "\(second.lines)")
        }
    }

    @Test func `node-replace: a control-plane node without its key is refused before anything changes`() async throws {
        try await PracticeMachine.run { machine in
            try await member(machine, controlPlane: true)
            var inputs = Self.inputs
            inputs["CERTIFICATE_KEY"] = nil
            let reports = try await machine.perform(try Self.hasty("node-replace"), as: .controlPlane, inputs: inputs)
            #expect(reports.count == 1)
            #expect(reports[0].output.contains("CERTIFICATE_KEY is needed"))
            #expect(try await machine.calls() == ["systemctl is-active --quiet containerd"])
        }
    }

    // MARK: kubeadm, otherwise

    /// dnf installs what a package's file holds: a program. It refuses a file that is not there, as the real one does.
    private static let dnf = """
        #!/bin/sh
        echo "dnf $*" >>/var/log/calls
        for word in "$@"; do
            case "$word" in
            *.rpm)
                test -e "$word" || { echo "No such file: $word" >&2; exit 1; }
                name=$(basename "$word"); install -m 755 "$word" "/usr/local/bin/${name%%-*}" ;;
            esac
        done
        """

    private static func programs(_ version: String) -> [(name: String, text: String)] {
        let kubeadm = """
            #!/bin/sh
            if test "$1" = version; then echo v\(version); exit 0; fi
            echo "kubeadm $*" >>/var/log/calls
            """
        return [
            ("kubeadm", kubeadm), ("kubelet", "#!/bin/sh\necho 'Kubernetes v\(version)'"), ("kubectl", "#!/bin/sh\n"),
        ]
    }

    @Test func `kubeadm from .rpm files: no repository is asked, and a file that is missing stops it`() async throws {
        try await PracticeMachine.run { machine in
            let playbook = try Self.hasty("kubeadm-upgrade-rpm")
            var lines = ["mkdir -p /var/tmp/evenkeel"]
            for (name, text) in Self.programs("1.35.4") { lines.append(Self.write(text, to: "/usr/local/bin/\(name)")) }
            for (name, text) in Self.programs("1.36.2") {
                lines.append(Self.write(text, to: "/var/tmp/evenkeel/\(name)-1.36.2-150500.1.1.x86_64.rpm"))
            }
            lines.append(Self.write(Self.dnf, to: "/usr/local/bin/dnf"))
            try await machine.command(lines.joined(separator: "\n"))
            try await machine.command("mv /var/tmp/evenkeel/kubectl* /")
            let short = try await machine.perform(playbook, to: "v1.36.2")
            #expect(short.last?.name == "install kubelet and kubectl")
            #expect(short.last?.outcome == .failed)
            try await machine.command("mv /kubectl* /var/tmp/evenkeel/; rm /usr/local/bin/kubelet")
            let reports = try await machine.perform(playbook, to: "v1.36.2")
            #expect(reports.allSatisfy { $0.outcome != .failed }, "\(reports.lines)")
            let installs = try await machine.calls().filter { $0.hasPrefix("dnf") }
            #expect(installs.count == 3)
            #expect(
                installs.allSatisfy { $0.hasPrefix("dnf install --assumeyes --disablerepo=* --disableexcludes=all /") }
            )
            #expect(try await machine.command("kubeadm version; kubelet --version") == "v1.36.2\nKubernetes v1.36.2\n")
            let second = try await machine.perform(playbook, to: "v1.36.2")
            #expect(second.map(\.outcome) == [.alreadyDone, .done, .alreadyDone, .done])
        }
    }

    /// A shell line that writes a program.
    private static func write(_ text: String, to path: String) -> String {
        "cat >'\(path)' <<'STANDIN'\n\(text)\nSTANDIN\nchmod 755 '\(path)'"
    }

    @Test func `kubeadm from a bundle: it is brought, unpacked and its images are imported`() async throws {
        try await PracticeMachine.run { machine in
            let playbook = try Self.hasty("kubeadm-upgrade-bundle")
            for version in ["1.35.4", "1.36.2"] {
                for (name, text) in Self.programs(version) {
                    try await machine.makePackage(name, "\(version)-1.1", in: "/\(version)", program: text)
                }
            }
            let bundle = machine.host.path("bundle.tar.gz")
            try await machine.command(
                """
                dpkg --install /1.35.4/*.deb; cd /1.36.2; mkdir images; echo image >images/etcd.tar
                tar --create --gzip --file '\(bundle)' *.deb images; cd /; rm -r /1.36.2
                \(Self.write("#!/bin/sh\necho \"ctr $*\" >>/var/log/calls", to: "/usr/local/bin/ctr"))
                """
            )
            let reports = try await machine.perform(playbook, to: "v1.36.2", inputs: ["BUNDLE": "bundle.tar.gz"])
            #expect(reports.allSatisfy { $0.outcome == .done }, "\(reports.lines)")
            let calls = try await machine.calls()
            #expect(calls.first == "ctr --namespace k8s.io images import /var/lib/evenkeel/bundle/images/etcd.tar")
            #expect(calls.dropFirst().first == "kubeadm upgrade node")
            #expect(try await machine.command("kubeadm version; kubelet --version") == "v1.36.2\nKubernetes v1.36.2\n")
            let second = try await machine.perform(playbook, to: "v1.36.2", inputs: ["BUNDLE": "bundle.tar.gz"])
            #expect(second[0].outcome == .alreadyDone)
            #expect(second.allSatisfy { $0.outcome != .failed }, "\(second.lines)")
        }
    }

    @Test func `kubeadm from a bundle: one of another version is undone`() async throws {
        try await PracticeMachine.run { machine in
            let bundle = machine.host.path("bundle.tar.gz")
            try await machine.command("cd /; mkdir x; touch x/kubeadm_1.36.1-1.1_all.deb; tar -czf '\(bundle)' -C x .")
            let playbook = try Self.hasty("kubeadm-upgrade-bundle")
            let reports = try await machine.perform(playbook, to: "v1.36.2", inputs: ["BUNDLE": "bundle.tar.gz"])
            #expect(reports.count == 1)
            #expect(reports[0].failure?.hasSuffix("undone") == true)
            #expect(try await machine.command("test ! -e /var/lib/evenkeel/bundle && echo none") == "none\n")
        }
    }

    // MARK: kernel-reboot

    @Test func `kernel-reboot: only a node with a newer kernel reboots, or every one where that is forced, once`()
        async throws
    {
        try await PracticeMachine.run { machine in
            let playbook = try Self.hasty("kernel-reboot")
            try await machine.command("touch \"/boot/vmlinuz-$(uname -r)\" /boot/vmlinuz-0-rescue-1f")
            #expect(try await machine.perform(playbook).lines == ["reboot: alreadyDone"])
            #expect(try await machine.calls().isEmpty)
            try await machine.command("touch /boot/vmlinuz-999.1.0")
            #expect(try await machine.perform(playbook).lines == ["reboot: done"])
            #expect(try await machine.calls() == ["reboot", "systemctl is-active --quiet kubelet"])
            // As after the boot: the mark names the one before.
            try await machine.command("echo before >/var/lib/evenkeel/reboot-run")
            #expect(try await machine.perform(playbook, inputs: ["FORCE": "yes"]).lines == ["reboot: alreadyDone"])
        }
    }

    @Test func `kernel-reboot: a node without a kubelet afterwards has failed`() async throws {
        try await PracticeMachine.run { machine in
            try await machine.fail("systemctl-is-active")
            let reports = try await machine.perform(try Self.hasty("kernel-reboot"), inputs: ["FORCE": "yes"])
            #expect(reports.lines == ["reboot: failed (verify: exit status 1)"])
            #expect(reports[0].output.contains("no kubelet came up"))
        }
    }
}
