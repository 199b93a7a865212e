import ClusterModel
import Kubernetes
import Practice
import Testing

extension Contract {
    /// What the server says no to, and how.
    struct RefusalTests {
        struct Case: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var method = "GET"
            var path: String
            var body: JSONValue?
            var text: String?
            var type = "application/json"
            var status: Int
            var reason: String?
            var kind: String?
            /// From this minor version on; it was another code before.
            var since = 20
        }

        private static let node = "/api/v1/nodes/node-2"
        private static let missing = "/api/v1/nodes/nosuch"
        private static let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases"
        private static let merge = "application/merge-patch+json"
        private static let strategic = "application/strategic-merge-patch+json"
        private static let jsonPatch = "application/json-patch+json"

        static let cases: [Case] = [
            Case(testDescription: "a missing node", path: missing, status: 404, reason: "NotFound", kind: "nodes"),
            Case(
                testDescription: "a missing pod",
                path: "/api/v1/namespaces/default/pods/nosuch",
                status: 404,
                reason: "NotFound",
                kind: "pods"
            ),
            Case(
                testDescription: "a missing lease",
                path: leases + "/nosuch",
                status: 404,
                reason: "NotFound",
                kind: "leases"
            ),
            Case(
                testDescription: "a missing Deployment",
                path: "/apis/apps/v1/namespaces/default/deployments/nosuch",
                status: 404,
                reason: "NotFound",
                kind: "deployments"
            ),
            Case(testDescription: "an unknown resource", path: "/api/v1/nosuches", status: 404),
            Case(testDescription: "an unknown group", path: "/apis/example.com/v1/things", status: 404),
            Case(testDescription: "an unknown path", path: "/nosuch", status: 404),
            Case(
                testDescription: "a merge patch of a missing node",
                method: "PATCH",
                path: missing,
                body: ["spec": ["unschedulable": true]],
                type: merge,
                status: 404,
                reason: "NotFound"
            ),
            Case(
                testDescription: "a strategic patch of a missing node",
                method: "PATCH",
                path: missing,
                body: ["spec": ["unschedulable": true]],
                type: strategic,
                status: 404,
                reason: "NotFound"
            ),
            Case(
                testDescription: "a patch that is no JSON",
                method: "PATCH",
                path: node,
                text: "{nonsense",
                type: merge,
                status: 400,
                reason: "BadRequest",
                since: 22
            ),
            Case(
                testDescription: "a patch of an unknown type",
                method: "PATCH",
                path: node,
                body: ["spec": [:]],
                type: "application/json",
                status: 415,
                reason: "UnsupportedMediaType"
            ),
            Case(
                testDescription: "a JSON patch whose test fails",
                method: "PATCH",
                path: node,
                body: [["op": "test", "path": "/metadata/name", "value": "other"]],
                type: jsonPatch,
                status: 422,
                reason: "Invalid"
            ),
            Case(
                testDescription: "a JSON patch that removes what is not there",
                method: "PATCH",
                path: node,
                body: [["op": "remove", "path": "/spec/nosuch"]],
                type: jsonPatch,
                status: 422,
                reason: "Invalid"
            ),
            Case(
                testDescription: "a patch with a stale version",
                method: "PATCH",
                path: node,
                body: ["metadata": ["resourceVersion": "1", "annotations": ["a": "b"]]],
                type: merge,
                status: 409,
                reason: "Conflict",
                kind: "nodes"
            ),
            Case(
                testDescription: "a patch with another UID",
                method: "PATCH",
                path: node,
                body: ["metadata": ["uid": "00000000-0000-0000-0000-000000000000", "annotations": ["a": "b"]]],
                type: merge,
                status: 422,
                reason: "Invalid"
            ),
            Case(
                testDescription: "a POST to an object",
                method: "POST",
                path: node,
                body: [:],
                status: 405,
                reason: "MethodNotAllowed"
            ),
            Case(
                testDescription: "a PUT to a list",
                method: "PUT",
                path: "/api/v1/nodes",
                body: [:],
                status: 405,
                reason: "MethodNotAllowed"
            ),
            Case(
                testDescription: "an object without a name",
                method: "POST",
                path: leases,
                body: ["metadata": [:]],
                status: 422,
                reason: "Invalid"
            ),
            Case(
                testDescription: "an object for another namespace",
                method: "POST",
                path: leases,
                body: ["metadata": ["name": "x", "namespace": "kube-public"]],
                status: 400,
                reason: "BadRequest"
            ),
            Case(
                testDescription: "an object in a missing namespace",
                method: "POST",
                path: "/apis/coordination.k8s.io/v1/namespaces/nosuch/leases",
                body: ["metadata": ["name": "x"]],
                status: 404,
                reason: "NotFound",
                kind: "namespaces"
            ),
            Case(
                testDescription: "a label selector that is none",
                path: "/api/v1/nodes?labelSelector=a%3D%3D%3Db",
                status: 400,
                reason: "BadRequest"
            ),
            Case(
                testDescription: "a field selector that the kind does not know",
                path: "/api/v1/pods?fieldSelector=spec.nosuch%3Dx",
                status: 400,
                reason: "BadRequest"
            ),
            Case(
                testDescription: "a continue token that is none",
                path: "/api/v1/nodes?limit=1&continue=nonsense",
                status: 400,
                reason: "BadRequest"
            ),
            Case(
                testDescription: "an eviction of a missing pod",
                method: "POST",
                path: "/api/v1/namespaces/default/pods/nosuch/eviction",
                body: ["metadata": ["name": "nosuch", "namespace": "default"]],
                status: 404,
                reason: "NotFound",
                kind: "pods"
            ),
            Case(
                testDescription: "a DELETE of a missing pod",
                method: "DELETE",
                path: "/api/v1/namespaces/default/pods/nosuch",
                status: 404,
                reason: "NotFound",
                kind: "pods"
            ),
        ]

