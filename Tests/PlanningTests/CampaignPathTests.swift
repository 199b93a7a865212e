import ClusterModel
import Testing

@testable import Planning

/// A path as text: hops by `VERSION:CONTROL-PLANE/WORKERS`.
@Suite struct CampaignPathTests {
    private static func travellers(_ text: String, _ prefix: String) -> [VersionPath.Traveller] {
        zip(1..., text.split(separator: " ")).map { number, version in
            VersionPath.Traveller(name: "\(prefix)\(number)", version: version == "?" ? nil : Version(version))
        }
    }

    private static func text(_ hop: VersionPath.Hop) -> String {
        "\(hop.version):" + hop.controlPlane.joined(separator: ",") + "/" + hop.workers.joined(separator: ",")
    }

    private static func path(_ target: String, _ controlPlane: String, _ workers: String) throws -> VersionPath {
        VersionPath(
            to: try #require(Version(target)),
            controlPlane: travellers(controlPlane, "c"),
            workers: travellers(workers, "w")
        )
    }

    @Test(arguments: [
        // One minor, or a patch: one hop.
        ("1.36.2", "1.35.1", "1.35.1 1.35.0", ["v1.36.2:c1/w1,w2"]),
        ("1.36.2", "1.36.1", "1.36.1 1.35.0", ["v1.36.2:c1/w1,w2"]),
        // Three minors: workers go once.
        ("1.31", "1.28.3", "1.28.3", ["v1.29:c1/", "v1.30:c1/", "v1.31:c1/w1"]),
        ("1.31.4", "1.28 1.28", "1.28 1.29", ["v1.29:c1,c2/", "v1.30:c1,c2/", "v1.31.4:c1,c2/w1,w2"]),
        // Four minors: one stop, as late and as high as can be.
        ("1.32", "1.28", "1.28", ["v1.29:c1/", "v1.30:c1/", "v1.31:c1/w1", "v1.32:c1/w1"]),
        // Two minors of lag before 1.28.
        ("1.27", "1.24", "1.24", ["v1.25:c1/", "v1.26:c1/w1", "v1.27:c1/w1"]),
        ("1.28", "1.25", "1.25", ["v1.26:c1/", "v1.27:c1/", "v1.28:c1/w1"]),
        // Old workers hold the control plane at once.
        ("1.31", "1.30", "1.27 1.30", ["v1.30:/w1", "v1.31:c1/w1,w2"]),
        // Only those stop that must, and those for whom a stop is none the more.
        ("1.32", "1.29", "1.28 1.29", ["v1.30:c1/", "v1.31:c1/w1", "v1.32:c1/w1,w2"]),
        ("1.33", "1.29", "1.28 1.29", ["v1.30:c1/", "v1.31:c1/w1,w2", "v1.32:c1/", "v1.33:c1/w1,w2"]),
        ("1.37", "1.32", "1.30 1.32", ["v1.33:c1/w1", "v1.34:c1/", "v1.35:c1/w1,w2", "v1.36:c1/", "v1.37:c1/w1,w2"]),
        // A control plane of several minors closes ranks first.
        ("1.31", "1.29 1.30 1.30", "1.29", ["v1.30:c1/", "v1.31:c1,c2,c3/w1"]),
        ("1.31.2", "1.31.2 1.30.1", "1.31.2", ["v1.31.2:c2/"]),
        // No control plane of its own: one hop, whatever the distance.
        ("1.31", "", "1.26 1.29", ["v1.31:/w1,w2"]),
        // Nothing to do, downgrades and unknown versions are for the findings.
        ("1.31", "1.31.1", "1.31.0", []),
        ("1.31", "1.32.0", "1.30.0", ["v1.31:c1/w1"]),
        ("1.31", "? 1.29", "? 1.29", ["v1.30:c2/", "v1.31:c1,c2/w1,w2"]),
        ("2.0", "1.36", "1.36", ["v2.0:c1/w1"]),
    ])
    func `an upgrade goes through these versions`(
        target: String,
        controlPlane: String,
        workers: String,
        expected: [String]
    ) throws {
        #expect(try Self.path(target, controlPlane, workers).hops.map(Self.text) == expected)
    }

