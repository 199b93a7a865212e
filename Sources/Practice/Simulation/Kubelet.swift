import ClusterModel

/// A machine behind a node: what its kubelet can do, whatever the API believes.
struct Host: Sendable {
    /// Down, or cut off: its kubelet does and says nothing.
    var isAway = false
    /// Counts the departures: an event of an earlier one no longer holds.
    var departures = 0
    /// Kubelet events that wait for the machine.
    var waiting: [PracticeEvent] = []
}

extension PracticeCluster {
    /// Holds a kubelet's event back while its machine is away.
    private mutating func isHeld(_ event: PracticeEvent, on node: String?) -> Bool {
        guard let node, hosts[node]?.isAway == true else { return false }
        hosts[node]?.waiting.append(event)
        return true
    }

    private func current(_ key: ObjectKey, uid: String) -> PodFacts? {
        pods[key].flatMap { $0.uid == uid ? $0 : nil }
    }

    mutating func podStarts(_ key: ObjectKey, uid: String) {
        guard let facts = current(key, uid: uid), facts.isActive, facts.phase == .pending,
            !isHeld(.podStarts(key, uid: uid), on: facts.node)
        else { return }
        let address = facts.node.flatMap { nodeAddress($0) } ?? ""
        addressCounter += 1
        let podAddress = "10.128.\(addressCounter / 250 % 250).\(addressCounter % 250 + 1)"
        update(.pod, key) { [now] pod in
            pod["status", "phase"] = "Running"
            pod["status", "hostIP"] = .string(address)
            pod["status", "podIP"] = .string(podAddress)
            pod["status", "podIPs"] = [["ip": .string(podAddress)]]
            pod["status", "startTime"] = .string(now.rfc3339)
            pod.setCondition("Initialized", "True", at: now)
            pod.setReady(false, at: now)
            pod.setContainers(running: now, ready: false)
        }
        let annotations = store[.pod, key]?["metadata", "annotations"]
        if let delay = readyDelay(annotations) { after(delay, .podBecomesReady(key, uid: uid)) }
        if facts.owner?.kind == "Job" {
            let seconds = annotations?[PracticeAnnotation.runSeconds]?.string.flatMap(Int64.init) ?? 60
            after(.seconds(seconds), .podCompletes(key, uid: uid))
        }
    }

    private mutating func readyDelay(_ annotations: JSONValue?) -> Duration? {
        guard let text = annotations?[PracticeAnnotation.readySeconds]?.string else {
            return random.duration(in: options.readyDelay)
        }
        return Int64(text).map { .seconds($0) }
    }

    mutating func podBecomesReady(_ key: ObjectKey, uid: String) {
        guard let facts = current(key, uid: uid), facts.phase == .running,
            !isHeld(.podBecomesReady(key, uid: uid), on: facts.node)
        else { return }
        update(.pod, key) { [now] pod in
            pod.setReady(true, at: now)
            pod.setContainers(running: nil, ready: true)
        }
    }

    mutating func podCompletes(_ key: ObjectKey, uid: String) {
        guard let facts = current(key, uid: uid), facts.isActive, facts.phase == .running,
            !isHeld(.podCompletes(key, uid: uid), on: facts.node)
        else { return }
        update(.pod, key) { [now] pod in
            pod["status", "phase"] = "Succeeded"
            pod.setReady(false, at: now)
        }
    }

    /// Lets a terminating pod run on until its own stop time or the end of its grace, whichever is earlier.
    mutating func stopContainers(_ key: ObjectKey, grace: Int) {
        guard let facts = pods[key] else { return }
        let text = store[.pod, key]?["metadata", "annotations", PracticeAnnotation.stopSeconds]?.string
        let own = text.flatMap(Int64.init).map { Duration.seconds($0) } ?? random.duration(in: options.stopDelay)
        let end = now + min(own, .seconds(grace))
        stopTimes[facts.uid] = min(end, stopTimes[facts.uid] ?? end)
        agenda.add(.podStops(key, uid: facts.uid), at: stopTimes[facts.uid] ?? end)
    }

    mutating func podStops(_ key: ObjectKey, uid: String) {
        guard let facts = current(key, uid: uid), facts.isTerminating, stopTimes[uid] ?? now <= now,
            !isHeld(.podStops(key, uid: uid), on: facts.node)
        else { return }
        update(.pod, key) { [now] pod in
            pod.setReady(false, at: now)
            pod.setContainers(running: nil, ready: false)
            pod["metadata", "deletionGracePeriodSeconds"] = 0
        }
        if (store[.pod, key]?["metadata", "finalizers"]?.array ?? []).isEmpty { erase(.pod, key) }
    }

    private func nodeAddress(_ name: String) -> String? {
        store[.node, ObjectKey(name: name)]?["status", "addresses"]?.array?
            .first { $0["type"]?.string == "InternalIP" }?["address"]?.string
    }
}

extension JSONValue {
    mutating func setReady(_ ready: Bool, at time: Instant) {
        let status = ready ? "True" : "False"
        setCondition("Ready", status, at: time, ready ? [:] : ["reason": "ContainersNotReady"])
        setCondition("ContainersReady", status, at: time, ready ? [:] : ["reason": "ContainersNotReady"])
    }

    /// Writes the container statuses; `running` says since when, nil leaves that as it is.
    mutating func setContainers(running: Instant?, ready: Bool, restarted: Bool = false) {
        let old = self["status", "containerStatuses"]?.array ?? []
        let containers = self["spec", "containers"]?.array ?? []
        self["status", "containerStatuses"] = .array(
            containers.enumerated().map { index, container in
                let before = index < old.count ? old[index] : [:]
                var status: JSONValue = ["name": container["name"] ?? "", "image": container["image"] ?? ""]
                status["state"] =
                    running.map { ["running": ["startedAt": .string($0.rfc3339)]] } ?? before["state"] ?? [:]
                status["ready"] = .bool(ready)
                status["restartCount"] = JSONValue((before["restartCount"]?.integer ?? 0) + (restarted ? 1 : 0))
                status["started"] = .bool(ready)
                return status
            }
        )
    }
}
