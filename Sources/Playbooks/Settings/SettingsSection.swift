/// The keys that `evenkeel.yaml` may hold, by the mapping they stand in; the reader knows no others.
package enum SettingsSection: String, CaseIterable, Sendable {
    case document = ""
    case kubernetes
    case ssh
    case node = "nodes[]"
    case nodeMatch = "nodes[].match"
    case nodeSSH = "nodes[].ssh"
    case policy
    case pool = "policy.pools[]"
    case canary = "policy.canary"
    case waiver = "policy.waivers[]"
    case gate = "gates[]"
    case hook = "hooks[]"
    case timeouts
    case objective = "objectives[]"
    case probe = "probes[]"

    package var keys: [String] {
        switch self {
        case .document:
            [
                "cluster", "kubernetes", "ssh", "nodes", "policy", "windows", "gates", "hooks", "timeouts",
                "objectives", "probes",
            ]
        case .kubernetes: ["kubeconfig", "context", "endpoints", "via"]
        case .ssh:
            [
                "user", "port", "identity", "agent", "knownHosts", "acceptNewHostKeys", "jump", "become",
                "sudoPasswordFile", "connectTimeout", "config",
            ]
        case .node: ["match", "ssh"]
        case .nodeMatch: ["name", "label"]
        case .nodeSSH: ["host", "port", "user", "identity", "jump"]
        case .policy:
            [
                "maxOut", "perZone", "pools", "oneZoneAtATime", "defaultBudget", "canary", "jobs", "skip", "steering",
                "waivers", "maxFailures", "onFailure", "onDrift", "pace", "onWindowClose",
            ]
        case .pool: ["label", "maxOut"]
        case .canary: ["nodes", "soak"]
        case .waiver: ["rule", "subject", "until", "reason"]
        case .objective: ["workload", "selector", "availability", "window", "maintenance"]
        case .probe:
            [
                "workload", "name", "http", "status", "body", "tcp", "command", "prometheus", "server", "atLeast",
                "every", "timeout", "via",
            ]
        case .gate:
            [
                "name", "at", "http", "tcp", "prometheus", "server", "below", "above", "command", "controlPlane",
                "approval", "timeout", "stable",
            ]
        case .hook: ["on", "webhook", "command", "timeout", "retries"]
        case .timeouts: ["drain", "nodeReady", "recover"]
        }
    }
}
