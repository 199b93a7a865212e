import Foundation
import Reporting

/// What one piece of work cost.
struct Figure {
    var name: String
    /// How many of whatever `name` counts.
    var count: Int
    /// User and system time of the whole process (getrusage).
    var cpuSeconds: Double
    var wallSeconds: Double
    /// The highest resident size during the work, in MiB.
    var peakMemory: Double
    /// What the same took in the plainest way; a figure beside a peer or a bound says more than one alone.
    var beside: Peer?

    struct Peer {
        var name: String
        var cpuSeconds: Double
        var wallSeconds: Double
    }

    /// Does the work once and says what it cost.
    static func measuring(_ name: String, count: Int, _ work: () async throws -> Void) async throws -> Figure {
        Usage.resetPeakMemory()
        let clock = ContinuousClock()
        let (start, cpu) = (clock.now, Usage.cpuSeconds)
        try await work()
        return Figure(
            name: name,
            count: count,
            cpuSeconds: Usage.cpuSeconds - cpu,
            wallSeconds: start.duration(to: clock.now) / .seconds(1),
            peakMemory: Usage.peakMemory
        )
    }

    func beside(_ other: Figure) -> Figure {
        var figure = self
        figure.beside = Peer(name: other.name, cpuSeconds: other.cpuSeconds, wallSeconds: other.wallSeconds)
        return figure
    }

    static func table(of figures: [Figure]) -> String {
        var table = TextTable([
            .left("WHAT"), .right("COUNT"), .right("CPU S"), .right("WALL S"), .right("PER S"), .right("PEAK MIB"),
            .right("CPU RATIO"), .right("WALL RATIO"), .left("BESIDE"),
        ])
        for figure in figures {
            let peer = figure.beside
            let cells = [
                figure.name, "\(figure.count)", decimal(figure.cpuSeconds), decimal(figure.wallSeconds),
                "\(Int(Double(figure.count) / max(figure.wallSeconds, 1e-9)))", decimal(figure.peakMemory),
                peer.map { decimal(figure.cpuSeconds / max($0.cpuSeconds, 1e-9)) } ?? "",
                peer.map { decimal(figure.wallSeconds / max($0.wallSeconds, 1e-9)) } ?? "", peer?.name ?? "",
            ]
            table.add(cells.map { TextTable.Cell($0) })
        }
        return table.render(color: false)
    }

    private static func decimal(_ value: Double) -> String { String(format: "%.2f", value) }
}

/// What the kernel knows of this process.
enum Usage {
    static var cpuSeconds: Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        let seconds = { (time: timeval) in Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// See proc(5): 5 sets the peak back to the present size. Elsewhere the peak is that of the whole process so far.
    static func resetPeakMemory() {
        try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
    }

    /// In MiB.
    static var peakMemory: Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        if let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(separator: " ").compactMap({ Double($0) }).first
        {
            return kibibytes / 1024
        }
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return Double(usage.ru_maxrss) / 1024
    }
}
