import ClusterModel
import Foundation
import Testing

@testable import Planning

@Suite struct PlanFileTests {
    private static let web = ClusterBuilder.id("web-1")

    private static let sample = Plan(
        campaign: Campaign(
            purpose: .upgrade(to: Version(major: 1, minor: 36, patch: 2)),
            selector: LabelSelector(
                matchLabels: ["pool": "gpu"],
                matchExpressions: [.init(key: "spot", operator: .doesNotExist)]
            ),
            nodeNames: ["w-1", "w-2"],
            stops: [Version(major: 1, minor: 35, patch: 6)]
        ),
        policy: Policy(maxOut: .percent(10), oneZoneAtATime: true, defaultBudget: .count(2)),
        playbook: AttachedPlaybook(file: "upgrade.yaml", text: "steps:\n- run: true\n", inputs: ["a": "b"]),
        createdAt: Instant(milliseconds: 1_764_000_000_123),
        waves: [
            Wave(
                number: 1,
                rounds: 2,
                nodes: ["w-1"],
                moves: [Move(pod: web, from: "w-1", to: "w-2")],
                budgets: [BudgetUse(budget: "shop/web", evictions: 1, allowed: 1, isDefault: false)],
                reason: "1 of 1 allowed out"
            )
        ],
        findings: [
            Finding(
                rule: .barePod,
                severity: .obstacle,
                node: "w-2",
                pod: web,
                budget: ClusterBuilder.id("web"),
                message: "it stands alone",
                fix: "delete it"
            ),
            Finding(rule: .nothingToDo, severity: .note, message: "nothing", fix: "nothing"),
        ],
        bounds: Bounds(waves: 1, rounds: 1, evictions: 1)
    )

    private static let plainest = Plan(
        campaign: Campaign(purpose: .service),
        policy: Policy(defaultBudget: nil),
        createdAt: Instant(milliseconds: 0),
        waves: [],
        findings: [],
        bounds: Bounds(waves: 0, rounds: 0, evictions: 0)
    )

    /// Every key that a plan file may have.
    private static let fullest = Plan(
        campaign: Campaign(purpose: .replace(node: "w-1", with: "w-9"), skippedNodes: ["w-7", "w-8"]),
        policy: Policy(
            maxOut: .count(3),
            perZone: .percent(50),
            pools: [
                PoolLimit(selector: LabelSelector(matchLabels: ["pool": "gpu"]), maxOut: .count(1)),
                PoolLimit(
                    selector: LabelSelector(matchExpressions: [.init(key: "pool", operator: .notIn, values: ["gpu"])]),
                    maxOut: .percent(20)
                ),
            ],
            canary: Canary(nodes: 1, soak: .seconds(300)),
            jobs: .wait(upTo: .seconds(1800)),
            steering: false,
            waivers: [
                Waiver(
                    rule: .barePod,
                    subject: "shop/debug",
                    reason: "nobody needs it",
                    expires: Instant(milliseconds: 1_766_620_800_000)
                )
            ]
        ),
        createdAt: Instant(milliseconds: 7),
        waves: [
            Wave(
                number: 1,
                rounds: 1,
                nodes: ["w-1"],
                moves: [],
                version: Version(major: 1, minor: 29),
                isCanary: true
            )
        ],
        findings: [],
        bounds: Bounds(waves: 1, rounds: 1, evictions: 0),
        estimate: TimeEstimate(low: 90.5, high: 900)
    )

