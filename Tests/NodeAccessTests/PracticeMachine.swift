// A machine to upgrade: an sshd over a copy of this system that is thrown away, so that playbooks may change anything.
import Foundation
import Playbooks
import Ports
import Rollout
import SSH
import Testing

@testable import NodeAccess

/// Its programs are those of this system, except for the stand-ins that a test installs. Root is needed, and overlayfs.
struct PracticeMachine: Sendable {
    let host: NodeHost
    let shell: SSHNodeShell

    /// Whether such machines can be had here.
    static var isPossible: Bool {
        guard getuid() == 0 else { return false }
        return (try? String(contentsOfFile: "/proc/filesystems", encoding: .utf8))?.contains("overlay") == true
    }

    static func run(_ body: (PracticeMachine) async throws -> Void) async throws {
        try await NodeHost.runOverlaid(["Subsystem sftp internal-sftp"]) { host in
            var options = try host.options(reboot: "echo reboot >>/var/log/calls; echo 2 >'\(host.path("boot"))'")
            options.uploadFolder = host.folder.path
            try host.write("1", to: "boot")
            let machine = PracticeMachine(host: host, shell: host.shell(options))
            do {
                try await machine.command(setUp)
                try await body(machine)
            } catch {
                await machine.shell.close()
                throw error
            }
            await machine.shell.close()
        }
    }

    /// The files that an image of a node has; an unreachable package source would only cost time.
    private static let setUp = """
        mkdir -p /fail /etc/apt/off /boot /run; mv /etc/apt/sources.list.d /etc/apt/off/; mkdir /etc/apt/sources.list.d
        rm -f /boot/vmlinuz-* /var/run/reboot-required; : >/etc/apt/sources.list; : >/var/log/calls
        cat >/usr/local/bin/systemctl <<'STANDIN'
        #!/bin/sh
        echo "systemctl $*" >>/var/log/calls
        test ! -e "/fail/systemctl-$1" || { echo "systemctl: told to fail" >&2; exit 1; }
        STANDIN
        chmod 755 /usr/local/bin/systemctl
        """

    /// - Returns: what it wrote.
    @discardableResult
    func command(_ script: String) async throws -> String {
        let result = try await shell.run("sh -es", standardInput: script, on: host.target, timeout: .seconds(60))
        guard result.succeeded else {
            throw NodeHost.Failure(reason: "\(result.exit): \(result.standardOutput.text)\(result.standardError.text)")
        }
        return result.standardOutput.text
    }

    /// A Debian package with one program in it, `/usr/bin/NAME`.
    func makePackage(_ name: String, _ version: String, in folder: String, program: String) async throws {
        try await command(
            """
            root=$(mktemp -d)
            mkdir -p "$root/DEBIAN" "$root/usr/bin" '\(folder)'
            printf 'Package: \(name)\\nVersion: \(version)\\nArchitecture: all\\nMaintainer: x <x@x>\\nDescription: x\\n' \
              >"$root/DEBIAN/control"
            cat >"$root/usr/bin/\(name)" <<'PROGRAM'
            \(program)
            PROGRAM
            chmod 755 "$root/usr/bin/\(name)"
            dpkg-deb --root-owner-group --build "$root" '\(folder)/\(name)_\(version)_all.deb' >/dev/null
            """
        )
    }

    /// The calls of the stand-ins since the last time.
    func calls() async throws -> [String] {
        try await command("cat /var/log/calls; : >/var/log/calls").split(separator: "\n").map(String.init)
    }

    func fail(_ what: String) async throws { try await command("touch '/fail/\(what)'") }
    func mend() async throws { try await command("rm -f /fail/*") }

    /// Does a role's steps in order, up to the first that fails, as a run does.
    func perform(
        _ playbook: Playbook,
        as role: PlaybookRole = .worker,
        to version: String = "",
        inputs: [String: String] = [:]
    ) async throws -> [StepReport] {
        let environment = PlaybookEnvironment(node: "node-1", role: role, targetVersion: version, runID: "run")
        let variables = environment.variables(inputs: try playbook.resolveInputs(given: inputs))
        var reports: [StepReport] = []
        for step in playbook.steps(for: role) {
            let report = try await shell.perform(
                step,
                on: host.target,
                variables: variables,
                rebootTimeout: playbook.rebootTimeout,
                rebootedFrom: nil,
                rebooting: { _ in }
            )
            reports.append(report)
            if report.outcome == .failed { break }
        }
        return reports
    }
}

extension Playbook {
    /// A ready one.
    static func ready(_ name: String) throws -> Playbook {
        let project = (0..<3).reduce(URL(filePath: #filePath).resolvingSymlinksInPath()) { url, _ in
            url.deletingLastPathComponent()
        }
        let path = project.appending(path: "playbooks/\(name).yaml").path
        return try Playbook.load(file: path, text: String(contentsOfFile: path, encoding: .utf8))
    }
}

extension [StepReport] {
    /// Step and outcome, for comparison; with the reason of a failure.
    var lines: [String] { map { "\($0.name): \($0.outcome)\($0.failure.map { " (\($0))" } ?? "")" } }
}
