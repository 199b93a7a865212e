// The ready playbooks from beginning to end, on machines whose apt and dpkg are real and whose cluster programs stand in.
import Foundation
import Playbooks
import Rollout
import Testing

@testable import NodeAccess

@Suite(.enabled(if: PracticeMachine.isPossible), .serialized)
struct ReadyPlaybookTests {
    // MARK: kubeadm

    /// Records its calls and keeps what kubeadm keeps: the manifest of a control-plane node, the cluster's version.
    private static func kubeadm(_ version: String) -> String {
        """
        #!/bin/sh
        if test "$1" = version; then echo "v\(version)"; exit 0; fi
        echo "kubeadm $*" >>/var/log/calls
        test ! -e "/fail/kubeadm-$2" || { echo "kubeadm: told to fail" >&2; exit 1; }
        manifest=/etc/kubernetes/manifests/kube-apiserver.yaml
        if test "$2" = apply; then echo "$4" >/var/lib/cluster-version; fi
        if test -e "$manifest"; then echo "    image: registry.k8s.io/kube-apiserver:v\(version)" >"$manifest"; fi
        """
    }

    private static let kubectl = """
        #!/bin/sh
        case "$*" in
        *"get configmap"*) echo "    kubernetesVersion: $(cat /var/lib/cluster-version)" ;;
        *"get --raw /readyz"*) test ! -e /fail/kubectl-readyz || exit 1 ;;
        esac
        """

    private static func kubelet(_ version: String) -> String { "#!/bin/sh\necho 'Kubernetes v\(version)'" }

    /// A node of 1.35.4 with the packages of 1.36.2 beside it.
    private func kubeadmNode(
        _ machine: PracticeMachine,
        controlPlane: Bool
    ) async throws {
        for (version, folder) in [("1.35.4", "/old"), ("1.36.2", "/var/tmp/evenkeel")] {
            let programs = [
                ("kubeadm", Self.kubeadm(version)), ("kubelet", Self.kubelet(version)), ("kubectl", Self.kubectl),
            ]
            for (name, program) in programs {
                try await machine.makePackage(name, "\(version)-1.1", in: folder, program: program)
            }
        }
        try await machine.command("dpkg --install /old/*.deb; echo v1.35.4 >/var/lib/cluster-version")
        if controlPlane {
            try await machine.command(
                "mkdir -p /etc/kubernetes/manifests; echo '    image: registry.k8s.io/kube-apiserver:v1.35.4' "
                    + ">/etc/kubernetes/manifests/kube-apiserver.yaml"
            )
        }
    }

    private static let restart = [
        "systemctl daemon-reload", "systemctl restart kubelet", "systemctl is-active --quiet kubelet",
    ]

    @Test(arguments: [
        (PlaybookRole.firstControlPlane, ["kubeadm upgrade apply --yes v1.36.2"], [] as [String]),
        (.controlPlane, ["kubeadm upgrade node"], []),
        (.worker, ["kubeadm upgrade node"], ["kubeadm upgrade node"]),
    ])
    func `kubeadm: the calls in their order, and the second time only what harms nothing`(
        role: PlaybookRole,
        first: [String],
        again: [String]
    ) async throws {
        try await PracticeMachine.run { machine in
            let playbook = try Playbook.ready("kubeadm-upgrade")
            try await kubeadmNode(machine, controlPlane: role != .worker)
            let reports = try await machine.perform(playbook, as: role, to: "v1.36.2")
            #expect(reports.allSatisfy { $0.outcome == .done }, "\(reports)")
            #expect(reports.map(\.name) == playbook.steps(for: role).map(\.name))
            #expect(try await machine.calls() == first + Self.restart)
            let versions = try await machine.command("kubeadm version; kubelet --version; apt-mark showhold")
            #expect(versions == "v1.36.2\nKubernetes v1.36.2\nkubeadm\nkubectl\nkubelet\n")
            let second = try await machine.perform(playbook, as: role, to: "v1.36.2")
            #expect(second.allSatisfy { $0.outcome != .failed })
            #expect(second.filter { $0.outcome == .alreadyDone }.count == reports.count - 1 - again.count)
            #expect(try await machine.calls() == again + Self.restart)
        }
    }

