import ClusterModel
import Testing

@testable import Execution

/// When a run that waits says so again.
struct WaitNoticeTests {
    private let start = Instant(milliseconds: 0)
    private let spent = RunWait.unproven(wave: 1, reason: "web is spent", until: nil)
    private let fewer = RunWait.unproven(wave: 1, reason: "2 of 3 healthy", until: nil)
    private let blind = RunWait.unreadable(reason: "refused")

    @Test func `the same wait is told at once and then every minute`() {
        var notice = WaitNotice()
        let told = (0...70).filter { notice.isDue(spent, at: start + .seconds($0 * 2)) }
        #expect(told == [0, 30, 60])
    }

    @Test func `another reason is told sooner, but not with every look`() {
        var notice = WaitNotice()
        let reasons = [spent, fewer]
        let told = (0...14).filter { notice.isDue(reasons[$0 % 2], at: start + .seconds($0 * 2)) }
        #expect(told == [0, 5, 10])
    }

    @Test func `another wave, or another kind of wait, is told at once`() {
        var notice = WaitNotice()
        let waits = [spent, blind, .unproven(wave: 2, reason: "web is spent", until: nil)]
        let told = waits.filter { notice.isDue($0, at: start) }
        #expect(told == waits)
    }

    @Test func `what is over is not repeated`() {
        var notice = WaitNotice()
        _ = notice.isDue(blind, at: start)
        notice.sighted()
        #expect(notice.current == nil)
        _ = notice.isDue(spent, at: start)
        notice.sighted()
        #expect(notice.current == spent)
        notice.waveBegan()
        #expect(notice.current == nil)
    }
}