    private static func text(_ plan: Plan) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(PlanFile(plan)), as: UTF8.self)
    }

    private static func read(_ text: String) throws -> Plan {
        try JSONDecoder().decode(PlanFile.self, from: Data(text.utf8)).plan()
    }

    @Test(arguments: [sample, plainest, fullest])
    func `a plan comes back as it was`(_ plan: Plan) throws {
        #expect(try Self.read(Self.text(plan)) == plan)
    }

    @Test(arguments: [
        #""apiVersion":"evenkeel/v1""#, #""kind":"Plan""#, #""createdAt":1764000000123"#,
        #""moves":[{"from":"w-1","pod":"shop/web-1","to":"w-2"}]"#,
        #""bounds":{"evictions":1,"rounds":1,"waves":1}"#,
        #""totals":{"evictions":1,"nodes":1,"rounds":2,"waves":1}"#,
        #"{"fix":"nothing","message":"nothing","rule":"nothing-to-do","severity":"note"}"#,
        #""policy":{"defaultBudget":"2","maxOut":"10%","oneZoneAtATime":true}"#,
        #""purpose":"upgrade""#, #""version":"v1.36.2""#,
        #""budgets":[{"allowed":1,"budget":"shop/web","evictions":1,"isDefault":false}]"#,
    ])
    func `the file has the keys that others read`(part: String) throws {
        #expect(try Self.text(Self.sample).contains(part))
    }

    @Test(arguments: [
        #""node":"w-1","purpose":"replace","#, #""skippedNodes":["w-7","w-8"],"with":"w-9""#,
        #""perZone":"50%","pools":[{"maxOut":"1","selector":{"matchExpressions":[],"matchLabels":{"pool":"gpu"}}}"#,
        #""canary":{"nodes":1,"soakSeconds":300}"#, #""jobWaitSeconds":1800"#, #""steering":false"#,
        #"{"expires":"2025-12-25T00:00:00.000Z","reason":"nobody needs it","rule":"bare-pod","subject":"shop/debug"}"#,
        #""isCanary":true"#, #""version":"v1.29""#, #""estimate":{"high":900,"low":90.5}"#,
    ])
    func `what only some plans have has keys too`(part: String) throws {
        #expect(try Self.text(Self.fullest).contains(part))
    }

    @Test(arguments: [
        "perZone", "pools", "canary", "jobWaitSeconds", "steering", "waivers", "skippedNodes", "with", "isCanary",
        "estimate",
    ])
    func `a plan that does without leaves the key out, as older files do`(key: String) throws {
        #expect(try !Self.text(Self.sample).contains("\"\(key)\""))
        #expect(try Self.text(Self.fullest).contains("\"\(key)\""))
    }

    @Test(arguments: [
        (#""perZone":"50%""#, #""perZone":"half""#, #"policy.perZone is "half", which is not N or N%"#),
        (#""maxOut":"20%""#, #""maxOut":"-1""#, #"policy.pools[1].maxOut is "-1", which is not N or N%"#),
        (#""NotIn""#, #""Not""#, #"policy.pools[1].selector.matchExpressions[0].operator is "Not""#),
        (#""nodes":1,"soak"#, #""nodes":0,"soak"#, #"policy.canary.nodes is "0""#),
        (#""soakSeconds":300"#, #""soakSeconds":-1"#, #"policy.canary.soakSeconds is "-1""#),
        (#""jobWaitSeconds":1800"#, #""jobWaitSeconds":-5"#, #"policy.jobWaitSeconds is "-5""#),
        (#""rule":"bare-pod""#, #""rule":"version-skew""#, #"policy.waivers[0].rule is "version-skew""#),
        (#""rule":"bare-pod""#, #""rule":"new""#, #"policy.waivers[0].rule is "new""#),
        (#""2025-12-25T00:00:00.000Z""#, #""soon""#, #"policy.waivers[0].expires is "soon""#),
        (#""node":"w-1","#, #""node":"","#, #"campaign.node is """#),
        (#""version":"v1.29""#, #""version":"x""#, #"waves[0].version is "x""#),
    ])
    func `a value of a rarer key that cannot be is named with its place`(
        old: String,
        new: String,
        message: String
    ) throws {
        let good = try Self.text(Self.fullest)
        #expect(good.contains(old))
        let error = #expect(throws: PlanFileError.self) {
            try Self.read(good.replacingOccurrences(of: old, with: new))
        }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
    }

    @Test func `a node that comes in several waves counts once`() throws {
        var plan = Self.sample
        plan.waves = zip(1..., ["w-1", "w-2", "w-1"]).map { Wave(number: $0, rounds: 1, nodes: [$1], moves: []) }
        #expect(plan.nodes == ["w-1", "w-2"])
        #expect(plan.totals.nodes == 2)
    }

    @Test(arguments: [
        ("evenkeel/v1", "evenkeel/v2", "this is Plan of evenkeel/v2, not a plan: "),
        (#""Plan""#, #""Playbook""#, "this is Playbook of evenkeel/v1, not a plan: "),
        (
            #""severity":"note""#, #""severity":"dire""#,
            #"findings[1].severity is "dire", which is not obstacle, warning"#
        ),
        (#""rule":"bare-pod""#, #""rule":"new""#, #"findings[0].rule is "new""#),
        (#""pod":"shop/web-1","to""#, #""pod":"web-1","to""#, #"waves[0].moves[0].pod is "web-1", which is not NAME"#),
        (#""pod":"shop/web-1","rule""#, #""pod":"a/b/c","rule""#, #"findings[0].pod is "a/b/c""#),
        (#""budget":"shop/web","fix""#, #""budget":"web","fix""#, #"findings[0].budget is "web""#),
        (#""number":1"#, #""number":0"#, #"waves[0].number is "0""#),
        (#"out","rounds":2"#, #"out","rounds":0"#, #"waves[0].rounds is "0""#),
        (#""maxOut":"10%""#, #""maxOut":"some""#, #"policy.maxOut is "some", which is not N or N%"#),
        (#""defaultBudget":"2""#, #""defaultBudget":"x""#, #"policy.defaultBudget is "x""#),
        (#""version":"v1.36.2""#, #""version":"new""#, #"campaign.version is "new""#),
        (#""purpose":"upgrade""#, #""purpose":"repair""#, #"campaign.purpose is "repair""#),
        (#""purpose":"upgrade""#, #""purpose":"replace""#, #"campaign.node is """#),
        (#""DoesNotExist""#, #""Near""#, #"campaign.selector.matchExpressions[0].operator is "Near""#),
    ])
    func `a value that cannot be is named with its place`(old: String, new: String, message: String) throws {
        let good = try Self.text(Self.sample)
        #expect(good.contains(old))
        let error = #expect(throws: PlanFileError.self) {
            try Self.read(good.replacingOccurrences(of: old, with: new))
        }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("\n") == false)
    }

    @Test func `a wave number comes once`() throws {
        var plan = Self.sample
        plan.waves += plan.waves
        #expect(throws: PlanFileError.duplicateWave(1)) { try Self.read(Self.text(plan)) }
    }

    @Test func `another document is told as such, whatever it holds`() {
        #expect(throws: PlanFileError.kind(apiVersion: nil, kind: nil)) { try Self.read(#"{"items":[]}"#) }
    }
}
