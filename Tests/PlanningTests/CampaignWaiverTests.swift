import ClusterModel
import Foundation
import Testing

@testable import Planning

@Suite struct CampaignWaiverTests {
    @Test(arguments: [
        ("2026-12-24", "2026-12-25T00:00:00.000Z"),
        ("2026-12-24T12:30:00Z", "2026-12-24T12:30:00.000Z"),
        ("2028-02-29", "2028-03-01T00:00:00.000Z"),
    ])
    func `a waiver is read from its text, a day lasting to its end`(until: String, expires: String) throws {
        let waiver = try Waiver(text: "bare-pod shop/debug until \(until): nobody needs it: ask Kim")
        #expect(waiver.rule == .barePod)
        #expect(waiver.subject == "shop/debug")
        #expect(waiver.reason == "nobody needs it: ask Kim")
        #expect("\(waiver.expires)" == expires)
    }

    @Test(arguments: [
        ("", WaiverError.form),
        ("bare-pod", .form),
        ("bare-pod shop/debug until 2026-12-24", .form),
        ("bare-pod shop/debug until 2026-12-24:", .form),
        ("bare-pod shop/debug to 2026-12-24: why", .form),
        ("bare-pod shop/debug until 2026-12-24 why not", .form),
        ("bear-pod shop/debug until 2026-12-24: why", .rule("bear-pod")),
        ("version-skew w-1 until 2026-12-24: why", .rule("version-skew")),
        ("bare-pod shop/debug until tomorrow: why", .date("tomorrow")),
        ("bare-pod shop/debug until 2026-13-24: why", .date("2026-13-24")),
        ("bare-pod shop/debug until 2026-02-30: why", .date("2026-02-30")),
    ])
    func `a text that is no waiver is refused for what is wrong with it`(text: String, error: WaiverError) {
        #expect(throws: error) { try Waiver(text: text) }
        #expect(!error.description.contains("\n"))
    }

    @Test func `the policy's own limits and the skew cannot be waived`() {
        let never: [Finding.Rule] = [
            .versionSkew, .controlPlaneFirst, .missingNode, .missingKind, .oddObject, .alreadyThere,
            .budgetDeadlock,
        ]
        #expect(never.allSatisfy { !$0.isWaivable })
        #expect(Set(Finding.Rule.waivable).count == Finding.Rule.waivable.count)
    }

    @Test func `every rule is documented, and every one that can be waived twice`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/planning.md")
        let reference = try String(contentsOf: folder.standardizedFileURL, encoding: .utf8)
        for rule in Finding.Rule.allCases {
            let count = reference.components(separatedBy: "`\(rule.rawValue)`").count - 1
            #expect(count >= (rule.isWaivable ? 2 : 1), "\(rule.rawValue)")
        }
    }
}
