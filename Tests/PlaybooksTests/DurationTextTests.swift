import Playbooks
import Testing

@Suite struct DurationTextTests {
    @Test(arguments: [("90s", 90), ("5m", 300), ("1h30m", 5400), ("2h0m5s", 7205), ("0s", 0), ("168h", 604_800)])
    func `durations are read`(text: String, seconds: Int) {
        #expect(DurationText.parse(text) == .seconds(seconds))
    }

    @Test(
        arguments: [
            "", "5", "m", "5 m", "-5m", "+5m", "1.5h", "5M", "5ms", "30m1h", "1m1m", "5m ", "٣m",
            "99999999999999999999s", "9999999999999999h",
        ]
    )
    func `anything else is none`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test(arguments: [0, 1, 59, 60, 61, 3600, 3661, 5400, 86_400, 604_800])
    func `what is written is read back`(seconds: Int) {
        #expect(DurationText.parse(DurationText.format(.seconds(seconds))) == .seconds(seconds))
    }

    @Test func `durations are written without empty units`() {
        #expect(DurationText.format(.seconds(5400)) == "1h30m")
        #expect(DurationText.format(.seconds(3605)) == "1h5s")
        #expect(DurationText.format(.zero) == "0s")
    }
}
