import Testing

extension Conformance {
    /// The observer must see what happens, and must be able to see a broken budget, before its word counts for anything.
    struct ObserverTests {
        @Test func `an observer sees a pod's end and its replacement`() async throws {
            let lab = try Lab.required()
            let seen = try await Observer.watching(lab) { observer in
                let pods = try await settled(observer, "shop/solo")
                let old = try #require(pods.first)
                try await delete(old, in: lab)
                try await observer.wait("the pod goes and another becomes ready") { seen in
                    seen.lastPods[old.uid] == nil
                        && seen.lastPods.values.contains { $0.workload == "shop/solo" && $0.ready }
                }
            }
            #expect(seen.interruptions.isEmpty)
            #expect(seen.serving("shop/solo", .untilTerminating).contains { $0.count == 0 })
            #expect(seen.time("shop/solo", below: 1, .untilTerminating, until: .now) > .zero)
            #expect(seen.violations.isEmpty)
        }

        @Test func `an observer sees a budget broken by deletions that ask nobody`() async throws {
            let lab = try Lab.required()
            let seen = try await Observer.watching(lab) { observer in
                let pods = try await settled(observer, "data/postgres")
                let victims = pods.prefix(2)
                try #require(victims.count == 2)
                for victim in victims { try await delete(victim, in: lab) }
                try await observer.wait("both pods go and are replaced") { seen in
                    victims.allSatisfy { seen.lastPods[$0.uid] == nil }
                        && seen.lastPods.values.count { $0.workload == "data/postgres" && $0.ready } == pods.count
                }
            }
            #expect(seen.interruptions.isEmpty)
            #expect(seen.violations.contains(Observation.Violation(budget: "data/postgres", healthy: 1, desired: 2)))
            #expect(seen.violations.allSatisfy { $0.budget == "data/postgres" })
        }

        /// The pods of a workload once all of them are ready, by name.
        private func settled(_ observer: Observer, _ workload: String) async throws -> [PodFact] {
            try await observer.wait("\(workload) is whole") { seen in
                let pods = seen.lastPods.values.filter { $0.workload == workload && !$0.terminating }
                return pods.count == seen.replicas[workload] && pods.allSatisfy(\.ready)
            }
            return await observer.observation.lastPods.values.filter { $0.workload == workload && !$0.terminating }
                .sorted { $0.name < $1.name }
        }

        private func delete(_ pod: PodFact, in lab: Lab) async throws {
            let namespace = pod.workload.prefix { $0 != "/" }
            _ = try await lab.request("DELETE", "/api/v1/namespaces/\(namespace)/pods/\(pod.name)")
        }
    }
}
