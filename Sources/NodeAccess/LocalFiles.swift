import SSH

/// The files that are uploaded, each read and hashed once however many nodes get it.
actor LocalFiles {
    private var known: [String: Task<SSHLocalFile, any Error>] = [:]

    /// - Throws: ``SSHError/fileUnreadable(path:reason:)``. A file that failed is looked at again the next time.
    func file(_ path: String) async throws -> SSHLocalFile {
        let task = known[path] ?? Task { try await SSHLocalFile.open(path) }
        known[path] = task
        do { return try await task.value } catch {
            known[path] = nil
            throw error
        }
    }
}
