import ArgumentParser
import ClusterModel
import Planning
import Playbooks

/// Why a value on the command line is none; the option's name stands before it.
struct BadValue: Error, CustomStringConvertible {
    var description: String
}

/// How the values of a policy are written on the command line.
enum PolicyArguments {
    @Sendable static func limit(_ text: String) throws -> CountOrPercent {
        guard let value = CountOrPercent(text) else { throw BadValue(description: "write it as 2 or 10%") }
        switch value {
        case .count(0), .percent(0): throw BadValue(description: "no node could ever leave: write at least 1 or 1%")
        case .percent(101...): throw BadValue(description: "that is more than all: write at most 100%")
        default: return value
        }
    }

    /// `none`, `N` or `N%`.
    @Sendable static func defaultBudget(_ text: String) throws -> DefaultBudgetArgument {
        if text == "none" { return DefaultBudgetArgument(value: nil) }
        guard let value = CountOrPercent(text) else { throw BadValue(description: "write it as none, 1 or 25%") }
        if value == .count(0) || value == .percent(0) {
            throw BadValue(description: "no pod without a budget of its own could ever be evicted: write at least 1")
        }
        return DefaultBudgetArgument(value: value)
    }

    /// `SELECTOR=N` or `SELECTOR=N%`; the selector may contain equals signs of its own.
    @Sendable static func pool(_ text: String) throws -> PoolLimit {
        guard let sign = text.lastIndex(of: "="), sign > text.startIndex else {
            throw BadValue(description: "write it as SELECTOR=N or SELECTOR=N%, as pool=gpu=1")
        }
        guard let selector = LabelSelector(text: String(text[..<sign])) else {
            throw BadValue(description: "\(text[..<sign]) is no label selector: write it as pool=gpu=1 or !spot=20%")
        }
        return PoolLimit(selector: selector, maxOut: try limit(String(text[text.index(after: sign)...])))
    }

    /// `none`, `N` or `N:SOAK`.
    @Sendable static func canary(_ text: String) throws -> CanaryArgument {
        if text == "none" { return CanaryArgument(canary: nil) }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let nodes = parts.first.flatMap({ Int($0) }), nodes > 0 else {
            throw BadValue(description: "write it as none, N or N:SOAK, as 1:5m")
        }
        guard parts.count == 2 else { return CanaryArgument(canary: Canary(nodes: nodes, soak: .seconds(300))) }
        guard let soak = DurationText.parse(parts[1]) else {
            throw BadValue(description: "\(parts[1]) is no duration: write the soak time as 90s, 5m or 1h30m")
        }
        return CanaryArgument(canary: Canary(nodes: nodes, soak: soak))
    }

    @Sendable static func jobs(_ text: String) throws -> JobPolicy {
        switch PolicySettings.Jobs(text) {
        case .evict: return .evict
        case .wait(let limit): return .wait(upTo: limit)
        case nil: throw BadValue(description: "write it as evict or wait:DURATION, as wait:30m")
        }
    }

    @Sendable static func waiver(_ text: String) throws -> Waiver {
        do {
            return try Waiver(text: text)
        } catch {
            throw BadValue(description: "\(error)")
        }
    }
}

/// A canary, or none though the settings ask for one.
struct CanaryArgument: Sendable {
    var canary: Canary?
}

/// A default budget, or none.
struct DefaultBudgetArgument: Sendable {
    var value: CountOrPercent?
}
