import ClusterModel
import Practice
import Testing

struct PatchTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var format: PatchFormat
        var patch: JSONValue
        /// nil: refused with 422.
        var spec: JSONValue?
    }

    private static let before: JSONValue = [
        "taints": [["key": "a", "effect": "NoSchedule"], ["key": "b", "effect": "NoExecute"]], "podCIDR": "10.0.0.0/24",
    ]

    private static func spec(_ change: (inout JSONValue) -> Void) -> JSONValue {
        var spec = before
        change(&spec)
        return spec
    }

    static let rows = [
        Row(
            testDescription: "merge adds a field",
            format: .merge,
            patch: ["spec": ["unschedulable": true]],
            spec: spec { $0["unschedulable"] = true }
        ),
        Row(
            testDescription: "merge removes by null",
            format: .merge,
            patch: ["spec": ["taints": .null]],
            spec: spec { $0["taints"] = nil }
        ),
        Row(
            testDescription: "merge replaces a list",
            format: .merge,
            patch: ["spec": ["taints": [["key": "c", "effect": "NoSchedule"]]]],
            spec: spec { $0["taints"] = [["key": "c", "effect": "NoSchedule"]] }
        ),
        Row(
            testDescription: "strategic replaces the taints too",
            format: .strategic,
            patch: ["spec": ["taints": [["key": "c", "effect": "NoSchedule"]]]],
            spec: spec { $0["taints"] = [["key": "c", "effect": "NoSchedule"]] }
        ),
        Row(
            testDescription: "strategic false disappears",
            format: .strategic,
            patch: ["spec": ["unschedulable": false]],
            spec: before
        ),
        Row(
            testDescription: "a taint without an effect",
            format: .strategic,
            patch: ["spec": ["taints": [["key": "a", "$patch": "delete"]]]],
            spec: nil
        ),
        Row(
            testDescription: "JSON patch with a test that holds",
            format: .json,
            patch: [
                ["op": "test", "path": "/spec/taints/0/key", "value": "a"], ["op": "remove", "path": "/spec/taints/0"],
            ],
            spec: spec { $0["taints"] = [["key": "b", "effect": "NoExecute"]] }
        ),
        Row(
            testDescription: "JSON patch with a test that fails changes nothing",
            format: .json,
            patch: [
                ["op": "add", "path": "/spec/unschedulable", "value": true],
                ["op": "test", "path": "/spec/taints/0/key", "value": "b"],
            ],
            spec: nil
        ),
        Row(
            testDescription: "JSON patch appends",
            format: .json,
            patch: [["op": "add", "path": "/spec/taints/-", "value": ["key": "c", "effect": "NoSchedule"]]],
            spec: spec {
                $0["taints"] = [
                    ["key": "a", "effect": "NoSchedule"], ["key": "b", "effect": "NoExecute"],
                    ["key": "c", "effect": "NoSchedule"],
                ]
            }
        ),
        Row(
            testDescription: "JSON patch replaces",
            format: .json,
            patch: [["op": "replace", "path": "/spec/taints/1/effect", "value": "NoSchedule"]],
            spec: spec {
                $0["taints"] = [["key": "a", "effect": "NoSchedule"], ["key": "b", "effect": "NoSchedule"]]
            }
        ),
        Row(
            testDescription: "JSON patch replaces nothing",
            format: .json,
            patch: [["op": "replace", "path": "/spec/nosuch", "value": 1]],
            spec: nil
        ),
        Row(
            testDescription: "JSON patch beyond the list",
            format: .json,
            patch: [["op": "remove", "path": "/spec/taints/7"]],
            spec: nil
        ),
    ]

    @Test(arguments: rows)
    func `a patch changes what it says and no more`(row: Row) {
        var object = node("n1")
        object.value["spec"] = Self.before
        var cluster = PracticeCluster(seed: 1, startingAt: morning)
        cluster.create(object)
        let response = cluster.send("PATCH", "/api/v1/nodes/n1", row.patch, type: row.format.rawValue)
        #expect(response.status == (row.spec == nil ? 422 : 200))
        #expect(cluster.nodeObject("n1")["spec"] == row.spec ?? Self.before)
        if row.spec != nil { #expect(response.json?["spec"] == row.spec) }
    }

    @Test(arguments: [PatchFormat.merge, .strategic])
    func `a patch that changes nothing leaves the resourceVersion`(format: PatchFormat) {
        var cluster = cluster(node("n1"))
        cluster.cordon("n1")
        let revision = cluster.resourceVersion
        let again = cluster.send(
            "PATCH",
            "/api/v1/nodes/n1",
            ["spec": ["unschedulable": true]],
            type: format.rawValue
        )
        #expect(again.status == 200)
        #expect(cluster.resourceVersion == revision)
    }

    @Test func `labels and annotations merge, null takes one away`() {
        var cluster = cluster(node("n1"))
        let type = PatchFormat.strategic.rawValue
        cluster.send("PATCH", "/api/v1/nodes/n1", ["metadata": ["annotations": ["a": "1", "b": "2"]]], type: type)
        cluster.send("PATCH", "/api/v1/nodes/n1", ["metadata": ["annotations": ["a": .null]]], type: type)
        #expect(cluster.nodeObject("n1")["metadata", "annotations"] == ["b": "2"])
        #expect(cluster.nodeObject("n1")["metadata", "labels", "kubernetes.io/hostname"] == "n1")
        cluster.send("PATCH", "/api/v1/nodes/n1", ["metadata": ["annotations": ["b": .null]]], type: type)
        #expect(cluster.nodeObject("n1")["metadata", "annotations"] == nil)
    }

    @Test func `conditions merge by their type, through the status subresource only`() {
        var cluster = cluster(node("n1"))
        let patch: JSONValue = ["status": ["conditions": [["type": "DiskPressure", "status": "True"]]]]
        let type = PatchFormat.strategic.rawValue
        cluster.send("PATCH", "/api/v1/nodes/n1", patch, type: type)
        #expect(cluster.nodeObject("n1").status(of: "DiskPressure") == "False")
        cluster.send("PATCH", "/api/v1/nodes/n1/status", patch, type: type)
        #expect(cluster.nodeObject("n1").status(of: "DiskPressure") == "True")
        #expect(cluster.nodeObject("n1").isReady)
    }

    @Test func `an apply patch is not served`() {
        var cluster = cluster(node("n1"))
        let response = cluster.send(
            "PATCH",
            "/api/v1/nodes/ghost?fieldManager=x",
            ["spec": ["unschedulable": true]],
            type: "application/apply-patch+yaml"
        )
        #expect(response.status == 415)
        #expect(cluster.objects(.node).count == 1)
    }

    @Test func `a dry run answers as if and changes nothing`() {
        var cluster = cluster(node("n1"))
        let response = cluster.send(
            "PATCH",
            "/api/v1/nodes/n1?dryRun=All",
            ["spec": ["unschedulable": true]],
            type: PatchFormat.merge.rawValue
        )
        #expect(response.json?["spec", "unschedulable"] == true)
        #expect(cluster.nodeObject("n1")["spec", "unschedulable"] == nil)
    }
}