        @Test(arguments: cases)
        func `a refusal has its code and its reason`(refused: Case) async throws {
            let server = try ContractServer.required()
            let answer = try await server.send(
                refused.method,
                refused.path,
                refused.body,
                type: refused.type,
                text: refused.text
            )
            if server.version.minor < refused.since {
                #expect(answer.status >= 400, "\(answer.text)")
                return
            }
            #expect(answer.status == refused.status, "\(answer.text)")
            guard let reason = refused.reason else { return }
            #expect(answer.json["kind"] == "Status", "\(answer.text)")
            #expect(answer.reason == reason, "\(answer.text)")
            #expect(answer.json["code"]?.integer == refused.status)
            if let kind = refused.kind { #expect(answer.json["details", "kind"]?.string == kind, "\(answer.text)") }
        }

        @Test(arguments: ["/api/v1/nodes", "/version", "/apis/policy"])
        func `a bad token gives 401 everywhere, even where nobody need ask`(path: String) async throws {
            let answer = try await ContractServer.required().send("GET", path, token: "nonsense")
            #expect(answer.status == 401)
            #expect(answer.reason == "Unauthorized")
        }

        struct Deed: Sendable, CustomTestStringConvertible {
            var testDescription: String
            var method: String
            var path: String
            var body: JSONValue?
            var clues: [String]
        }

        static let deeds = [
            Deed(testDescription: "list nodes", method: "GET", path: "/api/v1/nodes", clues: ["list", "nodes"]),
            Deed(testDescription: "get a missing node", method: "GET", path: missing, clues: ["get", "nodes"]),
            Deed(
                testDescription: "patch a node",
                method: "PATCH",
                path: node,
                body: ["spec": [:]],
                clues: ["patch", "nodes"]
            ),
            Deed(
                testDescription: "evict",
                method: "POST",
                path: "/api/v1/namespaces/default/pods/x/eviction",
                body: ["metadata": ["name": "x", "namespace": "default"]],
                clues: ["create", "pods/eviction", "default"]
            ),
            Deed(
                testDescription: "delete a pod",
                method: "DELETE",
                path: "/api/v1/namespaces/default/pods/x",
                clues: ["delete", "pods"]
            ),
            Deed(
                testDescription: "make a lease",
                method: "POST",
                path: "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases",
                body: ["metadata": ["name": "x"]],
                clues: ["create", "leases", "coordination.k8s.io", "kube-system"]
            ),
            Deed(testDescription: "watch pods", method: "GET", path: "/api/v1/pods?watch=1", clues: ["watch", "pods"]),
        ]

        @Test(arguments: deeds)
        func `who may not do it gets 403 with the rule that is missing`(deed: Deed) async throws {
            let server = try ContractServer.required()
            let token = try #require(server.powerless?.token)
            let type = deed.method == "PATCH" ? Self.merge : "application/json"
            let answer = try await server.send(deed.method, deed.path, deed.body, type: type, token: token)
            #expect(answer.status == 403, "\(answer.text)")
            #expect(answer.reason == "Forbidden")
            let message = answer.json["message"]?.string ?? ""
            #expect(deed.clues.allSatisfy { message.contains($0) }, "\(message)")
        }

        @Test(arguments: ["/version", "/apis", "/apis/policy", "/api/v1"])
        func `who may do nothing may still ask what is served`(path: String) async throws {
            let server = try ContractServer.required()
            #expect(try await server.send("GET", path, token: server.powerless?.token).status == 200)
        }
    }
}
