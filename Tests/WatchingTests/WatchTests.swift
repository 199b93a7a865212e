import ClusterModel
import FoundationEssentials
import History
import Ports
import Reliability
import Testing

@testable import Watching

struct WatchTests {
    /// A watcher that is killed, loses the API, or whose clock leaps, at random: what it then knows is what was true
    /// while it vouched, second by second.
    @Test(arguments: 0..<60) func `random interruptions neither lose nor invent nor double a second`(
        seed: UInt64
    ) async throws {
        var scene = try WatchScene(seed: seed)
        defer { scene.remove() }
        try await scene.play()
        let record = try await scene.record()
        let window = Interval(from: WatchScene.at(0), to: WatchScene.at(scene.seconds))
        for name in WatchScene.names {
            let timeline = record.nodes[name] ?? HealthTimeline([])
            let looked = (0..<scene.seconds).filter { scene.vouched.contains($0) }
            #expect(timeline.observed(in: window).duration == .seconds(looked.count))
            let down = looked.filter { !scene.truth[$0].contains(name) }
            #expect(timeline.down(in: window).duration == .seconds(down.count), "\(name)")
        }
    }

    @Test func `what is gone is wanted no more, and what never wanted a pod is not written`() {
        var state = WatchState()
        let web = WorkloadID(kind: "Deployment", namespace: "shop", name: "web")
        let idle = WorkloadID(kind: "Deployment", namespace: "shop", name: "idle")
        let agent = WorkloadID(kind: "DaemonSet", namespace: "shop", name: "agent")
        let pods = [
            Pod(id: PodID(namespace: "shop", name: "a"), uid: "a", workload: web),
            Pod(id: PodID(namespace: "shop", name: "b"), uid: "b", workload: agent),
        ]
        let workloads = [Workload(id: web, replicas: 1), Workload(id: idle, replicas: 0), Workload(id: agent)]
        state.look(at: Cluster(nodes: [], pods: pods, workloads: workloads), now: WatchScene.at(0))
        #expect(state.take(now: WatchScene.at(1)).0.map(\.subject) == [.workload(web)])
        state.apply(.podGone(PodID(namespace: "shop", name: "b"), uid: "b"), now: WatchScene.at(2))
        state.apply(.workloadGone(web), now: WatchScene.at(3))
        let written = state.take(now: WatchScene.at(4)).0
        #expect(written.map(\.wanted) == [0])
        #expect(written.map(\.at) == [WatchScene.at(3)])
    }

    @Test func `a clock that is set back never takes a second twice`() {
        var state = WatchState()
        state.look(at: WatchScene.cluster(["n-1"]), now: WatchScene.at(100))
        _ = state.take(now: WatchScene.at(110))
        state.apply(.node(WatchScene.node("n-1", ready: false)), now: WatchScene.at(50))
        let (changed, until) = state.take(now: WatchScene.at(60))
        #expect(changed.map(\.at) == [WatchScene.at(110)])
        #expect(until == WatchScene.at(110))
    }
}

/// Two nodes whose readiness changes at random, watched by a watcher that fares badly.
struct WatchScene {
    static let names = ["n-1", "n-2"]
    static let beat = 5

    let seconds = 400
    private(set) var truth: [Set<String>] = []
    private(set) var vouched: Set<Int> = []
    private var random: UInt64
    private var ready = Set(names)
    private let file: ObservationFile
    private let folder: String
    private var state: WatchState?
    private var spanStart = 0
    private var lastWrite = 0

    init(seed: UInt64) throws {
        random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let name = "evenkeel-watch-\(seed)-\(UInt64.random(in: 0...UInt64.max))"
        let path = FileManager.default.temporaryDirectory.appending(path: name).path
        folder = path
        file = try ObservationFile.open(path: path + "/observations.sqlite")
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    static func at(_ second: Int) -> Instant { Instant(milliseconds: 1_764_000_000_000 + Int64(second) * 1000) }

    static func node(_ name: String, ready: Bool) -> Node {
        Node(name: name, ready: ready, allocatable: Resources(pods: 10))
    }

    static func cluster(_ ready: Set<String>) -> Cluster {
        Cluster(nodes: names.map { node($0, ready: ready.contains($0)) })
    }

    mutating func play() async throws {
        var second = 0
        while second < seconds {
            if below(7) == 0 { try flip(at: second) }
            truth.append(ready)
            switch (state != nil, below(40)) {
            case (true, 0): state = nil  // Killed: what it had not written is lost.
            case (true, 1): try await disconnect(at: second)
            case (true, 2):
                second = standStill(from: second)
                try await write(at: second)
            case (false, 0...6): try await start(at: second)
            default: if state != nil, second % Self.beat == 0 { try await write(at: second) }
            }
            second += 1
        }
    }

    func record() async throws -> WatchRecord {
        try await file.record(in: Interval(from: Self.at(0), to: Self.at(seconds)))
    }

    private mutating func flip(at second: Int) throws {
        let name = Self.names[below(2)]
        if ready.remove(name) == nil { ready.insert(name) }
        state?.apply(.node(Self.node(name, ready: ready.contains(name))), now: Self.at(second))
    }

    private mutating func start(at second: Int) async throws {
        var fresh = WatchState(known: try await file.latest())
        fresh.look(at: Self.cluster(ready), now: Self.at(second))
        state = fresh
        spanStart = second
        lastWrite = second
        try await write(at: second)
    }

    private mutating func disconnect(at second: Int) async throws {
        try await write(at: second)
        state?.goBlind()
        state = nil
    }

    /// The process sleeps for a minute in which the world goes on.
    private mutating func standStill(from second: Int) -> Int {
        let end = min(seconds - 1, second + 60)
        for _ in second..<end { truth.append(ready) }
        return end
    }

    private mutating func write(at second: Int) async throws {
        guard var state else { return }
        if state.leap(to: Self.at(second), beat: .seconds(Self.beat)) != nil { spanStart = second }
        let (changed, until) = state.take(now: Self.at(second))
        if let span = state.span {
            try await file.extendSpan(span, with: changed, until: until)
        } else {
            state.span = try await file.beginSpan(changed, at: until)
        }
        self.state = state
        vouched.formUnion(spanStart..<second)
        lastWrite = second
        spanStart = min(spanStart, second)
    }

    private mutating func below(_ limit: Int) -> Int {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Int(random % UInt64(limit))
    }
}
