import ClusterModel

/// `waves[]`.
struct WaveEntry: Hashable, Codable {
    struct MoveEntry: Hashable, Codable {
        var pod: String
        var from: String
        var to: String
    }

    struct BudgetEntry: Hashable, Codable {
        var budget: String
        var evictions: Int
        var allowed: Int
        var isDefault: Bool
    }

    var number: Int
    var rounds: Int
    var nodes: [String]
    var moves: [MoveEntry]
    var budgets: [BudgetEntry]
    var version: String?
    var isCanary: Bool?
    var reason: String

    init(_ wave: Wave) {
        number = wave.number
        rounds = wave.rounds
        nodes = wave.nodes
        moves = wave.moves.map { MoveEntry(pod: "\($0.pod)", from: $0.from, to: $0.to) }
        budgets = wave.budgets.map {
            BudgetEntry(budget: $0.budget, evictions: $0.evictions, allowed: $0.allowed, isDefault: $0.isDefault)
        }
        version = wave.version.map { "\($0)" }
        isCanary = wave.isCanary ? true : nil
        reason = wave.reason
    }

    func wave(at place: String) throws(PlanFileError) -> Wave {
        if number < 1 { throw .value(at: "\(place).number", found: "\(number)", expected: "a number from 1 on") }
        if rounds < 1 { throw .value(at: "\(place).rounds", found: "\(rounds)", expected: "a number from 1 on") }
        var moves: [Move] = []
        for (index, move) in self.moves.enumerated() {
            let pod = try podID(move.pod, at: "\(place).moves[\(index)].pod")
            moves.append(Move(pod: pod, from: move.from, to: move.to))
        }
        return Wave(
            number: number,
            rounds: rounds,
            nodes: nodes,
            moves: moves,
            budgets: budgets.map {
                BudgetUse(budget: $0.budget, evictions: $0.evictions, allowed: $0.allowed, isDefault: $0.isDefault)
            },
            version: try readVersion(at: place),
            isCanary: isCanary ?? false,
            reason: reason
        )
    }

    private func readVersion(at place: String) throws(PlanFileError) -> Version? {
        guard let version else { return nil }
        guard let value = Version(version) else {
            throw .value(at: "\(place).version", found: version, expected: "a version as v1.36.2")
        }
        return value
    }
}

/// `findings[]`.
struct FindingEntry: Hashable, Codable {
    var rule: String
    var severity: String
    var node: String?
    var pod: String?
    var budget: String?
    var message: String
    var fix: String

    init(_ finding: Finding) {
        rule = finding.rule.rawValue
        severity = finding.severity.rawValue
        node = finding.node
        pod = finding.pod.map { "\($0)" }
        budget = finding.budget.map { "\($0)" }
        message = finding.message
        fix = finding.fix
    }

    func finding(at place: String) throws(PlanFileError) -> Finding {
        guard let rule = Finding.Rule(rawValue: rule) else {
            throw .value(at: "\(place).rule", found: rule, expected: "a rule of this version")
        }
        guard let severity = Finding.Severity(rawValue: severity) else {
            throw .value(at: "\(place).severity", found: severity, expected: "obstacle, warning or note")
        }
        var finding = Finding(rule: rule, severity: severity, node: node, message: message, fix: fix)
        if let pod { finding.pod = try podID(pod, at: "\(place).pod") }
        if let budget { finding.budget = try podID(budget, at: "\(place).budget") }
        return finding
    }
}

private func podID(_ text: String, at place: String) throws(PlanFileError) -> PodID {
    guard let id = PodID(text) else { throw .value(at: place, found: text, expected: "NAMESPACE/NAME") }
    return id
}
