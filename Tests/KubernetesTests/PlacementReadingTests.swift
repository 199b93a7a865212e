import ClusterModel
import Testing

@testable import Kubernetes

/// What of a pod decides where it may stand beside others.
struct PlacementReadingTests {
    private func pod(_ spec: String, labels: String = "{}", status: String = "{}") throws -> Pod {
        let json = """
            {"metadata":{"namespace":"a","name":"p","labels":\(labels)},"spec":{\(spec)},"status":\(status)}
            """
        return try scan(json) { try Pod(json: &$0) }
    }

    private func terms(_ kind: String, _ terms: String) throws -> Pod {
        try pod(
            """
            "affinity":{"\(kind)":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":1,"podAffinityTerm":{}}],
            "requiredDuringSchedulingIgnoredDuringExecution":[\(terms)]}}
            """
        )
    }

    private static let web = LabelSelector(matchLabels: ["app": "web"])
    private static let everyone = LabelSelector()

    @Test(
        arguments: [
            (#""labelSelector":{"matchLabels":{"app":"web"}}"#, web, ["a"], nil),
            (#""labelSelector":{"matchLabels":{"app":"web"}},"namespaces":["b","c"]"#, web, ["b", "c"], nil),
            (#""labelSelector":{"matchLabels":{"app":"web"}},"namespaceSelector":{}"#, web, [], everyone),
            (#""labelSelector":{"matchLabels":{"app":"web"}},"namespaceSelector":null"#, web, ["a"], nil),
            (#""labelSelector":null"#, nil, ["a"], nil), (#""labelSelector":{}"#, everyone, ["a"], nil),
            (#""namespaces":["b"],"namespaceSelector":{"matchLabels":{"app":"web"}}"#, nil, ["b"], web),
        ] as [(String, LabelSelector?, [String], LabelSelector?)]
    )
    func `terms on pods mean the pod's own namespace where they name none`(
        term: String,
        selector: LabelSelector?,
        namespaces: [String],
        namespaceSelector: LabelSelector?
    ) throws {
        let expected = PodAffinityTerm(
            selector: selector,
            namespaces: namespaces,
            namespaceSelector: namespaceSelector,
            topologyKey: "zone"
        )
        let json = "{\(term),\"topologyKey\":\"zone\"}"
        #expect(try terms("podAffinity", json).podAffinity == [expected])
        #expect(try terms("podAntiAffinity", json + "," + json).podAntiAffinity == [expected, expected])
        #expect(try terms("podAntiAffinity", json).podAffinity == [])
    }

    private func spread(_ constraint: String, labels: String = #"{"app":"web","hash":"7"}"#) throws -> [TopologySpread]
    {
        try pod("\"topologySpreadConstraints\":[{\"topologyKey\":\"zone\",\(constraint)}]", labels: labels)
            .topologySpread
    }

    @Test func `only constraints that forbid are kept`() throws {
        #expect(try spread(#""whenUnsatisfiable":"ScheduleAnyway","maxSkew":1"#) == [])
        let plain = TopologySpread(maxSkew: 2, topologyKey: "zone", selector: Self.web)
        let selector = #""labelSelector":{"matchLabels":{"app":"web"}}"#
        #expect(try spread(#""whenUnsatisfiable":"DoNotSchedule","maxSkew":2,"# + selector) == [plain])
        var full = plain
        full.minDomains = 3
        full.nodeAffinityPolicy = .ignore
        full.nodeTaintsPolicy = .honor
        let policies = #""minDomains":3,"nodeAffinityPolicy":"Ignore","nodeTaintsPolicy":"Honor","maxSkew":2,"#
        #expect(try spread(policies + selector) == [full])
    }

    @Test(arguments: [
        (#"["hash"]"#, [LabelSelector.Requirement(key: "hash", operator: .in, values: ["7"])]),
        (#"["nosuch"]"#, []), (#"["app"]"#, []),
    ])
    func `matchLabelKeys narrow the selector to the pod's own values`(
        keys: String,
        added: [LabelSelector.Requirement]
    ) throws {
        let json = #""maxSkew":1,"labelSelector":{"matchLabels":{"app":"web"}},"matchLabelKeys":"# + keys
        #expect(
            try spread(json).map(\.selector) == [LabelSelector(matchLabels: ["app": "web"], matchExpressions: added)]
        )
    }

    @Test func `keys that the API server has merged already are not merged again`() throws {
        let json = """
            "maxSkew":1,"matchLabelKeys":["hash"],
            "labelSelector":{"matchExpressions":[{"key":"hash","operator":"In","values":["7"]}]}
            """
        #expect(try spread(json).first?.selector?.matchExpressions.count == 1)
        #expect(try spread(#""maxSkew":1,"matchLabelKeys":["hash"]"#).first?.selector == nil)
    }

    @Test func `ports of the node are those of containers that last`() throws {
        let spec = """
            "containers":[{"ports":[{"containerPort":80},{"containerPort":53,"hostPort":53,"protocol":"UDP"}]}],
            "initContainers":[{"ports":[{"hostPort":7}]},
            {"restartPolicy":"Always","ports":[{"hostPort":9,"hostIP":"10.0.0.1"}]}]
            """
        #expect(
            try pod(spec).hostPorts == [HostPort(port: 53, protocol: "UDP"), HostPort(port: 9, address: "10.0.0.1")]
        )
        let inHostNetwork = try pod(spec + ",\"hostNetwork\":true").hostPorts
        #expect(inHostNetwork.map(\.port) == [80, 53, 9])
    }

    @Test func `claims are named, those of ephemeral volumes after pod and volume`() throws {
        let spec = """
            "volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data-0"}},
            {"name":"scratch","ephemeral":{"volumeClaimTemplate":{}}},{"configMap":{},"name":"c"}]
            """
        let read = try pod(spec)
        #expect(read.claims == ["data-0", "p-scratch"])
        #expect(!read.hasEmptyDir)
    }

    @Test(arguments: [
        ("{}", #"{"qosClass":"Guaranteed"}"#, Pod.QualityOfService.guaranteed), ("{}", "{}", .bestEffort),
        (#"{"resources":{"requests":{"cpu":"1"}}}"#, "{}", .burstable),
        (#"{"resources":{"limits":{"cpu":"1","memory":"1Gi"}}}"#, "{}", .guaranteed),
        (#"{"resources":{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"500m"}}}"#, "{}", .burstable),
    ])
    func `the quality of service is the status's, or is worked out`(
        container: String,
        status: String,
        quality: Pod.QualityOfService
    ) throws {
        #expect(try pod("\"containers\":[\(container)]", status: status).qualityOfService == quality)
    }
}
