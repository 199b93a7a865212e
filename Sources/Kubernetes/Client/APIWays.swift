import ClusterModel
import Ports
import Synchronization

/// The ways to an API, of which one at a time is taken.
actor APIWays {
    nonisolated let count: Int
    private nonisolated let asked: Mutex<String>
    private let routes: [any APIRoute]
    private let userAgent: String
    private let time: any Timepiece
    private var links: [Int: APILink] = [:]
    private var opening: [Int: Task<APILink, any Error>] = [:]
    private var present = 0
    /// The present way, or what it leads to, is not what it should be.
    private var isDoubted = false
    private var isClosed = false

    init(_ routes: [any APIRoute], userAgent: String, time: any Timepiece) {
        self.routes = routes
        self.userAgent = userAgent
        self.time = time
        count = routes.count
        asked = Mutex(routes.first?.name ?? "")
    }

    nonisolated var server: String { asked.withLock { $0 } }

    /// The present way, opened where it is not; the next one where it is in doubt.
    ///
    /// - Throws: `Setback`, and the next call tries the next way.
    func link() async throws -> APILink {
        if isDoubted {
            isDoubted = false
            present = (present + 1) % count
            await closeIfBroken(present)
        }
        let index = present
        do {
            let link = try await openLink(index)
            asked.withLock { $0 = link.server }
            return link
        } catch let setback as Setback {
            asked.withLock { $0 = routes[index].name }
            if index == present { isDoubted = true }
            throw setback
        }
    }

    /// What this way leads to did not answer.
    func doubt(_ link: APILink) {
        if links[present] === link { isDoubted = true }
    }

    func close() async {
        isClosed = true
        for task in opening.values { _ = try? await task.value }
        let open = links.values
        links = [:]
        for link in open { await link.close() }
        for route in routes { await route.close() }
    }

    private func closeIfBroken(_ index: Int) async {
        guard let link = links[index], await !link.door.isOpen(), links[index] === link else { return }
        links[index] = nil
        await link.close()
    }

    /// However many requests wait for a way, it is opened once.
    private func openLink(_ index: Int) async throws -> APILink {
        if let link = links[index] { return link }
        if isClosed { throw CancellationError() }
        if let task = opening[index] { return try await task.value }
        let (route, userAgent, time) = (routes[index], userAgent, time)
        let task = Task { try await Self.open(route, userAgent: userAgent, time: time) }
        opening[index] = task
        defer { opening[index] = nil }
        let link = try await task.value
        links[index] = link
        return link
    }

    private static func open(
        _ route: any APIRoute,
        userAgent: String,
        time: any Timepiece
    ) async throws -> APILink {
        do {
            let door = try await route.open()
            do {
                try TLSMaterial.checkExpiry(of: door.config, at: time.now)
                return try APILink(door, userAgent: userAgent, time: time)
            } catch {
                await door.close()
                throw error
            }
        } catch ControlError.unreachable(let line) {
            throw Setback(error: .unreachable(line), mayPass: true, isAbsence: true, isUnsent: true)
        } catch let error as ControlError {
            throw Setback(error: error, isUnsent: true)
        }
    }
}
