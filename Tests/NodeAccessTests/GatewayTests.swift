import Foundation
import NIOPosix
import Playbooks
import Ports
import Testing

@testable import NodeAccess

/// A file that is read on a node, with sudo where that is needed.
struct GatewayTests {
    private func read(
        _ host: NodeHost,
        _ paths: [String],
        _ change: (inout SSHNodeShell.Options) -> Void = { _ in }
    ) async throws -> (path: String, text: String) {
        var options = try host.options()
        change(&options)
        let shell = SSHNodeShell(options, time: SkippingTime(), on: MultiThreadedEventLoopGroup.singleton)
        do {
            let found = try await shell.text(ofFirst: paths, on: host.target)
            await shell.close()
            return found
        } catch {
            await shell.close()
            throw error
        }
    }

    @Test func `the first file that is there is read, byte for byte`() async throws {
        try await NodeHost.run { host in
            let text = "first\n\n  $(touch \(host.path("pasted"))) ' \" ü\n"
            try host.write(text, to: "it's $HOME")
            try host.write("second", to: "second")
            let paths = [host.path("none"), host.path("it's $HOME"), host.path("second")]
            let found = try await read(host, paths)
            #expect(found.path == paths[1])
            #expect(found.text == text)
            #expect(!host.exists("pasted"))
            try host.write("", to: "empty")
            #expect(try await read(host, [host.path("empty")]).text.isEmpty)
        }
    }

    @Test func `no such file is told with every place that was looked at`() async throws {
        try await NodeHost.run { host in
            await #expect(throws: NodeFileError.missing("node-1", paths: ["/no/a", "/no/b"])) {
                try await read(host, ["/no/a", "/no/b"])
            }
        }
    }

    /// A sudo that asks for a password as the real one does, and says no to another one.
    private static let sudo = #"""
        #!/bin/sh
        test "$1" = -S || { echo "sudo: a password is required" >&2; exit 1; }
        IFS= read -r word
        test "$word" = hunter2 || { echo "sudo: 1 incorrect password attempt" >&2; exit 1; }
        shift 3
        touch "$HOME/as-root"
        exec "$@"
        """#

    @Test func `sudo is asked only where the user may not read the file himself`() async throws {
        try await NodeHost.runWithPath { host in
            try host.install(Self.sudo, as: "sudo")
            try host.write("here", to: "open")
            let asRoot: (inout SSHNodeShell.Options) -> Void = {
                $0.rootName = "somebody else"
                $0.sudoPassword = "hunter2"
            }
            #expect(try await read(host, [host.path("open")], asRoot).text == "here")
            #expect(!host.exists("as-root"))
            await #expect(throws: NodeFileError.missing("node-1", paths: ["/no"])) {
                try await read(host, ["/no"], asRoot)
            }
            #expect(host.exists("as-root"))
        }
    }

    @Test func `a sudo that refuses is told with its own words and without the password`() async throws {
        try await NodeHost.runWithPath { host in
            try host.install(Self.sudo, as: "sudo")
            for (password, words) in [(nil, "a password is required"), ("wolves", "1 incorrect password attempt")] {
                let error = await #expect(throws: NodeFileError.self) {
                    try await read(host, ["/no"]) {
                        $0.rootName = "somebody else"
                        $0.sudoPassword = password
                    }
                }
                let line = try #require(error?.description)
                #expect(line.contains("cannot become root (sudo: \(words))"), "\(line)")
                #expect(!line.contains("wolves"))
            }
        }
    }

    @Test func `where sudo is not to be used the file and the user are told`() async throws {
        try await NodeHost.run { host in
            let error = await #expect(throws: NodeFileError.self) {
                try await read(host, [host.folder.path]) {
                    $0.rootName = "somebody else"
                    $0.usesSudo = false
                }
            }
            #expect(error?.description.contains("cannot be read by \(NSUserName()), and ssh.become is none") == true)
        }
    }
}
