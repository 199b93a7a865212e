/// Why a snapshot cannot be read.
package enum SnapshotError: Error, Hashable, Sendable {
    case missing(file: String)
    case emptyFolder(String)
    case empty(file: String)
    case unreadable(file: String, why: String)
    /// `why` says where in the file.
    case broken(file: String, why: String)
    case notObjects(file: String)
    case format(Format, file: String)
    case lacks(kind: String, file: String)

    /// What a file is that is no JSON.
    package enum Format: Hashable, Sendable {
        case gzip
        case zstandard
        /// As some shells write it when they redirect.
        case utf16
        case yaml
        case table

        init?(_ bytes: some Collection<UInt8>) {
            let start = Array(bytes.prefix(64))
            let text = String(decoding: start, as: UTF8.self)
            if start.starts(with: [0x1F, 0x8B]) {
                self = .gzip
            } else if start.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) {
                self = .zstandard
            } else if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) {
                self = .utf16
            } else if ["apiVersion:", "kind:", "items:", "metadata:", "---", "%YAML"].contains(where: text.hasPrefix) {
                self = .yaml
            } else if text.hasPrefix("NAME") {
                self = .table
            } else {
                return nil
            }
        }
    }
}

extension SnapshotError: CustomStringConvertible {
    private static let command = "kubectl get nodes,pods,pdb,deploy,rs,sts,ds,rc,jobs,pvc,pv,sc,ns,lease -A -o json"

    package var description: String {
        switch self {
        case .missing(let file): "\(file): there is no such file: write it with `\(Self.command)`"
        case .emptyFolder(let folder): "\(folder): no *.json file is in this folder: name one that holds a snapshot"
        case .empty(let file): "\(file): is empty: write it with `\(Self.command)`"
        case .unreadable(let file, let why): "\(file): cannot be read: \(why)"
        case .broken(let file, let why): "\(file): \(why): write it anew with `\(Self.command)`"
        case .notObjects(let file): "\(file): holds no Kubernetes objects in JSON: write it with `\(Self.command)`"
        case .format(let format, let file): "\(file): \(format.remedy)"
        case .lacks(let kind, let file):
            "\(file): no \(kind.lowercased())s are in it: write it with `\(Self.command)`"
        }
    }
}

extension SnapshotError.Format {
    fileprivate var remedy: String {
        switch self {
        case .gzip: "is compressed with gzip: unpack it first, or pipe it in: `gunzip -c FILE | evenkeel … --cluster -`"
        case .zstandard:
            "is compressed with zstd: unpack it first, or pipe it in: `zstd -dc FILE | evenkeel … --cluster -`"
        case .utf16: "is UTF-16, not UTF-8: write it from a shell that redirects bytes as they are"
        case .yaml: "is YAML: write it as JSON, with `-o json`"
        case .table: "is a table for people: write it as JSON, with `-o json`"
        }
    }
}
