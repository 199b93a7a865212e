/// Why a snapshot cannot be read.
package enum SnapshotError: Error, Hashable, Sendable {
    case missing(file: String)
    case emptyFolder(String)
    case empty(file: String)
    case unreadable(file: String, why: String)
    /// `why` says where in the file.
    case broken(file: String, why: String)
    case notObjects(file: String)
    case lacks(kind: String, file: String)
}

extension SnapshotError: CustomStringConvertible {
    private static let command = "kubectl get nodes,pods,pdb,deploy,rs,sts,ds,rc,jobs -A -o json"

    package var description: String {
        switch self {
        case .missing(let file): "\(file): there is no such file: write it with `\(Self.command)`"
        case .emptyFolder(let folder): "\(folder): no *.json file is in this folder: name one that holds a snapshot"
        case .empty(let file): "\(file): is empty: write it with `\(Self.command)`"
        case .unreadable(let file, let why): "\(file): cannot be read: \(why)"
        case .broken(let file, let why): "\(file): \(why): write it anew with `\(Self.command)`"
        case .notObjects(let file): "\(file): holds no Kubernetes objects in JSON: write it with `\(Self.command)`"
        case .lacks(let kind, let file):
            "\(file): no \(kind.lowercased())s are in it: write it with `\(Self.command)`"
        }
    }
}
