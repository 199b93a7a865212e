import FoundationEssentials
import Rollout
import Testing

/// The text that stands in state files already: what this release writes, every later one must read.
struct FormatTests {
    @Test(arguments: zip(Examples.events, events)) func `an event keeps its form`(event: Event, text: String) throws {
        #expect(try JSONDecoder().decode(Event.self, from: Data(text.utf8)) == event)
        #expect(try encoded(event) == text)
    }

    @Test(arguments: zip(Examples.effects, effects)) func `an effect keeps its form`(
        effect: Effect,
        text: String
    ) throws {
        #expect(try JSONDecoder().decode(Effect.self, from: Data(text.utf8)) == effect)
        #expect(try encoded(effect) == text)
    }

    private func encoded(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static let events = [
        #"{"waveAdmitted":{"healthy":[{"healthy":3,"workload":"Deployment shop/web"}],"wave":1}}"#,
        #"{"cordoned":{"node":"w-1"}}"#,
        #"{"evictionRefused":{"node":"w-1","pod":"shop/web-0","reason":"it would break\nshop/web","#
            + #""retryAt":1700000005000,"uid":"u"}}"#,
        #"{"evictionAdmitted":{"node":"w-1","pod":"shop/web-0","uid":"u"}}"#,
        #"{"podGone":{"node":"w-1","pod":"shop/web-0","uid":"u"}}"#,
        #"{"drained":{"node":"w-1"}}"#,
        #"{"rebooting":{"bootID":"b","node":"w-1","step":2}}"#,
        #"{"stepFinished":{"node":"w-1","report":{"attempts":3,"failure":"exit 1","name":"kernel","#
            + #""outcome":"failed","output":"\u001b[1m\"é\""},"step":0}}"#,
        #"{"stepFinished":{"node":"w-1","report":{"attempts":1,"name":"reboot","#
            + #""outcome":"alreadyDone","output":""},"step":1}}"#,
        #"{"verified":{"node":"w-1"}}"#,
        #"{"uncordoned":{"node":"w-1"}}"#,
        #"{"waveFinished":{"wave":1}}"#,
        #"{"nodeFailed":{"node":"w-2","phase":"draining","reason":"30 min are over"}}"#,
        #"{"interrupted":{}}"#,
        #"{"halted":{"reason":"w-2: 30 min are over"}}"#,
        #"{"resumed":{}}"#,
        #"{"finished":{}}"#,
        #"{"takenUp":{"by":{"inputs":{"A":"b"},"plan":"abc","process":7,"release":"0.1.0","#
            + #""steps":[{"nodes":["w-1"],"steps":["kernel"]}],"who":"ops@bastion"}}}"#,
        #"{"held":{"reason":"not yet"}}"#,
        #"{"hurried":{}}"#,
        #"{"aborting":{"by":"ops@bastion"}}"#,
        #"{"undone":{"node":"w-1","report":{"attempts":1,"name":"kernel","outcome":"done","output":""},"step":0}}"#,
        #"{"left":{"node":"w-1","reason":"no undo"}}"#,
        #"{"aborted":{}}"#,
        #"{"drifted":{"reason":"w-1 is gone"}}"#,
        #"{"skipped":{"node":"w-1","reason":"is gone"}}"#,
        #"{"gateOpened":{"gate":"errors","place":{"wave":{"_0":2}}}}"#,
        #"{"gateClosed":{"gate":"errors","place":{"campaign":{}},"reason":"2, not below 1"}}"#,
    ]

    private static let effects = [
        #"{"prove":{"wave":1}}"#,
        #"{"cordon":{"node":"w-1"}}"#,
        #"{"evict":{"node":"w-1","pod":"shop/web-0","uid":"u"}}"#,
        #"{"perform":{"node":"w-1","step":0}}"#,
        #"{"perform":{"node":"w-1","rebootedFrom":"b","step":0}}"#,
        #"{"uncordon":{"node":"w-1"}}"#,
        #"{"undo":{"node":"w-1","step":0}}"#,
        #"{"knock":{"gate":"errors","place":{"node":{"_0":"w-1"}}}}"#,
        #"{"record":{"_0":{"cordoned":{"node":"w-1"}}}}"#,
        #"{"wake":{"at":1700000009000}}"#,
        #"{"conclude":{"_0":{"finished":{}}}}"#,
        #"{"conclude":{"_0":{"halted":{"reason":"w-2 failed"}}}}"#,
    ]
}
