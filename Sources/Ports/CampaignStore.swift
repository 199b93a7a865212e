/// Where a campaign's essential state lies in the cluster itself, so that another machine can take it over.
package protocol CampaignStore: Sendable {
    /// Nil where none was ever stored.
    func storedCampaign() async throws -> StoredCampaign?

    /// Replaces what is stored, if nobody else has written since.
    ///
    /// - Parameter version: of what was stored or read last; nil where nothing was.
    /// - Returns: the new version; nil where somebody else has written, and nothing was changed.
    func storeCampaign(_ text: String, replacing version: String?) async throws -> String?
}

package struct StoredCampaign: Hashable, Sendable {
    package var text: String
    package var version: String

    package init(text: String, version: String) {
        self.text = text
        self.version = version
    }
}
