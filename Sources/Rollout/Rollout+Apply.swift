package import ClusterModel
import Planning

extension Rollout {
    /// The fold: what an event means for the state. Replaying a journal is calling this for each of its events.
    package mutating func apply(_ event: Event, at instant: Instant) {
        clearInFlight(by: event)
        switch event {
        case .waveAdmitted(_, let healthy): admit(healthy, at: instant)
        case .replanned(_, let waves): replan(waves)
        case .joined(let node, let healthy): join(node, healthy, at: instant)
        case .waveFinished: finishWave(at: instant)
        case .interrupted: stopping = stopping ?? "interrupted"
        case .hurried:
            stopping = stopping ?? "interrupted"
            isHurried = true
        case .aborting(let who): beginAbort(by: who, at: instant)
        case .aborted: conclusion = .aborted
        case .takenUp(let hand): take(hand)
        case .held(let reason): holding = reason
        case .gateOpened(let gate, let place): open(gate, at: place)
        case .gateClosed(let gate, let place, let reason): close(gate, at: place, because: reason)
        case .drifted(let reason): stopping = stopping ?? reason
        case .halted(let reason): conclusion = .halted(reason: reason)
        case .finished: conclusion = .finished
        case .resumed: resume(at: instant)
        case .steering(let nodes):
            marks = Set(nodes)
            marksAreCertain = false
        case .steered(let nodes, _):
            marks = Set(nodes)
            marksAreCertain = true
        case .nodeFailed(let node, let phase, let reason):
            nodes[node]?.failure = NodeProgress.Failure(phase: phase, reason: reason)
            nodes[node]?.enter(.failed, at: instant)
            let failed = nodes.values.count { $0.phase == .failed }
            if failed >= outline.maxFailures { stopping = stopping ?? "\(node): \(reason)" }
        default: applyToNode(event, at: instant)
        }
    }

    private mutating func applyToNode(_ event: Event, at instant: Instant) {
        switch event {
        case .cordoned(let node):
            nodes[node]?.isCordoned = true
        case .evictionAdmitted(let node, let pod, let uid), .deletionAdmitted(let node, let pod, let uid, _):
            nodes[node]?.leaving[uid] = pod
            nodes[node]?.retryAt[uid] = nil
        case .evictionRefused(let node, _, let uid, _, let retryAt):
            nodes[node]?.retryAt[uid] = retryAt
        case .podGone(let node, _, let uid):
            nodes[node]?.leaving[uid] = nil
            nodes[node]?.retryAt[uid] = nil
        case .drained(let node):
            nodes[node]?.enter(.servicing, at: instant)
            hastenInvitations()
        case .rebooting(let node, _, let bootID):
            nodes[node]?.rebootedFrom = bootID
        case .stepFinished(let node, let step, let report):
            finish(step, on: node, report, at: instant)
        case .verified(let node):
            nodes[node]?.enter(.returning, at: instant)
        case .uncordoned(let node):
            giveBack(node, at: instant)
        case .retired(let node):
            nodes[node]?.enter(.returned, at: instant)
        case .undone(let node, let step, let report): undo(step, on: node, report)
        case .left(let node, let reason): nodes[node]?.remark = reason
        case .skipped(let node, let reason):
            nodes[node] = NodeProgress()
            nodes[node]?.remark = reason
            nodes[node]?.enter(.skipped, at: instant)
        default: break
        }
    }

    private mutating func take(_ hand: RunHand) {
        for list in hand.steps {
            for node in list.nodes { outline.steps[node] = list.steps }
        }
    }

    private mutating func admit(_ healthy: [WorkloadHealth], at instant: Instant) {
        isAdmitted = true
        holding = nil
        waitingSince = nil
        soakEnd = nil
        baseline = Dictionary(healthy.map { ($0.workload, $0.healthy) }, uniquingKeysWith: { _, last in last })
        waitingForNode = Dictionary(
            healthy.compactMap { health in health.waiting.map { (health.workload, $0) } },
            uniquingKeysWith: { _, last in last }
        )
        for node in wave?.nodes ?? [] where nodes[node]?.phase == .waiting {
            nodes[node]?.enter(.admitted, at: instant)
        }
    }

    /// Everything from the present wave on is replaced.
    ///
    /// Nodes of it that an interrupted run has begun with go on beside those that come first now.
    private mutating func replan(_ waves: [PlannedWave]) {
        var waves = waves
        let done = outline.waves.prefix(waveIndex)
        let coming = Set(waves.flatMap(\.nodes))
        let begun = (wave?.nodes ?? []).filter { nodes[$0]?.phase != .waiting && !coming.contains($0) }
        if !waves.isEmpty { waves[0].nodes = begun + waves[0].nodes }
        outline.waves =
            done
            + waves.enumerated().map { index, wave in
                Wave(
                    number: waveIndex + index + 1,
                    rounds: wave.rounds,
                    nodes: wave.nodes,
                    moves: [],
                    version: wave.version.flatMap { Version($0) },
                    isCanary: wave.isCanary ?? false
                )
            }
        beginNewVisits()
    }

    /// A node that comes again, for a further version, starts from the beginning.
    private mutating func beginNewVisits() {
        for node in wave?.nodes ?? [] where nodes[node]?.phase == .recovered { nodes[node] = NodeProgress() }
    }

