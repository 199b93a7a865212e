import Foundation
import Testing

/// Who may import whom, read from the sources.
struct ImportTests {
    private static let rooms: [String: Set<String>] = [
        "ClusterModel": [],
        "Planning": ["ClusterModel"],
        "Rollout": ["ClusterModel", "Planning"],
        "Reliability": ["ClusterModel"],
        "Playbooks": ["ClusterModel"],
        "Ports": ["ClusterModel", "Playbooks", "Reliability", "Rollout"],
        "SSH": ["CLibSSH2"],
        "NodeAccess": ["ClusterModel", "Playbooks", "Ports", "Rollout", "SSH"],
        "Kubernetes": ["ClusterModel", "Ports"],
        "History": ["ClusterModel", "Ports", "Reliability", "Rollout"],
        "Execution": ["ClusterModel", "Planning", "Playbooks", "Ports", "Reliability", "Rollout"],
        "Practice": ["ClusterModel"],
        "Watching": ["ClusterModel", "Playbooks", "Ports", "Reliability"],
        "Reporting": ["ClusterModel", "Planning", "Ports", "Reliability", "Rollout"],
    ]

    private static let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources")

    @Test(arguments: rooms.keys.sorted())
    func `a room imports only rooms below it`(_ room: String) throws {
        let imported = try imports(of: room).intersection(Self.rooms.keys)
        #expect(imported.subtracting(Self.rooms[room, default: []]).isEmpty)
    }

    @Test func `the pure rooms do no input or output`() throws {
        for room in ["ClusterModel", "Planning", "Rollout", "Reliability"] {
            #expect(try imports(of: room).isDisjoint(with: ["Foundation", "Glibc", "NIOCore", "Dispatch"]), "\(room)")
        }
    }

    @Test func `the verifier names nothing of the search`() throws {
        let search = try declaredTypes(in: "Planning/Search").union(declaredTypes(in: "Planning/Findings"))
        #expect(search.count > 5)
        for file in try files(in: "Planning/Verifier") {
            let words = Set(try text(of: file).split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
            #expect(words.isDisjoint(with: search), "\(file.lastPathComponent)")
        }
    }

    private func imports(of room: String) throws -> Set<String> {
        var names: Set<String> = []
        for file in try files(in: room) {
            for line in try text(of: file).split(separator: "\n") {
                let words = line.split(separator: " ")
                guard let place = words.firstIndex(of: "import"), place <= 1, words.count > place + 1 else { continue }
                names.insert(String(words[place + 1]))
            }
        }
        return names
    }

    private func declaredTypes(in folder: String) throws -> Set<String> {
        var names: Set<String> = []
        for file in try files(in: folder) {
            for line in try text(of: file).split(separator: "\n") where !line.hasPrefix(" ") && !line.hasPrefix("//") {
                let words = line.split { !$0.isLetter && !$0.isNumber }
                guard let place = words.firstIndex(where: { ["struct", "enum", "class"].contains($0) }) else {
                    continue
                }
                if words.count > place + 1 { names.insert(String(words[place + 1])) }
            }
        }
        return names
    }

    private func files(in folder: String) throws -> [URL] {
        let root = Self.sources.appending(path: folder)
        let found = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
        return (found?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "swift" }
    }

    private func text(of file: URL) throws -> String { try String(contentsOf: file, encoding: .utf8) }
}
