import Ports
import Rollout

/// Setting and taking away the marks that steer pods away from nodes still to come.
extension CampaignRun {
    private static let atOnce = 16

    /// A mark that cannot be set only costs a second move of some pods, so the run goes on without it; one that cannot
    /// be taken away must not be forgotten.
    func steer(_ nodes: [String], mark: [String], unmark: [String]) async throws -> [Event] {
        let (control, owner) = (control, setup.run.id)
        let troubles = try await each(mark) { node in
            do {
                try await control.mark(node: node, owner: owner)
                return nil
            } catch let error as ControlError {
                return "\(node) could not be marked: \(error)"
            }
        }
        _ = try await each(unmark) { node in
            try await control.unmark(node: node)
            return nil
        }
        return [.steered(nodes: nodes, trouble: troubles.first)]
    }

    /// - Returns: what went wrong, in the order of the nodes.
    private func each(
        _ nodes: [String],
        _ body: @escaping @Sendable (String) async throws -> String?
    ) async throws -> [String] {
        try await withThrowingTaskGroup(of: (Int, String?).self) { group in
            var waiting = nodes.enumerated().makeIterator()
            func add() {
                guard let (index, node) = waiting.next() else { return }
                group.addTask { (index, try await body(node)) }
            }
            for _ in 0..<Self.atOnce { add() }
            var troubles: [(Int, String)] = []
            while let (index, trouble) = try await group.next() {
                if let trouble { troubles.append((index, trouble)) }
                add()
            }
            return troubles.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
