import ClusterModel

@testable import Kubernetes

/// Reads a snapshot from a file with this text.
func snapshot(_ text: String) async throws -> Cluster {
    try await ScratchFolder.use { try SnapshotReader.read(paths: [try $0.write("0.json", text)]) }
}
