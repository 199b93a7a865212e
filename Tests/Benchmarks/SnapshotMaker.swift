import Foundation
import TestSupport

/// Writes a snapshot in `kubectl get -o json`'s shape: ReplicaSets' pods spread over nodes of a few sizes, each budget
/// large enough that every node can leave. The same counts and seed give the same bytes.
struct SnapshotMaker {
    private let nodeCount: Int
    private let podCount: Int
    private var random: SplitMix
    private var free: [(cpu: Int, memory: Int, pods: Int)] = []

    private static let zones = 3
    /// Cores and GiB of the machines, as a data centre buys them over the years.
    private static let machines = [(32, 128), (64, 256), (96, 384), (128, 768)]
    /// Of all CPU and memory, what is asked for.
    private static let load = 0.68

    init(nodes: Int, pods: Int, seed: UInt64 = 1) {
        nodeCount = nodes
        podCount = pods
        random = SplitMix(seed: seed)
    }

    /// - Throws: Where `file` cannot be written.
    mutating func write(to file: URL) throws {
        guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
            throw CocoaError(.fileWriteUnknown)
        }
        let output = try FileHandle(forWritingTo: file)
        defer { try? output.close() }
        try output.write(contentsOf: Data(#"{"apiVersion":"v1","kind":"List","items":["#.utf8))
        for index in 0..<nodeCount {
            try output.write(contentsOf: Data(((index == 0 ? "" : ",") + node(index)).utf8))
        }
        let share = Double(free.map(\.cpu).reduce(0, +)) * Self.load / Double(podCount)
        var made = 0
        var number = 0
        while made < podCount {
            let size = min(podCount - made, replicas())
            try output.write(contentsOf: Data(workload(number, size: size, share: share).utf8))
            made += size
            number += 1
        }
        try output.write(contentsOf: Data("]}".utf8))
    }

    private mutating func replicas() -> Int {
        [1, 2, 3, 4, 6, 10, 20, 40][random.below(8)] + random.below(3) + 1
    }

    private mutating func node(_ index: Int) -> String {
        let (cores, gibibytes) = Self.machines[random.below(Self.machines.count)]
        free.append((cores * 1000, gibibytes * 1024, 110))
        let capacity = #"{"cpu":"\#(cores)","memory":"\#(gibibytes)Gi","pods":"110","ephemeral-storage":"900Gi"}"#
        let name = "node-\(index)"
        return #"{"apiVersion":"v1","kind":"Node","metadata":{"name":"\#(name)","uid":"n-\#(index)","labels":"#
            + #"{"kubernetes.io/hostname":"\#(name)","kubernetes.io/os":"linux","#
            + #""topology.kubernetes.io/zone":"zone-\#(index % Self.zones)"}},"spec":{"podCIDR":"10.0.0.0/24"},"#
            + #""status":{"allocatable":\#(capacity),"capacity":\#(capacity),"conditions":[{"type":"Ready","#
            + #""status":"True","reason":"KubeletReady","message":"kubelet is posting ready status"}],"#
            + #""nodeInfo":{"kubeletVersion":"v1.36.1","osImage":"Linux"}}}"#
    }

    /// A ReplicaSet, its budget and its pods.
    private mutating func workload(_ number: Int, size: Int, share: Double) -> String {
        let name = "app-\(number)"
        let cpu = max(50, Int(share * Double(50 + random.below(100)) / 100))
        let namespace = #""namespace":"team-\#(number % 40)","#
        let labels = #""labels":{"app":"\#(name)"}"#
        let selector = #""selector":{"matchLabels":{"app":"\#(name)"}}"#
        var text =
            #",{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"\#(name)",\#(namespace)"uid":"r-\#(number)","#
            + #"\#(labels)},"spec":{"replicas":\#(size),\#(selector)},"status":{"replicas":\#(size),"#
            + #""readyReplicas":\#(size)}}"#
        if size > 1, random.below(10) < 6 {
            let allowed = max(1, size / 10)
            text +=
                #",{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"\#(name)",\#(namespace)"#
                + #""generation":1},"spec":{"maxUnavailable":\#(allowed),\#(selector)},"status":"#
                + #"{"observedGeneration":1,"currentHealthy":\#(size),"desiredHealthy":\#(size - allowed),"#
                + #""disruptionsAllowed":\#(allowed),"expectedPods":\#(size)}}"#
        }
        var taken: Set<Int> = []
        for replica in 0..<size {
            guard let node = place(cpu: cpu, avoiding: taken) else { continue }
            taken.insert(node)
            text +=
                #",{"apiVersion":"v1","kind":"Pod","metadata":{"name":"\#(name)-\#(replica)",\#(namespace)"#
                + #""uid":"p-\#(number)-\#(replica)",\#(labels),"ownerReferences":[{"apiVersion":"apps/v1","#
                + #""kind":"ReplicaSet","name":"\#(name)","uid":"r-\#(number)","controller":true}]},"spec":{"#
                + #""nodeName":"node-\#(node)","containers":[{"name":"main","image":"registry.local/\#(name):1.0","#
                + #""resources":{"requests":{"cpu":"\#(cpu)m","memory":"\#(cpu * 3)Mi"}},"volumeMounts":[{"name":"token","#
                + #""readOnly":true,"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}],"tolerations":"#
                + #"[{"key":"node.kubernetes.io/not-ready","operator":"Exists","effect":"NoExecute","#
                + #""tolerationSeconds":300}],"schedulerName":"default-scheduler","restartPolicy":"Always"},"status":"#
                + #"{"phase":"Running","conditions":[{"type":"Ready","status":"True"}],"qosClass":"Burstable","#
                + #""hostIP":"10.0.0.1","podIP":"10.1.0.1"}}"#
        }
        return text
    }

    /// The emptiest of a few nodes taken at random, as a scheduler that scores a sample.
    private mutating func place(cpu: Int, avoiding taken: Set<Int>) -> Int? {
        var best: Int?
        for _ in 0..<64 {
            let node = random.below(nodeCount)
            let room = free[node]
            guard !taken.contains(node), room.cpu >= cpu, room.memory >= cpu * 3, room.pods > 0 else { continue }
            if best.map({ free[$0].cpu < room.cpu }) ?? true { best = node }
        }
        guard let best else { return nil }
        free[best] = (free[best].cpu - cpu, free[best].memory - cpu * 3, free[best].pods - 1)
        return best
    }
}
