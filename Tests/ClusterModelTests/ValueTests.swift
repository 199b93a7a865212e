import ClusterModel
import Testing

struct ResourcesTests {
    private let small = Resources(cpu: 500, memory: 1, pods: 1, extended: ["gpu": 1])
    private let large = Resources(
        cpu: 2000,
        memory: 4,
        ephemeralStorage: 9,
        pods: 110,
        extended: ["gpu": 2, "fpga": 1]
    )

    @Test func `amounts add up, resource by resource`() {
        let sum = Resources(cpu: 2500, memory: 5, ephemeralStorage: 9, pods: 111, extended: ["gpu": 3, "fpga": 1])
        #expect(small + large == sum)
        #expect(sum - small == large)
        var grown = small
        grown += large
        #expect(grown == sum)
        grown -= large
        #expect(grown.extended == ["gpu": 1, "fpga": 0])
        #expect(small.maximum(large) == large)
        #expect(small.maximum(Resources(extended: ["gpu": 7])).extended == ["gpu": 7])
    }

    @Test func `sums stop at the largest number`() {
        let most = Resources(cpu: .max, extended: ["gpu": .max])
        #expect((most + most).cpu == .max)
        #expect((most + most).extended == ["gpu": .max])
        let least = Resources(memory: .min)
        #expect((least - Resources(memory: 1)).memory == .min)
        #expect((Resources(memory: 1) - least).memory == .max)
    }

    @Test(
        arguments: [
            (Resources(cpu: 2001), "cpu", 2001, 2000), (Resources(memory: 5), "memory", 5, 4),
            (Resources(ephemeralStorage: 10), "ephemeral-storage", 10, 9), (Resources(pods: 111), "pods", 111, 110),
            (Resources(extended: ["gpu": 2, "tpu": 1]), "tpu", 1, 0),
            (Resources(extended: ["gpu": 3, "fpga": 2]), "fpga", 2, 1),
        ] as [(Resources, String, Int64, Int64)]
    )
    func `the first shortage is named`(request: Resources, resource: String, wanted: Int64, free: Int64) {
        #expect(!large.covers(request))
        let shortage = large.firstShortage(of: request)
        #expect(shortage?.resource == resource)
        #expect(shortage?.wanted == wanted)
        #expect(shortage?.free == free)
    }

    @Test func `what is overdrawn but not requested does not count`() {
        let overdrawn = Resources(cpu: 100, memory: -5, pods: 1, extended: ["gpu": -1])
        #expect(overdrawn.covers(Resources(cpu: 100, pods: 1)))
        #expect(!overdrawn.covers(Resources(memory: 1)))
        #expect(overdrawn.covers(Resources(extended: ["gpu": 0])))
    }

    @Test func `quantities are set by resource`() {
        var resources = Resources()
        for (name, quantity) in [
            ("cpu", "1500m"), ("memory", "1Ki"), ("ephemeral-storage", "2k"), ("pods", "110"), ("gpu", "1"),
            ("none", "0"),
        ] {
            let isSet = resources.set(name, quantity: quantity)
            #expect(isSet)
        }
        let expected = Resources(cpu: 1500, memory: 1024, ephemeralStorage: 2000, pods: 110, extended: ["gpu": 1])
        #expect(resources == expected)
        let isSet = resources.set("cpu", quantity: "much")
        #expect(!isSet)
        #expect(resources == expected)
    }
}

struct VersionTests {
    @Test(arguments: [
        ("v1.35.4", Version(major: 1, minor: 35, patch: 4)), ("1.36", Version(major: 1, minor: 36)),
        ("v1.33.1+k3s1", Version(major: 1, minor: 33, patch: 1)),
        ("1.30.0-rc.1", Version(major: 1, minor: 30, patch: 0)),
        ("1", nil), ("1.2.3.4", nil), ("v1.x", nil), ("", nil), ("1.-2", nil), ("1.2.-3", nil), ("a.b.c", nil),
        ("1.99999999999999999999", nil),
    ])
    func `versions are read, a vendor's own part is left out`(text: String, version: Version?) {
        #expect(Version(text) == version)
    }

