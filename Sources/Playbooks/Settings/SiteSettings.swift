/// What a site sets once for every campaign, from `evenkeel.yaml`; each value has a default.
package struct SiteSettings: Hashable, Sendable {
    /// The cluster's name in plans and reports; nil for the name in the kubeconfig.
    package var cluster: String?
    package var kubernetes: KubernetesSettings
    package var ssh: SSHSettings
    /// What holds for some nodes only; for each value the first entry that matches and has it wins.
    package var nodes: [NodeSettings]
    package var policy: PolicySettings
    /// When maintenance is allowed; empty means always.
    package var windows: [WindowSettings]
    package var gates: [GateSettings]
    package var hooks: [HookSettings]
    package var timeouts: TimeoutSettings
    /// What was promised to those who use the workloads.
    package var objectives: [ObjectiveSettings]
    /// How workloads are looked at from outside.
    package var probes: [ProbeSettings]

    /// What holds where there is no file.
    package static let `default` = SiteSettings()

    package init(
        cluster: String? = nil,
        kubernetes: KubernetesSettings = KubernetesSettings(),
        ssh: SSHSettings = SSHSettings(),
        nodes: [NodeSettings] = [],
        policy: PolicySettings = PolicySettings(),
        windows: [WindowSettings] = [],
        gates: [GateSettings] = [],
        hooks: [HookSettings] = [],
        timeouts: TimeoutSettings = TimeoutSettings(),
        objectives: [ObjectiveSettings] = [],
        probes: [ProbeSettings] = []
    ) {
        self.cluster = cluster
        self.kubernetes = kubernetes
        self.ssh = ssh
        self.nodes = nodes
        self.policy = policy
        self.windows = windows
        self.gates = gates
        self.hooks = hooks
        self.timeouts = timeouts
        self.objectives = objectives
        self.probes = probes
    }
}

/// How to reach the Kubernetes API.
package struct KubernetesSettings: Hashable, Sendable {
    /// Nil for `$KUBECONFIG`, else `~/.kube/config`; with `via`, a file on those nodes, and nil for the usual ones.
    package var kubeconfig: String?
    /// Nil for the kubeconfig's current context.
    package var context: String?
    /// URLs of API servers to ask instead of the kubeconfig's; the next where one does not answer.
    package var endpoints: [String]
    /// Nodes through whose SSH the API is reached, each as `[USER@]NODE[:PORT]`; the next where one does not answer.
    package var via: [String]

    package init(
        kubeconfig: String? = nil,
        context: String? = nil,
        endpoints: [String] = [],
        via: [String] = []
    ) {
        self.kubeconfig = kubeconfig
        self.context = context
        self.endpoints = endpoints
        self.via = via
    }
}

/// How to reach the nodes.
package struct SSHSettings: Hashable, Sendable {
    /// How a script becomes root.
    package enum Become: String, CaseIterable, Hashable, Sendable {
        case sudo
        case none
    }

    package var user = "root"
    package var port = 22
    /// The private key's file.
    package var identity = "~/.ssh/id_ed25519"
    /// Whether the keys of the agent that `SSH_AUTH_SOCK` names are tried before that file.
    package var agent = true
    package var knownHosts = "~/.ssh/known_hosts"
    /// Servers that are not listed are trusted, and listed from then on.
    package var acceptNewHostKeys = false
    /// Through which servers the nodes are reached, first to last, each as `[USER@]HOST[:PORT]`.
    package var jump: [String] = []
    /// Of no matter where the user is root.
    package var become = Become.sudo
    /// A private file that holds the password sudo asks for; nil where it asks for none.
    package var sudoPasswordFile: String?
    package var connectTimeout: Duration = .seconds(10)
    /// The user's ssh configuration, which gives what this file does not.
    package var config = "~/.ssh/config"
    /// The keys that the file gives a value to.
    package var written: Set<String> = []

    package init() {}
}

/// How long the cluster may take before a run halts.
package struct TimeoutSettings: Hashable, Sendable {
    /// For all pods to have left a node, refused evictions included.
    package var drain: Duration = .seconds(1800)
    /// For a node to be Ready after its service.
    package var nodeReady: Duration = .seconds(600)
    /// For the workloads to be healthy again after a wave.
    package var recover: Duration = .seconds(900)

    package init() {}
}
