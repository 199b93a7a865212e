package import ClusterModel
import NIOHTTP1
package import Ports

/// Deletions, which ask no budget.
extension KubernetesClient {
    package func delete(pod: PodID, uid: String) async throws -> EvictionOutcome {
        let request = APITransport.Request(
            method: .DELETE,
            path: "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)",
            purpose: "delete pods in namespace \(pod.namespace)",
            json: """
                {"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":\(quoted(uid))}}
                """
        )
        return try await persistence.run {
            let answer = try await self.transport.exchange(request)
            if answer.isSuccess { return .admitted }
            let status = APIStatus(answer)
            switch status.evictionRefusal {
            case .outcome(let outcome): return outcome
            case .other: throw status.setback(request, at: self.transport.server)
            // The UID asked for is no longer the pod's.
            case .podChanged: return .gone
            }
        }
    }
}
