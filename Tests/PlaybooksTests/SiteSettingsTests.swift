import ClusterModel
import Playbooks
import Testing

@Suite struct SiteSettingsTests {
    private func load(_ text: String) throws -> SiteSettings {
        try SiteSettings.load(file: "evenkeel.yaml", text: text)
    }

    @Test(arguments: ["", "# nothing\n", "cluster:\n", "ssh: {}\nnodes: []\n", "policy:\n  maxOut: ~\n"])
    func `what is not given has its default`(text: String) throws {
        #expect(try load(text) == .default)
    }

    @Test func `every key is read`() throws {
        let settings = try load(
            """
            cluster: customer-a
            kubernetes: {kubeconfig: admin.conf, context: ops}
            ssh: {user: ops, port: 2222, identity: key, knownHosts: hosts, become: none, connectTimeout: 5s, agent: false,
              acceptNewHostKeys: true, jump: [bastion, "ops@[::1]:2222"], sudoPasswordFile: pw, config: ssh_config}
            nodes:
              - match: {name: "gpu-*"}
                ssh: {port: 22022, user: gpu, identity: gpu-key, jump: []}
            policy:
              maxOut: 10%
              perZone: 2
              pools:
                - {label: pool=gpu, maxOut: 1}
                - {label: "!spot", maxOut: 50%}
              oneZoneAtATime: true
              defaultBudget: none
              canary: {nodes: 2, soak: 10m}
              jobs: wait:30m
              skip: [w-1, w-2]
              steering: false
              waivers:
                - {rule: bare-pod, subject: shop/debug, until: 2026-12-24, reason: "old: unused"}
            timeouts: {drain: 1h, nodeReady: 2m, recover: 3m}
            objectives:
              - {workload: shop/web, availability: 99.95%, window: 7d, maintenance: excluded}
              - {workload: "shop/*", availability: 99%}
            """
        )
        var expected = SiteSettings(
            cluster: "customer-a",
            kubernetes: KubernetesSettings(kubeconfig: "admin.conf", context: "ops"),
            nodes: [
                NodeSettings(
                    match: .name(GlobPattern("gpu-*")),
                    port: 22022,
                    user: "gpu",
                    identity: "gpu-key",
                    jump: []
                )
            ]
        )
        expected.ssh.user = "ops"
        expected.ssh.port = 2222
        expected.ssh.identity = "key"
        expected.ssh.knownHosts = "hosts"
        expected.ssh.become = .none
        expected.ssh.connectTimeout = .seconds(5)
        expected.ssh.agent = false
        expected.ssh.acceptNewHostKeys = true
        expected.ssh.jump = ["bastion", "ops@[::1]:2222"]
        expected.ssh.sudoPasswordFile = "pw"
        expected.ssh.config = "ssh_config"
        expected.ssh.written = Set(SettingsSection.ssh.keys)
        expected.policy.maxOut = .percent(10)
        expected.policy.defaultBudget = .none
        expected.policy.oneZoneAtATime = true
        expected.policy.perZone = .count(2)
        expected.policy.pools = [
            .init(selector: try #require(LabelSelector(text: "pool=gpu")), maxOut: .count(1)),
            .init(selector: try #require(LabelSelector(text: "!spot")), maxOut: .percent(50)),
        ]
        expected.policy.canary = .init(nodes: 2, soak: .seconds(600))
        expected.policy.jobs = .wait(upTo: .seconds(1800))
        expected.policy.skip = ["w-1", "w-2"]
        expected.policy.steering = false
        expected.policy.waivers = [
            .init(rule: "bare-pod", subject: "shop/debug", until: "2026-12-24", reason: "old: unused", line: 21)
        ]
        expected.timeouts.drain = .seconds(3600)
        expected.timeouts.nodeReady = .seconds(120)
        expected.timeouts.recover = .seconds(180)
        expected.objectives = [
            ObjectiveSettings(
                workload: GlobPattern("shop/web"),
                availability: 0.9995,
                window: .seconds(7 * 86_400),
                maintenance: .excluded
            ),
            ObjectiveSettings(workload: GlobPattern("shop/*"), availability: 0.99),
        ]
        #expect(settings == expected)
    }

    @Test func `an empty canary is one node for five minutes`() throws {
        #expect(try load("policy: {canary: {}}").policy.canary == .init(nodes: 1, soak: .seconds(300)))
        #expect(try load("policy: {canary: }").policy.canary == nil)
    }

    @Test func `the first entry that matches and has a value gives it`() throws {
        let settings = try load(
            """
            ssh: {user: ops, jump: [b]}
            nodes:
              - {match: {name: gpu-7}, ssh: {host: 10.9.9.7}}
              - {match: {name: t}, ssh: {jump: [], identity: k}}
              - {match: {name: "gpu-*"}, ssh: {port: 2022}}
              - {match: {label: "pool in (gpu, tpu)"}, ssh: {port: 3022, user: accel}}
            """
        )
        let gpu = ["pool": "gpu"]
        #expect(
            settings.way(to: "gpu-7", labels: gpu) == NodeWay(host: "10.9.9.7", port: 2022, user: "accel", jump: ["b"])
        )
        #expect(settings.way(to: "gpu-8", labels: gpu).port == 2022)
        #expect(
            settings.way(to: "t", labels: ["pool": "tpu"])
                == NodeWay(port: 3022, user: "accel", identity: "k", jump: [])
        )
        #expect(settings.way(to: "w", labels: [:]) == NodeWay(user: "ops", jump: ["b"]))
    }

    @Test func `sudo is used only where it is needed`() {
        var settings = SiteSettings.default
        let step = PlaybookStep(name: "s", run: "x")
        #expect(settings.usesSudo(step: step, user: "ops"))
        #expect(!settings.usesSudo(step: step, user: "root"))
        #expect(!settings.usesSudo(step: PlaybookStep(name: "s", run: "x", become: false), user: "ops"))
        settings.ssh.become = .none
        #expect(!settings.usesSudo(step: step, user: "ops"))
    }

    @Test(
        arguments: [
            ("/etc/x", "/etc/x"), ("admin.conf", "/site/admin.conf"), ("../x", "/site/../x"),
            ("~/.kube/c", "/home/o/.kube/c"),
        ]
    )
    func `paths start from the file's folder or from home`(path: String, whole: String) {
        #expect(SiteSettings.resolve(path, folder: "/site", home: "/home/o") == whole)
        #expect(SiteSettings.resolve(path, folder: "/site/", home: "/home/o/") == whole)
    }

    @Test func `every path of the settings is made whole`() throws {
        let written = try load(
            """
            kubernetes: {kubeconfig: a}
            ssh: {identity: b, knownHosts: ~/c, config: d, sudoPasswordFile: e}
            nodes: [{match: {name: n}, ssh: {identity: ~/f}}]
            """
        )
        let whole = written.resolvingPaths(folder: "/site", home: "/root")
        #expect(whole.kubernetes.kubeconfig == "/site/a")
        #expect(whole.ssh.identity == "/site/b")
        #expect(whole.ssh.knownHosts == "/root/c")
        #expect(whole.ssh.config == "/site/d")
        #expect(whole.ssh.sudoPasswordFile == "/site/e")
        #expect(whole.nodes.map(\.identity) == ["/root/f"])
        #expect(SiteSettings.default.resolvingPaths(folder: "/f", home: "/h").kubernetes.kubeconfig == nil)
        #expect(SiteSettings.resolve("x", folder: "", home: "/h") == "x")
    }
}