    @Test(arguments: [
        ("package", "install kubeadm"), ("kubeadm-apply", "upgrade the control plane"),
        ("kubectl-readyz", "upgrade the control plane"), ("kubelet-package", "install kubelet and kubectl"),
        ("systemctl-restart", "restart kubelet"), ("systemctl-is-active", "restart kubelet"),
    ])
    func `kubeadm: a failure at any step stops there, and the next run ends what was begun`(
        fault: String,
        step: String
    ) async throws {
        // The verify of the last step is patient, which a test is not.
        var playbook = try Playbook.ready("kubeadm-upgrade")
        for stage in playbook.stages.indices {
            for index in playbook.stages[stage].steps.indices {
                let verify = playbook.stages[stage].steps[index].verify
                playbook.stages[stage].steps[index].verify = verify?.replacing("sleep 5", with: "sleep 0")
            }
        }
        let patched = playbook
        try await PracticeMachine.run { machine in
            try await kubeadmNode(machine, controlPlane: true)
            let hidden = ["package": "kubeadm", "kubelet-package": "kubelet"][fault]
            if let hidden { try await machine.command("mv /var/tmp/evenkeel/\(hidden)_* /old/") }
            if hidden == nil { try await machine.fail(fault) }
            let reports = try await machine.perform(patched, as: .firstControlPlane, to: "v1.36.2")
            #expect(reports.last?.name == step)
            #expect(reports.last?.outcome == .failed)
            #expect(reports.dropLast().allSatisfy { $0.outcome == .done })
            if let hidden { try await machine.command("mv /old/\(hidden)_1.36.2* /var/tmp/evenkeel/") }
            try await machine.mend()
            let second = try await machine.perform(patched, as: .firstControlPlane, to: "v1.36.2")
            #expect(second.count == patched.steps(for: .firstControlPlane).count)
            #expect(second.allSatisfy { $0.outcome != .failed }, "\(second.lines)")
            #expect(try await machine.command("kubelet --version") == "Kubernetes v1.36.2\n")
        }
    }

    // MARK: k3s and RKE2

    private static func distribution(_ name: String, _ version: String) -> String {
        "#!/bin/sh\necho '\(name) version v\(version) (1a2b3c4d)'\necho 'go version go1.26'\n"
    }

    @Test(arguments: [(PlaybookRole.firstControlPlane, "k3s"), (.worker, "k3s-agent")])
    func `k3s: the binary is replaced, the service restarted, and nothing the second time`(
        role: PlaybookRole,
        unit: String
    ) async throws {
        try await PracticeMachine.run { machine in
            let playbook = try Playbook.ready("k3s-upgrade")
            try await machine.command(
                """
                mkdir -p /var/tmp/evenkeel; cd /var/tmp/evenkeel
                printf '%s' "\(Self.distribution("k3s", "1.35.4+k3s1"))" >/usr/local/bin/k3s; chmod 755 /usr/local/bin/k3s
                printf '%s' "\(Self.distribution("k3s", "1.36.2+k3s1"))" >k3s; echo images >k3s-airgap-images-amd64.tar.zst
                sha256sum k3s >sha256sum-amd64.txt
                """
            )
            let reports = try await machine.perform(playbook, as: role, to: "v1.36.2+k3s1")
            #expect(reports.allSatisfy { $0.outcome == .done }, "\(reports.lines)")
            let calls = ["systemctl restart \(unit)", "systemctl is-active --quiet \(unit)"]
            #expect(try await machine.calls() == calls)
            let state = "k3s --version | head -n 1; ls -A /usr/local/bin; cat /var/lib/rancher/k3s/agent/images/*"
            let after = "k3s version v1.36.2+k3s1 (1a2b3c4d)\n"
            let seen = try await machine.command(state)
            #expect(seen.hasPrefix(after) && seen.hasSuffix("images\n") && !seen.contains(".k3s-new"))
            let second = try await machine.perform(playbook, as: role, to: "v1.36.2+k3s1")
            #expect(second[2].outcome == .alreadyDone)
            #expect(try await machine.command(state) == seen)
        }
    }

