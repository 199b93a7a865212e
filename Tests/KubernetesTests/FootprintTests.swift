import ClusterModel
import Testing

@testable import Kubernetes

/// The arithmetic of the scheduler: see "Pod QoS and scheduling with init containers" in the Kubernetes documentation.
struct FootprintTests {
    private func requests(_ spec: String) throws -> Resources {
        try scan("{\"metadata\":{},\"spec\":{\(spec)}}") { try Pod(json: &$0) }.requests
    }

    private static func container(_ cpu: String, always: Bool = false) -> String {
        let policy = always ? "\"restartPolicy\":\"Always\"," : ""
        return "{\(policy)\"resources\":{\"requests\":{\"cpu\":\"\(cpu)\"}}}"
    }

    private static let table: [(main: [String], initial: [String], cpu: Int64)] = [
        (["100m", "200m"], [], 300),
        (["100m"], ["500m", "300m"], 500),
        (["400m"], ["100m", "300m"], 400),
        (["100m"], ["+50m"], 150),
        // A sidecar (+) before an init container runs beside it, one after it does not.
        (["100m"], ["+50m", "500m"], 550),
        (["100m"], ["500m", "+50m"], 500),
        (["100m"], ["+50m", "+70m"], 220),
        (["100m"], ["+50m", "200m", "+900m", "10m"], 1050),
    ]

    @Test(arguments: table)
    func `containers together, or the neediest init container`(main: [String], initial: [String], cpu: Int64) throws {
        let containers = main.map { Self.container($0) }.joined(separator: ",")
        let initContainers = initial.map { text in
            Self.container(text.hasPrefix("+") ? String(text.dropFirst()) : text, always: text.hasPrefix("+"))
        }
        let spec = "\"containers\":[\(containers)],\"initContainers\":[\(initContainers.joined(separator: ","))]"
        #expect(try requests(spec) == Resources(cpu: cpu, pods: 1))
    }

    @Test func `the overhead of the runtime comes on top`() throws {
        let spec = "\"containers\":[\(Self.container("1"))],\"overhead\":{\"cpu\":\"250m\",\"memory\":\"120Mi\"}"
        #expect(try requests(spec) == Resources(cpu: 1250, memory: 120 << 20, pods: 1))
    }

    @Test func `extended resources may be stated as limits alone`() throws {
        let spec = #""containers":[{"resources":{"limits":{"nvidia.com/gpu":"2","cpu":"4"},"requests":{"cpu":"1"}}}]"#
        #expect(try requests(spec) == Resources(cpu: 1000, pods: 1, extended: ["nvidia.com/gpu": 2]))
    }

    @Test func `what a pod states as a whole stands for its containers`() throws {
        let spec =
            "\"containers\":[\(Self.container("300m"))],\"resources\":{\"requests\":{\"cpu\":\"2\"}},\"overhead\":{\"cpu\":\"1m\"}"
        #expect(try requests(spec) == Resources(cpu: 2001, pods: 1))
    }

    @Test func `a pod without requests takes one place`() throws {
        #expect(try requests("\"containers\":[{\"name\":\"a\"},{\"resources\":{}}]") == Resources(pods: 1))
    }
}

/// Resizing in place: `k8s.io/component-helpers/resource`, `determineContainerReqs`.
struct ResizeTests {
    private func cpu(_ status: String, conditions: String = "[]") throws -> Int64 {
        let spec = #""containers":[{"name":"a","resources":{"requests":{"cpu":"2"}}},{"name":"b"}]"#
        let json = """
            {"spec":{\(spec)},"status":{"conditions":\(conditions),"containerStatuses":[\(status)]}}
            """
        return try scan(json) { try Pod(json: &$0) }.requests.cpu
    }

    @Test(arguments: [
        (#"{"name":"a"}"#, 2000), (#"{"name":"a","resources":{"requests":{"cpu":"1"}}}"#, 2000),
        (#"{"name":"a","resources":{"requests":{"cpu":"3"}}}"#, 3000),
        (#"{"name":"a","allocatedResources":{"cpu":"4"},"resources":{"requests":{"cpu":"3"}}}"#, 4000),
        (#"{"name":"b","resources":{"requests":{"cpu":"1"}}}"#, 3000),
        (#"{"name":"c","resources":{"requests":{"cpu":"9"}}}"#, 2000),
    ])
    func `the larger of what is wanted and what is given counts`(status: String, expected: Int64) throws {
        #expect(try cpu(status) == expected)
    }

    @Test func `a resize that can never be carried out is not counted`() throws {
        let infeasible = #"[{"type":"PodResizePending","status":"True","reason":"Infeasible"}]"#
        let status = #"{"name":"a","allocatedResources":{"cpu":"1"},"resources":{"requests":{"cpu":"1"}}}"#
        #expect(try cpu(status, conditions: infeasible) == 1000)
        #expect(try cpu(status, conditions: infeasible.replacing("Infeasible", with: "Deferred")) == 2000)
    }

    @Test func `a request of nothing is not raised to the limit, a missing one is`() throws {
        func cpu(_ resources: String) throws -> Int64 {
            try scan("{\"spec\":{\"containers\":[{\"resources\":\(resources)}]}}") { try Pod(json: &$0) }.requests.cpu
        }
        #expect(try cpu(#"{"limits":{"cpu":"2"},"requests":{"cpu":"0"}}"#) == 0)
        #expect(try cpu(#"{"limits":{"cpu":"2"},"requests":{"memory":"1"}}"#) == 2000)
    }
}
