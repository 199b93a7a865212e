import ArgumentParser
import ClusterModel
import Foundation
import Playbooks
import Ports
import Testing

@testable import EvenkeelCommands
@testable import SSH

/// Which of the command line, the settings and the ssh configuration says how a node is reached, and sudo's password.
struct AccessTests {
    private static let config = """
        Host w1
          HostName 10.0.0.1
        Host *
          User of-config
          Port 2022
        """

    private func access(_ settings: String, _ flags: [String], in scratch: Scratch) throws -> SSHAccess {
        try scratch.write(Self.config, to: "ssh_config")
        var settings = try SiteSettings.load(file: "e", text: settings)
        settings.ssh.config = scratch.path("ssh_config")
        return try SSHAccess(settings, try ReachOptions.parse(flags))
    }

    @Test(arguments: [
        ("", [] as [String], NodeSSH(host: "10.0.0.1", port: 2022, user: "of-config")),
        ("ssh: {user: of-site}", [], NodeSSH(host: "10.0.0.1", port: 2022, user: "of-site")),
        (
            "ssh: {user: of-site}\nnodes: [{match: {name: w1}, ssh: {host: h, port: 9, user: of-node}}]", [],
            NodeSSH(host: "h", port: 9, user: "of-node")
        ),
        (
            "nodes: [{match: {name: w1}, ssh: {port: 9, user: of-node}}]", ["--user", "me", "--port", "7"],
            NodeSSH(host: "10.0.0.1", port: 7, user: "me")
        ),
    ])
    func `the command line comes first, then the settings, then the ssh configuration`(
        settings: String,
        flags: [String],
        ssh: NodeSSH
    ) async throws {
        try await Scratch.with { scratch in
            var access = try access(settings, flags, in: scratch)
            #expect(access.target("w1", address: "192.0.2.1").ssh == ssh)
        }
    }

    @Test func `a node that the ssh configuration does not rename is reached at the cluster's address`() async throws {
        try await Scratch.with { scratch in
            var access = try access("", [], in: scratch)
            #expect(access.target("w2", address: "192.0.2.2").ssh.host == "192.0.2.2")
            #expect(access.target("w3").ssh.host == "w3")
        }
    }

    // MARK: sudo

    private func password(_ text: String, mode: Int, in scratch: Scratch) throws -> String? {
        let file = try scratch.write(text, to: "password")
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        return try SudoOptions.parse(["--sudo-password-file", file]).password(orFrom: nil)
    }

    @Test func `sudo's password is the first line of a private file`() async throws {
        try await Scratch.with { scratch in
            let given = try password(" hunter 2 \nmore\n", mode: 0o600, in: scratch)
            #expect(given == " hunter 2 ")
            let options = try SudoOptions.parse([])
            let (none, settled) = (
                try options.password(orFrom: nil), try options.password(orFrom: scratch.path("password"))
            )
            #expect(none == nil)
            #expect(settled == " hunter 2 ")
        }
    }

    @Test(arguments: [
        ("hunter2\n", 0o644, "its mode 644 lets others at"), ("\nhunter2\n", 0o600, "its first line is empty"),
    ])
    func `a file that others may read, or an empty one, is refused without showing it`(
        text: String,
        mode: Int,
        clue: String
    ) async throws {
        try await Scratch.with { scratch in
            let error = #expect(throws: CommandFailure.self) { try password(text, mode: mode, in: scratch) }
            #expect(error?.description.contains(clue) == true)
            #expect(error?.description.contains("hunter2") == false)
        }
    }

    @Test func `two places for one password are wrong usage`() {
        #expect(throws: (any Error).self) {
            try SudoOptions.parse(["--ask-sudo-password", "--sudo-password-file", "x"])
        }
    }

    // MARK: Keys

    @Test func `the passphrase of a key is asked for once, however many nodes use it`() async throws {
        try await Scratch.with { scratch in
            let tool = Tool(folder: scratch.folder)
            let made = try await tool.succeeds("ssh-keygen", ["-q", "-t", "ed25519", "-N", "open sesame", "-f", "key"])
            try #require(made)
            var asked: [String] = []
            var ring = KeyRing(SSHSettings(), agentSocket: nil) { what in
                asked.append(what)
                return "open sesame"
            }
            let host = SSHConfigHost(host: "w1")
            for _ in 0..<3 { #expect(try await ring.credentials(host, identity: scratch.path("key")).count == 1) }
            #expect(asked == ["passphrase of \(scratch.path("key"))"])
        }
    }
}