    @Test func `k3s: a binary that is damaged or of another version goes no further`() async throws {
        try await PracticeMachine.run { machine in
            let playbook = try Playbook.ready("k3s-upgrade")
            try await machine.command(
                """
                mkdir -p /var/tmp/evenkeel; cd /var/tmp/evenkeel
                printf '%s' "\(Self.distribution("k3s", "1.36.1+k3s1"))" >k3s; sha256sum k3s >sha256sum-amd64.txt
                """
            )
            let other = try await machine.perform(playbook, to: "v1.36.2+k3s1")
            #expect(other.lines == ["binary is there and whole: failed (exit status 1)"])
            #expect(other[0].output.contains("is not of version v1.36.2+k3s1"))
            try await machine.command("echo >>/var/tmp/evenkeel/k3s")
            let damaged = try await machine.perform(playbook, to: "v1.36.1+k3s1")
            #expect(damaged.lines == ["binary is there and whole: failed (exit status 1)"])
            #expect(try await machine.calls().isEmpty)
            #expect(try await machine.command("test ! -e /usr/local/bin/k3s && echo none") == "none\n")
        }
    }

    @Test(arguments: [(PlaybookRole.controlPlane, "rke2-server"), (.worker, "rke2-agent")])
    func `RKE2: the archive's files take their places, a wrong archive is undone`(
        role: PlaybookRole,
        unit: String
    ) async throws {
        try await PracticeMachine.run { machine in
            let playbook = try Playbook.ready("rke2-upgrade")
            try await machine.command(
                """
                mkdir -p /var/tmp/evenkeel /tree/bin /tree/share/rke2; cd /tree
                printf '%s' "\(Self.distribution("rke2", "1.35.4+rke2r1"))" >/usr/local/bin/rke2; chmod 755 /usr/local/bin/rke2
                printf '%s' "\(Self.distribution("rke2", "1.36.2+rke2r1"))" >bin/rke2; chmod 755 bin/rke2
                echo uninstall >bin/rke2-uninstall.sh; echo license >share/rke2/LICENSE.txt
                tar --create --gzip --file /var/tmp/evenkeel/rke2.linux-amd64.tar.gz bin share
                cd /var/tmp/evenkeel; sha256sum rke2.linux-amd64.tar.gz >sha256sum-amd64.txt; echo images >rke2-images.tar.zst
                """
            )
            let wrong = try await machine.perform(playbook, as: role, to: "v1.36.3+rke2r1")
            #expect(wrong.lines == ["archive is there and whole: failed (exit status 1; undone)"])
            #expect(try await machine.command("test ! -e /usr/local/.rke2-new && echo none") == "none\n")
            let reports = try await machine.perform(playbook, as: role, to: "v1.36.2+rke2r1")
            #expect(reports.allSatisfy { $0.outcome == .done }, "\(reports.lines)")
            #expect(
                try await machine.calls() == [
                    "systemctl daemon-reload", "systemctl restart \(unit)", "systemctl is-active --quiet \(unit)",
                ]
            )
            let state = """
                rke2 --version | head -n 1; cat /usr/local/bin/rke2-uninstall.sh /usr/local/share/rke2/LICENSE.txt \
                  /var/lib/rancher/rke2/agent/images/*; test ! -e /usr/local/.rke2-new
                """
            let expected = "rke2 version v1.36.2+rke2r1 (1a2b3c4d)\nuninstall\nlicense\nimages\n"
            #expect(try await machine.command(state) == expected)
            let second = try await machine.perform(playbook, as: role, to: "v1.36.2+rke2r1")
            #expect(second[2].outcome == .alreadyDone)
            #expect(second.allSatisfy { $0.outcome != .failed })
            #expect(try await machine.command(state) == expected)
        }
    }

    // MARK: Updates

    /// A package source of the machine itself, with what is in the folder.
    private static let source = """
        cd /source
        for file in *.deb; do
          dpkg-deb --field "$file"
          printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$file" "$(stat -c %s "$file")" \
            "$(sha256sum "$file" | cut -d ' ' -f 1)"
        done >Packages
        echo 'deb [trusted=yes] file:/source ./' >/etc/apt/sources.list.d/own.list
        """

    private func withUpdates(_ body: (PracticeMachine) async throws -> Void) async throws {
        try await PracticeMachine.run { machine in
            for name in ["evenkeel-one", "evenkeel-held"] {
                try await machine.makePackage(name, "1", in: "/old", program: "#!/bin/sh\necho one")
                try await machine.makePackage(name, "2", in: "/source", program: "#!/bin/sh\necho two")
            }
            try await machine.command("dpkg --install /old/*.deb; apt-mark hold evenkeel-held; \(Self.source)")
            try await body(machine)
        }
    }

    @Test(arguments: [false, true])
    func `os-patch: updates are installed, holds kept, and a reboot is done only where it is asked for`(
        needsReboot: Bool
    ) async throws {
        try await withUpdates { machine in
            let playbook = try Playbook.ready("os-patch")
            if needsReboot { try await machine.command("touch /var/run/reboot-required") }
            let reports = try await machine.perform(playbook)
            let last = needsReboot ? "reboot: done" : "reboot: alreadyDone"
            #expect(reports.lines == ["refresh the package lists: done", "install updates: done", last])
            #expect(try await machine.command("evenkeel-one; evenkeel-held") == "two\none\n")
            let calls = try await machine.calls()
            #expect(calls == (needsReboot ? ["reboot", "systemctl is-active --quiet kubelet"] : []))
            try await machine.command("rm -f /var/run/reboot-required")
            let second = try await machine.perform(playbook)
            #expect(second.dropFirst().allSatisfy { $0.outcome == .alreadyDone }, "\(second.lines)")
            #expect(try await machine.calls().isEmpty)
        }
    }

    @Test func `os-patch: a source that is gone fails after its retries`() async throws {
        try await withUpdates { machine in
            try await machine.command("mv /source /gone")
            let reports = try await machine.perform(try Playbook.ready("os-patch"))
            #expect(reports.last?.name == "refresh the package lists")
            #expect(reports.last?.attempts == 3)
            #expect(try await machine.command("evenkeel-one") == "one\n")
        }
    }

    @Test func `service-reboot: newer packages of the folder are installed, and the node is rebooted if asked`()
        async throws
    {
        try await withUpdates { machine in
            let playbook = try Playbook.ready("service-reboot")
            try await machine.command("apt-mark unhold evenkeel-held; rm /etc/apt/sources.list.d/*; uname -r >/release")
            try await machine.command("touch \"/boot/vmlinuz-$(uname -r)\" /var/run/reboot-required")
            try await machine.makePackage("evenkeel-not-here", "2", in: "/source", program: "#!/bin/sh")
            let reports = try await machine.perform(playbook, inputs: ["PACKAGE_DIR": "/source"])
            #expect(reports.lines == ["packages are there: done", "install updates: done", "reboot: done"])
            #expect(try await machine.command("evenkeel-one; evenkeel-held") == "two\ntwo\n")
            #expect(try await machine.command("command -v evenkeel-not-here || echo none") == "none\n")
            #expect(try await machine.calls() == ["reboot", "systemctl is-active --quiet kubelet"])
            try await machine.command("rm -f /var/run/reboot-required")
            let second = try await machine.perform(playbook, inputs: ["PACKAGE_DIR": "/source"])
            #expect(second.map(\.outcome) == [.done, .alreadyDone, .alreadyDone])
            #expect(try await machine.calls().isEmpty)
        }
    }

    @Test func `containerd: the package comes from here, is installed, and the services restart`() async throws {
        try await PracticeMachine.run { machine in
            let playbook = try Playbook.ready("containerd-upgrade")
            let here = machine.host.path("bundle")
            for version in ["1.6.1-1", "1.7.27-1"] {
                let program = "#!/bin/sh\necho 'containerd \(version)'"
                try await machine.makePackage("containerd.io", version, in: here, program: program)
            }
            try await machine.command("dpkg --install '\(here)/containerd.io_1.6.1-1_all.deb'")
            let inputs = ["VERSION": "1.7.27-1", "FILE": "bundle/containerd.io_1.7.27-1_all.deb"]
            let reports = try await machine.perform(playbook, inputs: inputs)
            #expect(reports.allSatisfy { $0.outcome == .done }, "\(reports)")
            #expect(
                try await machine.calls() == [
                    "systemctl daemon-reload", "systemctl restart containerd", "systemctl restart kubelet",
                    "systemctl is-active --quiet containerd", "systemctl is-active --quiet kubelet",
                ]
            )
            #expect(try await machine.command("containerd.io; ls -A /var/tmp/evenkeel") == "containerd 1.7.27-1\n")
            let second = try await machine.perform(playbook, inputs: inputs)
            #expect(second.map(\.outcome) == [.alreadyDone, .alreadyDone, .done])
            let wrong = ["VERSION": "1.7.28-1", "FILE": inputs["FILE"] ?? ""]
            let refused = try await machine.perform(playbook, inputs: wrong)
            #expect(refused.lines == ["bring the package: failed (verify: exit status 1)"])
            #expect(try await machine.command("containerd.io") == "containerd 1.7.27-1\n")
        }
    }
}
