import ClusterModel

@testable import Planning

/// A cluster of three or four nodes and a few pods with rules about one another, by chance from a seed.
struct RulePuzzle {
    enum Topology: String {
        case host = "kubernetes.io/hostname"
        case zone = "topology.kubernetes.io/zone"
    }

    /// What the pods of one workload ask for.
    struct App {
        var size = 1
        var allowed = 1
        var avoids: (app: Int, topology: Topology)?
        var needs: (app: Int, topology: Topology)?
        var spread: Topology?
        var honorsTaints = false
        var bindsPort = false
        /// Where its volume can be reached.
        var volumeZone: Int?
    }

    static let capacity = 4

    var zones: [Int] = []
    var apps: [App] = []
    /// By pod.
    var app: [Int] = []
    var home: [Int] = []
    var maxOut = 1
    var perZone: Int?

    init(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }
        zones = (0..<(3 + below(2))).map { _ in below(2) }
        maxOut = 1 + below(2)
        if below(5) == 0 { perZone = 1 }
        let count = 1 + below(3)
        for _ in 0..<count {
            var value = App(size: 1 + below(2), allowed: 1 + below(2))
            let topology: Topology = below(3) == 0 ? .zone : .host
            switch below(9) {
            case 0, 1: value.avoids = (below(count), topology)
            case 2, 3: value.spread = topology
            case 4: value.needs = (below(count), .zone)
            case 5: value.bindsPort = true
            case 6: value.volumeZone = below(2)
            default: break
            }
            value.honorsTaints = below(3) == 0
            apps.append(value)
        }
        for _ in 0..<(2 + below(3)) {
            let app = below(count)
            let node = below(zones.count)
            let load = home.indices.reduce(apps[app].size) { $0 + (home[$1] == node ? apps[self.app[$1]].size : 0) }
            if load > Self.capacity { continue }
            self.app.append(app)
            home.append(node)
        }
    }

    var policy: Policy {
        Policy(maxOut: .count(maxOut), perZone: perZone.map { .count($0) }, defaultBudget: nil)
    }

    var cluster: Cluster {
        var builder = ClusterBuilder()
        let offer = Resources(cpu: Int64(Self.capacity) * 1000, pods: 10)
        for (node, zone) in zones.enumerated() { builder.addNode("w-\(node)", zone: "z-\(zone)", allocatable: offer) }
        var volumes: [Volume] = []
        for (number, value) in apps.enumerated() {
            let name = "app-\(number)"
            let places = app.indices.filter { app[$0] == number }.map { "w-\(home[$0])" }
            let size = Resources(cpu: Int64(value.size) * 1000, pods: 1)
            builder.addWorkload(name, on: places, requests: size)
            builder.addBudget(name, app: name, .maxUnavailable(.count(value.allowed)))
            for index in builder.pods.indices where builder.pods[index].labels["app"] == name {
                rule(value, name, &builder.pods[index])
            }
            if let zone = value.volumeZone {
                volumes.append(
                    Volume(
                        claim: ClusterBuilder.id(name),
                        binding: .bound(volume: name),
                        topology: [Topology.zone.rawValue: ["z-\(zone)"]]
                    )
                )
            }
        }
        return Cluster(
            nodes: builder.nodes,
            pods: builder.pods,
            workloads: builder.workloads,
            budgets: builder.budgets,
            volumes: volumes
        )
    }

    private func rule(_ value: App, _ name: String, _ pod: inout Pod) {
        func term(_ rule: (app: Int, topology: Topology)) -> PodAffinityTerm {
            PodAffinityTerm(
                selector: LabelSelector(matchLabels: ["app": "app-\(rule.app)"]),
                namespaces: [ClusterBuilder.namespace],
                topologyKey: rule.topology.rawValue
            )
        }
        pod.podAntiAffinity = value.avoids.map { [term($0)] } ?? []
        pod.podAffinity = value.needs.map { [term($0)] } ?? []
        if let topology = value.spread {
            pod.topologySpread = [
                TopologySpread(
                    maxSkew: 1,
                    topologyKey: topology.rawValue,
                    selector: LabelSelector(matchLabels: ["app": name]),
                    nodeTaintsPolicy: value.honorsTaints ? .honor : .ignore
                )
            ]
        }
        if value.bindsPort { pod.hostPorts = [HostPort(port: 80)] }
        if value.volumeZone != nil { pod.claims = [name] }
    }
}
