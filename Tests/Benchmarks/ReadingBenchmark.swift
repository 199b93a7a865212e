import ClusterModel
import Foundation
import Kubernetes

/// Reads a snapshot as `plan` does, and beside it parsers that do nothing else, on the same file.
///
/// Peak memory counts what is resident beyond the mapped file.
func benchmarkReading(file: String) throws {
    let size = try Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped).count
    print("reading \(file): \(size / 1_000_000) MB")
    var cluster: Cluster?
    let reading = try Cost.of { cluster = try SnapshotReader.read(paths: [file]) }
    let counts = cluster.map { "\($0.nodes.count) nodes, \($0.pods.count) pods" } ?? ""
    cluster = nil
    print("  evenkeel, into a cluster: \(reading.text(of: size)) (\(counts))")

    var tokens = 0
    let walking = try Cost.of {
        let data = try Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped)
        tokens = data.withUnsafeBytes(walk)
    }
    print("  bare walk over its tokens: \(walking.text(of: size)) (\(tokens) tokens)")
    guard size <= 100_000_000 else { return }
    let parsing = try Cost.of {
        let data = try Data(contentsOf: URL(fileURLWithPath: file), options: .alwaysMapped)
        _ = try JSONSerialization.jsonObject(with: data)
    }
    print("  Foundation's JSONSerialization: \(parsing.text(of: size))")
}

/// Counts strings, brackets and other values byte by byte: the least that any parser does.
private func walk(_ bytes: UnsafeRawBufferPointer) -> Int {
    var tokens = 0
    var index = 0
    var isInWord = false
    while index < bytes.count {
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""):
            tokens += 1
            while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
            }
            index += 1
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "}"), UInt8(ascii: "]"):
            tokens += 1
            isInWord = false
        case UInt8(ascii: ","), UInt8(ascii: ":"), 0...0x20: isInWord = false
        default:
            if !isInWord { tokens += 1 }
            isInWord = true
        }
    }
    return tokens
}

/// What some work took of the processor and of the memory.
private struct Cost {
    var cpuSeconds: Double
    var peakBytes: Int

    static func of(_ work: () throws -> Void) throws -> Cost {
        // Lets the kernel count the peak anew; where it does not, the peak of the whole process is shown.
        try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
        let start = cpuSeconds()
        try work()
        return Cost(cpuSeconds: cpuSeconds() - start, peakBytes: peakBytes())
    }

    func text(of size: Int) -> String {
        let speed = Double(size) / 1_000_000 / max(cpuSeconds, 0.001)
        let above = max(0, peakBytes - size) >> 20
        return "\(hundredths(cpuSeconds)) CPU s, \(Int(speed)) MB/s, \(above) MiB above the file"
    }

    private func hundredths(_ value: Double) -> String {
        let whole = Int((value * 100).rounded())
        return "\(whole / 100).\(whole / 10 % 10)\(whole % 10)"
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(.init(RUSAGE_SELF.rawValue), &usage)
        let seconds = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
        return Double(seconds) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1_000_000
    }

    private static func peakBytes() -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) << 10
    }
}
