import Crypto
import Foundation
import Planning
import Ports
import Rollout

/// A plan as it lies in its file.
struct PlanSource {
    var plan: Plan
    var text: String

    static func read(_ path: String) throws -> PlanSource {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure("\(path): there is no such plan: write one with `evenkeel plan … --output json`")
        }
        if data.isEmpty { throw CommandFailure("\(path): is empty: write the plan anew") }
        let text = String(decoding: data, as: UTF8.self)
        return PlanSource(plan: try parse(text, named: path), text: text)
    }

    static func parse(_ text: String, named path: String) throws -> Plan {
        do {
            return try JSONDecoder().decode(PlanFile.self, from: Data(text.utf8)).plan()
        } catch let error as PlanFileError {
            throw CommandFailure("\(path): \(error)")
        } catch {
            throw CommandFailure(
                "\(path): is no plan, or not a whole one: write it with `evenkeel plan … --output json`"
            )
        }
    }

    /// SHA-256 in hexadecimal, by which plans are told apart.
    static func digest(of text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return byte < 16 ? "0" + digits : digits
        }.joined()
    }
}

/// What an earlier process may have left behind.
enum RunIdentity {
    /// Gives back the lease of a run that came to its end, or to its halt, and died before it could do so itself.
    ///
    /// Only under the record's lock: nobody else can be at work on that run then.
    static func releaseLeftover(
        in journal: some RunJournal,
        of control: some ClusterControl,
        holder: String
    ) async throws {
        guard let last = try await journal.runs().first else { return }
        switch try await journal.events(of: last.id).last?.event {
        case .finished, .halted, .aborted: try await control.releaseLease(holder: "\(last.id) \(holder)")
        default: break
        }
    }
}
