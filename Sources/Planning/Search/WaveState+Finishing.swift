extension WaveState {
    /// Carries the wave out: moved pods sit on their targets, the nodes come back empty.
    mutating func finish(isControlPlane: Bool, isCanary: Bool = false) -> DraftWave {
        var moves = wave.ending.map { DraftWave.Move(pod: $0, from: at[$0], to: at[$0]) }
        var waiting: [Int] = []
        for pod in wave.ending { at[pod] = -1 }
        for node in wave.nodes {
            residents[node] = []
            demand[node] = []
        }
        for pod in wave.pods {
            let node = target[pod]
            if node < 0 { continue }
            moves.append(DraftWave.Move(pod: pod, from: at[pod], to: node))
            if phase[node] == .out {
                relations.wait(pod, on: node, by: -1)
                waiting.append(pod)
            } else {
                landed[node] = []
                demand[node] = []
            }
            target[pod] = -1
            at[pod] = node
            residents[node].append(pod)
        }
        for node in Set(moves.map(\.to)) where phase[node] == .waiting { demand[node] = countDemand(residents[node]) }
        for node in wave.nodes { comeBack(node) }
        for pod in waiting {
            free.subtract(terrain.requests, pod, from: at[pod])
            relations.stand(pod, on: at[pod], by: 1)
        }
        for node in wave.nodes { refreshRoom(node) }
        return close(moves, isControlPlane: isControlPlane, isCanary: isCanary)
    }

    private mutating func comeBack(_ node: Int) {
        phase[node] = task.returnsNodes ? .settled : .gone
        for column in 0..<free.width {
            free[node, column] = terrain.capacity[node, column] - terrain.fixed[node, column]
        }
        for pod in terrain.standing.leavers[node] where at[pod] == node {
            relations.end(pod, on: node)
            at[pod] = -1
        }
        if task.returnsNodes { relations.hide(node, remaining: terrain.standing.fixtures[node], by: 1) }
    }

    private mutating func close(_ moves: [DraftWave.Move], isControlPlane: Bool, isCanary: Bool) -> DraftWave {
        let spending = wave.touchedLimits.sorted().map { (limit: $0, evictions: spent[$0]) }
        for limit in wave.touchedLimits { spent[limit] = 0 }
        for group in outOfGroup.indices { outOfGroup[group] = 0 }
        let draft = DraftWave(
            nodes: wave.nodes.sorted(),
            rounds: wave.rounds,
            moves: moves.sorted { ($0.from, $0.pod) < ($1.from, $1.pod) },
            spent: spending,
            isControlPlane: isControlPlane,
            isCanary: isCanary,
            crowding: max(0, wave.rounds - (wave.nodes.map { needed[$0] }.max() ?? 1))
        )
        wave = WaveInMaking()
        return draft
    }

    /// Gives the wave up: every pod is back where it was.
    mutating func abandon() {
        for pod in wave.pods { vacate(pod) }
        for node in wave.nodes { putBack(node) }
        for limit in wave.touchedLimits { spent[limit] = 0 }
        for group in outOfGroup.indices { outOfGroup[group] = 0 }
        wave = WaveInMaking()
    }
}
