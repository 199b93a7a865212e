import Foundation
import Practice
import Testing

extension Processes {
    /// Machines that are lost, disks that are full, gates and hooks: with the built program.
    @Suite(.serialized) struct TakeOverRunTests {
        @Test func `another machine takes over from the cluster, and the first one stops when it comes back`()
            async throws
        {
            try await Site.with { site in
                await site.cordon(Site.bystander)
                try await site.plan()
                let first = try await site.tool.run(["run", "plan.json", "--verbose", "--state", "a"]) {
                    $0.contains("drained")
                }
                #expect(first.status == .signaled(9))
                // The lease of the machine that is gone has run out.
                await site.server.withCluster { cluster in
                    let path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/evenkeel"
                    let request = PracticeRequest(method: "DELETE", target: path)
                    _ = cluster.handle(request, now: cluster.now)
                }
                let second = try await site.tool.run(["resume", "--from-cluster", "--state", "b"]) {
                    $0.contains("uncordoned")
                }
                #expect(second.status == .signaled(9), "\(second.errors)")
                #expect(second.errors.contains("takes over run-"))
                let back = try await site.tool.run(["resume", "--state", "a"])
                #expect(back.status == .exited(1))
                #expect(back.errors.contains("was taken over by ops@"), "\(back.errors)")
                let last = try await site.tool.run(["resume", "--state", "b"])
                #expect(last.status == .exited(0), "\(last.errors)")
                await site.expectDoneOnce()
                let late = try await site.tool.run(["run", "plan.json", "--state", "a"])
                #expect(late.status == .exited(1))
                #expect(late.errors.contains("was taken over"), "\(late.errors)")
                await site.expectDoneOnce()
            }
        }

        @Test func `a full disk stops the run in one line, and resume goes on once there is room`() async throws {
            try await Site.with { site in
                await site.cordon(Site.bystander)
                try await site.plan()
                // Files may not grow past some hundred blocks of 512 bytes: the journal fills up amid the run.
                let full = try await site.tool.shell(#"ulimit -f 300; exec "$0" run plan.json --quiet"#)
                #expect(full.status == .exited(1), "\(full.errors)")
                #expect(full.errorLines.count == 1, "\(full.errors)")
                #expect(full.errors.contains("journal.sqlite"), "\(full.errors)")
                #expect(full.errors.contains("check the disk's room"), "\(full.errors)")
                let again = try await site.tool.run(["resume"])
                #expect(again.status == .exited(0), "\(again.errors)")
                await site.expectDoneOnce()
            }
        }

        @Test func `a gate waits for a person, a closed one halts with its own code, and hooks are told`() async throws
        {
            try await Site.with { site in
                try await site.plan()
                let settings = try site.scratch.text("evenkeel.yaml")
                let hooks = """
                    hooks:
                      - {on: [started, waveStarted, halted, finished, nodeFinished], command: "cat >> told; echo >> told"}
                      - {on: [finished], command: "exit 7", retries: 1}

                    """
                let closed = "gates:\n  - {name: approved, at: [campaign], approval: yes-please, timeout: 1s}\n"
                try site.scratch.write(settings + closed + hooks, to: "evenkeel.yaml")
                let halted = try await site.tool.run(["run", "plan.json"])
                #expect(halted.status == .exited(5), "\(halted.errors)")
                #expect(halted.errors.contains("approved") && halted.errors.contains("touch yes-please"))
                #expect(await site.cordoned().isEmpty)
                try site.scratch.write("", to: "yes-please")
                let done = try await site.tool.run(["resume"])
                #expect(done.status == .exited(0), "\(done.errors)")
                #expect(done.errors.contains("a hook could not be told of finished"), "\(done.errors)")
                await site.expectDoneOnce()
                let told = try site.scratch.text("told")
                for event in ["started", "halted", "waveStarted", "nodeFinished", "finished"] {
                    #expect(told.contains("\"event\" : \"\(event)\""), "\(event): \(told)")
                }
            }
        }

        @Test func `a second Ctrl-C stops after the present step, and resume goes on behind it`() async throws {
            let script = #"""
                cd "$(dirname "$SERVICED")"
                test -e open || read -r line < gate
                echo "$NODE" >> "$SERVICED"
                """#
            try await Site.with(script: script) { site in
                try await site.plan()
                let gate = try Gate(site.scratch)
                var stage = 0
                let first = try await site.tool.run(["run", "plan.json"]) { line in
                    if stage == 0, line.contains("drained") {
                        stage = 1
                        let status = try await site.tool.run(["status", "--output", "json"])
                        let json = try JSONDecoder().decode(
                            SteerRunTests.Status.self,
                            from: Data(status.output.utf8)
                        )
                        let process = try #require(json.process)
                        kill(pid_t(process), SIGINT)
                    } else if stage == 1, line.contains("Ctrl-C again") {
                        stage = 2
                        let status = try await site.tool.run(["status", "--output", "json"])
                        let json = try JSONDecoder().decode(
                            SteerRunTests.Status.self,
                            from: Data(status.output.utf8)
                        )
                        kill(pid_t(try #require(json.process)), SIGINT)
                    } else if stage == 2, line.contains("present step") {
                        stage = 3
                        try gate.open()
                    }
                    return false
                }
                #expect(stage == 3)
                #expect(first.status == .exited(130), "\(first.errors)")
                #expect(first.errors.contains("interrupted again: each node stops"), "\(first.errors)")
                #expect(site.serviced.count == 1)
                let again = try await site.tool.run(["resume"])
                #expect(again.status == .exited(0), "\(again.errors)")
                await site.expectDoneOnce()
            }
        }
    }
}
