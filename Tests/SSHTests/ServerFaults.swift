// Faults of a server's disk and of its number of logins.
import Foundation
import TestSupport

@testable import SSH

extension Fault {
    /// Only root may mount.
    static var possible: [Fault] { allCases.filter { getuid() == 0 || ![.fullDisk, .readOnlyDisk].contains($0) } }

    /// An upload to a file system of its own, mounted with these options.
    func upload(toDisk options: String) async throws -> (any Error)? {
        try await LoopbackSSHD.run { server in
            let disk = server.folder.appending(path: "disk")
            try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
            await (try ChildProcess("/bin/mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk.path])).end()
            let connection = try await server.connect()
            let file = try await TransferTests.file(TransferTests.content(3_000_000), in: server)
            let outcome = await Result {
                _ = try await connection.upload(file, to: disk.appending(path: "file").path)
            }
            await connection.close()
            await (try ChildProcess("/bin/umount", ["-l", disk.path])).end()
            if case .failure(let error) = outcome { return error }
            return nil
        }
    }

    /// Somebody who never logs in takes the only place, so that every other login is dropped before its banner.
    func droppedLogins() async throws -> (any Error)? {
        try await LoopbackSSHD.run(.init(configuration: ["MaxStartups 1:100:1"])) { server in
            let idler = try Self.idler(server.port)
            defer { close(idler) }
            let patience = SSHRetryPolicy(attempts: 3, firstPause: .milliseconds(10), longestPause: .milliseconds(10))
            let outcome = await Result {
                try await server.connect(to: server.endpoint, timeouts: SSHTimeouts(), retry: patience).close()
            }
            if case .failure(let error) = outcome { return error }
            return nil
        }
    }

    /// A connection that has a place: the server greets it. Those that come before the last one's place is free again are
    /// dropped.
    private static func idler(_ port: Int) throws -> CInt {
        for _ in 0..<10_000 {
            let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(UInt16(port).bigEndian)
            address.sin_addr.s_addr = inet_addr("127.0.0.1")
            let isConnected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                    connect(descriptor, generic, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            var greeting = [UInt8](repeating: 0, count: 4)
            if isConnected, recv(descriptor, &greeting, 4, CInt(MSG_WAITALL)) == 4,
                greeting == Array("SSH-".utf8)
            {
                return descriptor
            }
            close(descriptor)
        }
        throw LoopbackSSHD.Failure(description: "the server greets nobody")
    }
}