    private mutating func finishWave(at instant: Instant) {
        for node in wave?.nodes ?? [] where nodes[node]?.phase == .returned {
            nodes[node]?.enter(.recovered, at: instant)
        }
        if wave?.isCanary == true, outline.soak > .zero { soakEnd = instant + outline.soak }
        waveIndex += 1
        beginNewVisits()
        isAdmitted = false
        waitingSince = nil
    }

    private mutating func finish(_ step: Int, on node: String, _ report: StepReport, at instant: Instant) {
        guard report.outcome != .failed else { return }
        if report.outcome == .done { nodes[node]?.changed.append(step) }
        nodes[node]?.stepsDone = step + 1
        nodes[node]?.rebootedFrom = nil
        nodes[node]?.stepBegan = false
        if step + 1 >= outline.steps[node, default: []].count { nodes[node]?.enter(.verifying, at: instant) }
    }

    /// A node that was serviced is returned; one that never was waits for its turn again.
    private mutating func giveBack(_ node: String, at instant: Instant) {
        openGates = openGates.filter { $0.place != .node(node) }
        hastenInvitations()
        nodes[node]?.isCordoned = false
        nodes[node]?.leaving = [:]
        nodes[node]?.retryAt = [:]
        switch nodes[node]?.phase {
        case .failed: break
        case .verifying, .returning: nodes[node]?.enter(.returned, at: instant)
        default:
            nodes[node] = NodeProgress()
            nodes[node]?.enter(.waiting, at: instant)
            // Whoever waits again needs another proof.
            if stopping == nil, wave?.nodes.contains(node) == true { isAdmitted = false }
        }
    }

    /// Takes up a halted run: what failed is tried again from where it stood, and what was given back waits anew.
    private mutating func resume(at instant: Instant) {
        stopping = nil
        isHurried = false
        openGates = []
        brokenGate = nil
        conclusion = nil
        holding = nil
        inFlight = []
        waitingSince = nil
        marksAreCertain = marks.isEmpty
        callBackFailed()
        for (name, progress) in nodes {
            nodes[name]?.remark = progress.phase == .skipped ? progress.remark : nil
            guard let failure = progress.failure else { continue }
            nodes[name]?.failure = nil
            nodes[name]?.enter(progress.isCordoned ? failure.phase : .waiting, at: instant)
        }
        rememberBegunSteps()
        // While no process was at work, no deadline ran.
        for (name, progress) in nodes where progress.phase != .waiting && progress.phase != .recovered {
            nodes[name]?.since = instant
        }
        if wave?.nodes.contains(where: { nodes[$0]?.phase == .waiting }) == true { isAdmitted = false }
    }

    /// Nodes that failed in waves which the campaign has gone past come once more, after all others.
    private mutating func callBackFailed() {
        let passed = outline.waves.prefix(waveIndex).flatMap(\.nodes)
        let coming = Set(outline.waves.dropFirst(waveIndex).flatMap(\.nodes))
        let failed = Set(passed.filter { nodes[$0]?.phase == .failed }).subtracting(coming).sorted()
        if failed.isEmpty { return }
        let number = (outline.waves.map(\.number).max() ?? 0) + 1
        outline.waves.append(Wave(number: number, rounds: 1, nodes: failed, moves: []))
    }

    private mutating func clearInFlight(by event: Event) {
        inFlight = inFlight.filter { !$0.isAnswered(by: event) }
    }
}

extension Effect {
    /// Whether the event is this effect's outcome.
    fileprivate func isAnswered(by event: Event) -> Bool {
        switch (self, event) {
        case (.record(let wanted), let event): wanted == event
        case (.prove(let wave), .waveAdmitted(let admitted, _)): wave == admitted
        case (.prove, .replanned), (.prove, .drifted): true
        case (.invite, .joined): true
        case (.knock(let gate, let place), .gateOpened(let other, let there)): gate == other && place == there
        case (.knock(let gate, let place), .gateClosed(let other, let there, _)): gate == other && place == there
        case (.cordon(let node), .cordoned(let other)): node == other
        case (.evict(_, _, let uid), .evictionAdmitted(_, _, let other)): uid == other
        case (.evict(_, _, let uid), .evictionRefused(_, _, let other, _, _)): uid == other
        case (.evict(_, _, let uid), .podGone(_, _, let other)): uid == other
        case (.delete(_, _, let uid, _), .deletionAdmitted(_, _, let other, _)): uid == other
        case (.delete(_, _, let uid, _), .evictionRefused(_, _, let other, _, _)): uid == other
        case (.delete(_, _, let uid, _), .podGone(_, _, let other)): uid == other
        case (.perform(let node, let step, _), .stepFinished(let other, let number, _)): node == other && step == number
        case (.uncordon(let node), .uncordoned(let other)): node == other
        case (.undo(let node, let step), .undone(let other, let number, _)): node == other && step == number
        case (.steer(let nodes, _, _), .steered(let others, _)): nodes == others
        case (.perform(let node, _, _), .nodeFailed(let other, _, _)), (.undo(let node, _), .left(let other, _)),
            (.uncordon(let node), .left(let other, _)), (.perform(let node, _, _), .skipped(let other, _)),
            (.cordon(let node), .nodeFailed(let other, _, _)),
            (.uncordon(let node), .nodeFailed(let other, _, _)), (.evict(let node, _, _), .nodeFailed(let other, _, _)),
            (.delete(let node, _, _, _), .nodeFailed(let other, _, _)):
            node == other
        default: false
        }
    }
}