    @Test func `versions order by number, and tell how far they are apart`() throws {
        let texts = ["1.9.9", "1.10", "1.10.1", "1.28.0", "2.0"]
        let versions = texts.compactMap { Version($0) }
        #expect(versions.sorted() == versions && versions.count == texts.count)
        #expect(versions[3].minorsAhead(of: versions[1]) == 18)
        #expect(versions[1].minorsAhead(of: versions[3]) == -18)
        #expect(versions[4].minorsAhead(of: versions[3]) == nil)
        #expect(versions.map(\.description) == ["v1.9.9", "v1.10", "v1.10.1", "v1.28.0", "v2.0"])
    }

    @Test(arguments: [
        ("1.30.4", "1.30", true), ("1.30.4", "1.30.4", true), ("1.30.4", "1.30.5", false), ("1.31.0", "1.30", false),
    ])
    func `a target without a patch takes any patch`(version: String, target: String, satisfied: Bool) throws {
        #expect(try #require(Version(version)).satisfies(#require(Version(target))) == satisfied)
    }
}

struct InstantTests {
    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:00.001Z", 1), ("1969-12-31T23:59:59.999Z", -1),
            ("2026-11-25T06:25:56.123456Z", 1_795_587_956_123), ("2000-02-29T12:00:00Z", 951_825_600_000),
            ("1900-03-01T00:00:00Z", -2_203_891_200_000), ("9999-12-31T23:59:59.9Z", 253_402_300_799_900),
        ] as [(String, Int64)]
    )
    func `moments are read to the millisecond`(text: String, milliseconds: Int64) {
        #expect(Instant(text: text) == Instant(milliseconds: milliseconds))
    }

    @Test(arguments: [
        "", "Z", "2026-11-25T06:25:56", "2026-11-25 06:25:56Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
        "2026-11-25T24:00:00Z", "2026-11-25T00:60:00Z", "99999999999999-01-01T00:00:00Z", "2026-11T00:00:00Z", "aTbZ",
        "2026-11-25T06:25:56.1.2Z", "2026-11-25T06:25:56.x1Z", "2026-11-25T06:25:56+01:00",
    ])
    func `anything else is no moment`(text: String) { #expect(Instant(text: text) == nil) }

    @Test func `moments are written as they are read, and differences are durations`() throws {
        for milliseconds: Int64 in [0, -1, 951_825_600_001, -2_203_891_200_000, 1_795_587_956_123] {
            let instant = Instant(milliseconds: milliseconds)
            #expect(Instant(text: instant.description) == instant)
        }
        let start = Instant(milliseconds: 1500)
        #expect((start + .seconds(2)).since(start) == .seconds(2))
        #expect(start < start + .milliseconds(1))
        #expect(Duration.milliseconds(1500).seconds == 1.5)
    }
}

struct IdentifierTests {
    @Test(arguments: ["a/b", "kube-system/etcd-cp-1"])
    func `names in namespaces read back as they are written`(text: String) {
        #expect(PodID(text)?.description == text)
    }

    @Test(arguments: ["", "a", "/", "a/", "/b", "a/b/c"])
    func `other texts are no names`(text: String) { #expect(PodID(text) == nil) }

    @Test func `workloads are kind and name`() {
        let id = WorkloadID(kind: "Deployment", namespace: "a", name: "b")
        #expect(WorkloadID("Deployment a/b") == id)
        #expect(WorkloadID("Deployment") == nil && WorkloadID("Deployment a") == nil && WorkloadID("x y a/b") == nil)
        #expect(id.keepsReplicas)
        #expect(!WorkloadID(kind: "DaemonSet", namespace: "a", name: "b").keepsReplicas)
        #expect(PodID(namespace: "a", name: "z") < PodID(namespace: "b", name: "a"))
        #expect(WorkloadID(kind: "Z", namespace: "a", name: "a") < WorkloadID(kind: "A", namespace: "a", name: "b"))
    }
}
