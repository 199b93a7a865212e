import NIOHTTP1
package import Ports

/// The campaign's state: the ConfigMap `kube-system/evenkeel-campaign`.
extension KubernetesClient: CampaignStore {
    private static let collection = "/api/v1/namespaces/kube-system/configmaps"
    private static let name = "evenkeel-campaign"
    private static let path = collection + "/" + name
    private static let key = "campaign"

    package func storedCampaign() async throws -> StoredCampaign? {
        try await persistence.run { try await self.readCampaign() }
    }

    package func storeCampaign(_ text: String, replacing version: String?) async throws -> String? {
        let condition = version.map { ",\"resourceVersion\":\(quoted($0))" } ?? ""
        let request = APITransport.Request(
            method: version == nil ? .POST : .PUT,
            path: version == nil ? Self.collection : Self.path,
            purpose: "\(version == nil ? "create" : "update") configmaps in namespace kube-system",
            json: """
                {"apiVersion":"v1","kind":"ConfigMap",\
                "metadata":{"name":"\(Self.name)","namespace":"kube-system"\(condition)},\
                "data":{"\(Self.key)":\(quoted(text))}}
                """
        )
        return try await persistence.run {
            let answer = try await self.transport.exchange(request)
            if answer.isSuccess {
                return try answer.read(for: request, at: self.transport.server) { try Self.campaign(&$0) }.version
            }
            let status = APIStatus(answer)
            guard status.code == 409 || status.code == 404 else {
                throw status.setback(request, at: self.transport.server)
            }
            // The answer to an earlier try may have been lost on its way.
            guard let present = try await self.readCampaign(), present.text == text else { return nil }
            return present.version
        }
    }

    private func readCampaign() async throws -> StoredCampaign? {
        let request = APITransport.Request(path: Self.path, purpose: "get configmaps in namespace kube-system")
        return try await existing(request) { try Self.campaign(&$0) }
    }

    private static func campaign(_ cursor: inout JSONCursor) throws -> StoredCampaign {
        var stored = StoredCampaign(text: "", version: "")
        try cursor.object { cursor, name in
            switch name {
            case "metadata":
                var head = ObjectHead()
                try head.read(&cursor)
                stored.version = head.resourceVersion
            case "data": stored.text = try cursor.map()[key] ?? ""
            default: try cursor.skip()
            }
        }
        return stored
    }
}