    /// What the skew policy says, written down once more: along every path it holds at every step.
    @Test func `no step of any path breaks the skew policy, and every node arrives`() throws {
        var generator = SeededGenerator(seed: 20)
        func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }
        for _ in 0..<2000 {
            let oldest = 20 + below(12)
            let target = oldest + 1 + below(8)
            let members = (0...below(3)).map { _ in oldest + below(2) }
            let workers = (0...below(4)).map { _ in
                max(oldest - below(3), oldest - VersionPath.allowedLag(ofServer: oldest))
            }
            let path = try Self.path(
                "1.\(target)",
                members.map { "1.\($0)" }.joined(separator: " "),
                workers.map { "1.\($0)" }.joined(separator: " ")
            )
            let end = try walk(path, members: members, workers: workers)
            #expect(end.allSatisfy { $0 == target }, "\(members) \(workers) to \(target): \(path.hops.map(Self.text))")
        }
    }

    private func walk(_ path: VersionPath, members: [Int], workers: [Int]) throws -> [Int] {
        var servers = Dictionary(uniqueKeysWithValues: zip((1...).lazy.map { "c\($0)" }, members))
        var kubelets = Dictionary(uniqueKeysWithValues: zip((1...).lazy.map { "w\($0)" }, workers))
        for hop in path.hops {
            for name in hop.controlPlane {
                servers[name] = hop.version.minor
                let newest = try #require(servers.values.max())
                #expect(try newest - #require(servers.values.min()) <= 1, "\(path.hops.map(Self.text))")
                let lag = try newest - #require(kubelets.values.min())
                #expect(lag <= (newest >= 28 ? 3 : 2), "\(path.hops.map(Self.text))")
            }
            for name in hop.workers {
                #expect(try #require(kubelets[name]) < hop.version.minor)
                kubelets[name] = hop.version.minor
                #expect(try hop.version.minor <= #require(servers.values.min()))
            }
        }
        return Array(servers.values) + Array(kubelets.values)
    }

    /// By trying out every choice of stops for one worker.
    @Test(arguments: 20..<34, 1..<9)
    func `a worker stops as rarely as the policy allows`(start: Int, distance: Int) throws {
        let target = start + distance
        let path = try Self.path("1.\(target)", "1.\(start)", "1.\(start)")
        let visits = path.hops.count { $0.workers == ["w1"] }
        var fewest = Int.max
        for choice in 0..<(1 << (distance - 1)) {
            let stops = (0..<distance - 1).filter { choice >> $0 & 1 == 1 }.map { start + 1 + $0 }
            var worker = start
            var holds = true
            for server in start + 1...target {
                holds = holds && server - worker <= (server >= 28 ? 3 : 2)
                if stops.contains(server) { worker = server }
            }
            if holds { fewest = min(fewest, stops.count + 1) }
        }
        #expect(visits == fewest)
    }

    @Test func `a minor on the way has the patch that is named for it`() throws {
        let path = VersionPath(
            to: try #require(Version("1.32.1")),
            by: ["1.29.9", "1.31.4"].compactMap(Version.init),
            controlPlane: Self.travellers("1.28 1.29.2", "c"),
            workers: Self.travellers("1.28", "w")
        )
        #expect(path.hops.map(Self.text) == ["v1.29.9:c1/", "v1.30:c1,c2/", "v1.31.4:c1,c2/w1", "v1.32.1:c1,c2/w1"])
    }

    @Test func `only nodes that the campaign includes travel`() {
        var builder = ClusterBuilder()
        builder.addNode("cp-1", isControlPlane: true, version: Version("1.28"))
        for number in 1...3 { builder.addNode("w-\(number)", version: Version("1.28")) }
        let campaign = Campaign(
            purpose: .upgrade(to: Version(major: 1, minor: 30)),
            nodeNames: ["cp-1", "w-1", "w-2"],
            skippedNodes: ["w-2"]
        )
        let path = VersionPath(of: campaign, in: builder.cluster)
        #expect(path?.hops.map(\.nodes) == [["cp-1"], ["cp-1", "w-1"]])
        #expect(VersionPath(of: Campaign(purpose: .service), in: builder.cluster) == nil)
    }
}
