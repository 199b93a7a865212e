import Playbooks
import Testing

@Suite struct SiteSettingsProblemTests {
    @Test(arguments: files)
    func `bad settings are refused with the place and the fix`(bad: BadFile) {
        let found = complaints { () throws(YAMLProblems) in _ = try SiteSettings.load(file: "e.yaml", text: bad.text) }
        #expect(found == bad.expected)
    }

    static let files = [
        BadFile(
            "unknown keys",
            "owners: []\nssh: {knownhosts: x, proxy: [a]}\n",
            "e.yaml:1:1: owners: unknown key `owners` "
                + "(known here: cluster, kubernetes, ssh, nodes, policy, windows, gates, hooks, timeouts, "
                + "objectives, probes)",
            "e.yaml:2:7: ssh.knownhosts: unknown key `knownhosts` (did you mean `knownHosts`?)",
            "e.yaml:2:22: ssh.proxy: unknown key `proxy` "
                + "(known here: user, port, identity, agent, knownHosts, acceptNewHostKeys, jump, become, "
                + "sudoPasswordFile, connectTimeout, config)"
        ),
        BadFile(
            "jump hosts",
            "ssh: {jump: bastion}\nnodes: [{match: {name: a}, ssh: {jump: [\"a,b\"]}}]\n",
            "e.yaml:1:13: ssh.jump: expected a list of servers, found `bastion` (start each with `- `)",
            "e.yaml:2:41: nodes[0].ssh.jump[0]: `a,b` is no server (write it as `[USER@]HOST[:PORT]`)"
        ),
        BadFile(
            "ways to the API",
            """
            kubernetes:
              kubeconfig: admin.conf
              via: [cp-1, "a b"]
              endpoints: [https://a:6443, b:6443, "https:///x"]
            """,
            "e.yaml:2:15: kubernetes.kubeconfig: with `via` the kubeconfig is a file on that node, and `admin.conf` is "
                + "no whole path (write it from `/` on, or leave it out for the usual ones)",
            "e.yaml:3:15: kubernetes.via[1]: `a b` is no server (write it as `[USER@]HOST[:PORT]`)",
            "e.yaml:4:14: kubernetes.endpoints: the API is reached through `via` "
                + "(keep one of them: through a node, its own kubeconfig names the API server)",
            "e.yaml:4:31: kubernetes.endpoints[1]: `b:6443` is no URL of an API server "
                + "(write it as `https://10.0.0.1:6443`)",
            "e.yaml:4:39: kubernetes.endpoints[2]: `https:///x` is no URL of an API server "
                + "(write it as `https://10.0.0.1:6443`)"
        ),
        BadFile(
            "objectives",
            """
            objectives:
              - {workload: web, availability: 99.95%}
              - {workload: shop/web, availability: 100%, window: 30}
              - {workload: shop/*, availability: 99%, maintenance: ignored}
              - {availability: "99"}
            """,
            "e.yaml:2:16: objectives[0].workload: `web` names no workload "
                + "(write `NAMESPACE/NAME`, such as `shop/web` or `shop/*`)",
            "e.yaml:3:40: objectives[1].availability: `100%` is no availability (write it as `99.95%`, above 0 and below 100)",
            "e.yaml:3:54: objectives[1].window: expected 1 to 366 days, found `30` (write it as `30d`)",
            "e.yaml:4:56: objectives[2].maintenance: expected counted or excluded, found `ignored`",
            "e.yaml:5:5: objectives[3]: `workload` is missing",
            "e.yaml:5:20: objectives[3].availability: `99` is no availability "
                + "(write it as `99.95%`, above 0 and below 100)"
        ),
        BadFile(
            "ssh values",
            "ssh:\n  user: ops@host\n  port: 70000\n  identity: ~bob/key\n  become: su\n  connectTimeout: 10\n",
            "e.yaml:2:9: ssh.user: `ops@host` is no user name (give the host and the port in keys of their own)",
            "e.yaml:3:9: ssh.port: 70000 is out of range (1 to 65535)",
            "e.yaml:4:13: ssh.identity: `~bob/key` names another user's home (write the whole path)",
            "e.yaml:5:11: ssh.become: expected sudo or none, found `su`",
            "e.yaml:6:19: ssh.connectTimeout: expected a duration, found `10` (add the unit: `10s` or `10m`)"
        ),
        BadFile(
            "counts and percentages",
            "policy:\n  maxOut: 0\n  defaultBudget: 0%\n",
            "e.yaml:2:11: policy.maxOut: no node could ever leave service (write at least `1` or `1%`)",
            "e.yaml:3:18: policy.defaultBudget: no pod without a budget of its own could ever be evicted "
                + "(write at least `1` or `1%`)"
        ),
        BadFile(
            "what is no count",
            "policy:\n  maxOut: 150%\n  defaultBudget: some\n",
            "e.yaml:2:11: policy.maxOut: 150% is more than 100%",
            "e.yaml:3:18: policy.defaultBudget: expected a number or a percentage, found `some` "
                + "(write it as `2` or `10%`, or `none`)"
        ),
        BadFile(
            "a policy's parts",
            """
            policy:
              perZone: 0
              pools: [{label: a in b, maxOut: 1}, {maxOut: 0}]
              canary: {nodes: 0, soak: 5}
              jobs: wait
              steering: on
            """,
            "e.yaml:2:12: policy.perZone: no node could ever leave service (write at least `1` or `1%`)",
            "e.yaml:3:19: policy.pools[0].label: `a in b` is no label selector (write it as `pool=gpu` or `zone in (a, b)`)",
            "e.yaml:3:39: policy.pools[1]: `label` is missing",
            "e.yaml:3:48: policy.pools[1].maxOut: no node could ever leave service (write at least `1` or `1%`)",
            "e.yaml:4:19: policy.canary.nodes: 0 is out of range (1 to 10000)",
            "e.yaml:4:28: policy.canary.soak: expected a duration, found `5` (add the unit: `5s` or `5m`)",
            "e.yaml:5:9: policy.jobs: expected what to do with Jobs, found `wait` (`evict` or `wait:30m`)",
            "e.yaml:6:13: policy.steering: expected true or false, found `on` (write `true`)"
        ),
        BadFile(
            "waivers that lack something",
            "policy:\n  waivers:\n    - {rule: bare-pod, subject: a/b, until: 2026-12-24}\n    - why\n",
            "e.yaml:3:7: policy.waivers[0]: `reason` is missing",
            "e.yaml:4:7: policy.waivers[1]: expected a mapping with rule, subject, until and reason, found `why`"
        ),
        BadFile(
            "a percentage that is none",
            "policy: {maxOut: 10 %}\n",
            "e.yaml:1:18: policy.maxOut: expected a number or a percentage, found `10 %` (write it as `2` or `10%`)"
        ),
        BadFile(
            "matches",
            """
            nodes:
              - match: {}
                ssh: {port: 1}
              - match: {name: a, label: b}
                ssh: {port: 1}
              - match: {label: "a in b"}
                ssh: {port: 1}
              - match:
                  label: !spot
                ssh: {port: 1}
              - ssh: {port: 1}
              - match: {name: a}
            """,
            "e.yaml:2:12: nodes[0].match: matches nothing (give `name` or `label`)",
            "e.yaml:4:12: nodes[1].match: has both `name` and `label` (keep one; make two entries for either)",
            "e.yaml:6:20: nodes[2].match.label: `a in b` is no label selector "
                + "(write it as `pool=gpu` or `zone in (a, b)`)",
            "e.yaml:9:14: nodes[3].match.label: `!spot` is read as a YAML tag (put the value in quotes)",
            "e.yaml:11:5: nodes[4]: `match` is missing",
            "e.yaml:12:5: nodes[5]: `ssh` is missing"
        ),
        BadFile(
            "hosts",
            "nodes:\n  - {match: {name: w*}, ssh: {host: a}}\n  - {match: {name: w}, ssh: {host: u@a}}\n",
            "e.yaml:2:37: nodes[0].ssh.host: one host for every node that matches `w*` (match one name)",
            "e.yaml:3:36: nodes[1].ssh.host: `u@a` is no host name or address (give user and port in keys of their own)"
        ),
        BadFile(
            "a section that is text",
            "timeouts: 5m\n",
            "e.yaml:1:11: timeouts: expected a mapping with drain, nodeReady and recover, found `5m`"
        ),
    ]
}
