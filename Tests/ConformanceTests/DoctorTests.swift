import Testing

extension Conformance {
    /// `evenkeel doctor` on a control plane with a real etcd and machines to log in to.
    @Suite(.wholeLab) struct DoctorTests {
        @Test func `it finds etcd well, and looks at every machine`() async throws {
            let lab = try Lab.required()
            try await Scratch.with { scratch in
                let options = ["--kubeconfig", lab.kubeconfig("admin"), "--config", try lab.writeSettings(in: scratch)]
                let result = try await Evenkeel().run(["doctor", "--ssh", "--output", "json"] + options)
                let json = try #require(JSONObject(text: result.output), "\(result.errors)")
                let checks = json.objects("findings").compactMap { $0.string("check") }
                // How full this machine's disks are, and what its clients use, is not the lab's.
                #expect(
                    !checks.contains { $0.hasPrefix("etcd") || $0 == "not-looked-at" || $0 == "clock" },
                    "\(result.output)"
                )
                #expect(json.list("notes").first?.contains("1 member") == true, "\(json.list("notes"))")
            }
        }
    }
}
