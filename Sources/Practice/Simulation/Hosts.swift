import ClusterModel

/// What happens to the machines behind the nodes: upgrades, reboots and failures, all switched from outside.
extension PracticeCluster {
    /// The kubelet reports another version, as after an upgrade (`v1.36.2`).
    package mutating func setKubeletVersion(node name: String, version: String) {
        update(.node, ObjectKey(name: name)) { $0["status", "nodeInfo", "kubeletVersion"] = .string(version) }
    }

    /// The kubelet says Ready or NotReady of itself; its pods keep their state.
    package mutating func setReady(node name: String, _ ready: Bool) {
        report(name, ready: ready ? "True" : "False")
    }

    /// The machine goes down and is back after `duration` with a new boot ID: meanwhile the node and its pods are not
    /// ready, afterwards every container has been restarted.
    package mutating func reboot(node name: String, duration: Duration) {
        guard let departures = leave(name) else { return }
        report(name, ready: "False")
        markPodsNotReady(on: name)
        after(duration, .hostReturns(name, boot: departures))
    }

    /// Cuts a machine off the network, or brings it back: its kubelet says nothing, and after
    /// ``PracticeOptions/silenceGrace`` the node is Unknown.
    package mutating func setReachable(node name: String, _ reachable: Bool) {
        if reachable {
            guard hosts[name]?.isAway == true else { return }
            report(name, ready: "True")
            comeBack(name, restarted: false)
        } else if let departures = leave(name) {
            after(options.silenceGrace, .hostFallsSilent(name, boot: departures))
        }
    }

    private mutating func leave(_ name: String) -> Int? {
        guard nodes[name] != nil else { return nil }
        hosts[name, default: Host()].isAway = true
        hosts[name]?.departures += 1
        return hosts[name]?.departures
    }

    private func isStill(_ name: String, _ departures: Int) -> Bool {
        hosts[name].map { $0.isAway && $0.departures == departures } ?? false
    }

    mutating func hostFallsSilent(_ name: String, boot: Int) {
        guard isStill(name, boot) else { return }
        update(.node, ObjectKey(name: name)) { [now] node in
            for type in ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"] {
                node.setCondition(
                    type,
                    "Unknown",
                    at: now,
                    ["reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."]
                )
            }
        }
        markPodsNotReady(on: name)
    }

    mutating func hostReturns(_ name: String, boot: Int) {
        guard isStill(name, boot) else { return }
        let bootID = random.uuid()
        update(.node, ObjectKey(name: name)) { $0["status", "nodeInfo", "bootID"] = .string(bootID) }
        report(name, ready: "True")
        comeBack(name, restarted: true)
    }

    private mutating func comeBack(_ name: String, restarted: Bool) {
        let waiting = hosts[name]?.waiting ?? []
        hosts[name]?.isAway = false
        hosts[name]?.waiting = []
        for event in waiting { after(.milliseconds(500), event) }
        for key in pods.keys(on: name) {
            guard let pod = pods[key], pod.phase == .running, !pod.isMirror || restarted else { continue }
            if restarted {
                update(.pod, key) { [now] in $0.setContainers(running: now, ready: false, restarted: true) }
            }
            if pod.isActive {
                after(random.duration(in: options.readyDelay), .podBecomesReady(key, uid: pod.uid))
            }
        }
    }

    private mutating func markPodsNotReady(on name: String) {
        for key in pods.keys(on: name) where pods[key]?.isReady == true {
            update(.pod, key) { [now] in $0.setCondition("Ready", "False", at: now) }
        }
    }

    private mutating func report(_ name: String, ready: String) {
        update(.node, ObjectKey(name: name)) { [now] node in
            for (type, reason) in [
                ("MemoryPressure", "KubeletHasSufficientMemory"), ("DiskPressure", "KubeletHasNoDiskPressure"),
                ("PIDPressure", "KubeletHasSufficientPID"),
            ] {
                node.setCondition(type, "False", at: now, ["reason": .string(reason)])
            }
            let details: JSONValue =
                ready == "True"
                ? ["reason": "KubeletReady", "message": "kubelet is posting ready status"]
                : ["reason": "KubeletNotReady", "message": "container runtime network not ready"]
            node.setCondition("Ready", ready, at: now, details)
        }
    }
}
