import Playbooks
import Testing

struct WindowSettingsTests {
    @Test(arguments: [
        ("Sat 01:00-05:00 Asia/Seoul", [6] as [Int], 60, 300, "Asia/Seoul"),
        ("Mon-Fri 22:00-04:00", [1, 2, 3, 4, 5], 1320, 240, "UTC"),
        ("Sat,Sun 00:00-24:00 UTC", [0, 6], 0, 1440, "UTC"),
        ("fri-mon 01:30-02:00 Europe/Berlin", [5, 6, 0, 1], 90, 120, "Europe/Berlin"),
        ("daily 03:00-04:00", [0, 1, 2, 3, 4, 5, 6], 180, 240, "UTC"),
    ])
    func `a window is read`(text: String, days: [Int], start: Int, end: Int, zone: String) throws {
        let window = try #require(WindowSettings(text))
        #expect(window.days == Set(days))
        #expect(window.start == start)
        #expect(window.end == end)
        #expect(window.zone == zone)
    }

    @Test(arguments: [
        "", "Sat", "Sat 1:00-5:00", "Sat 01:00", "Sat 25:00-26:00", "Sat 01:60-02:00", "Someday 01:00-02:00",
        "Sat- 01:00-02:00", "Sat 01:00-02:00 UTC extra", "Sat 24:00-02:00", "Mon-Tue-Wed 01:00-02:00",
    ])
    func `anything else is none`(text: String) { #expect(WindowSettings(text) == nil) }

    @Test func `the settings take windows and the failure policy, and complain with the line`() throws {
        let settings = try SiteSettings.load(
            file: "evenkeel.yaml",
            text: """
                windows: ["Sat 01:00-05:00 Asia/Seoul"]
                policy: {maxFailures: 3, onFailure: undo, onDrift: halt, pace: eager, onWindowClose: pause}
                """
        )
        #expect(settings.windows == [WindowSettings("Sat 01:00-05:00 Asia/Seoul")].compactMap { $0 })
        #expect(settings.policy.maxFailures == 3)
        #expect(settings.policy.onFailure == .undo)
        #expect(settings.policy.onDrift == .halt)
        #expect(settings.policy.pace == .eager)
        #expect(settings.policy.onWindowClose == .pause)
        let problem = #expect(throws: YAMLProblems.self) {
            try SiteSettings.load(file: "evenkeel.yaml", text: "windows:\n  - Satday 01:00-05:00\n")
        }
        #expect("\(try #require(problem))".contains("evenkeel.yaml:2"))
    }
}
