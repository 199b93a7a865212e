import Reporting
import Testing

struct DurationLabelTests {
    @Test(arguments: [
        (0, "0 s"), (1, "1 ms"), (99, "99 ms"), (100, "0.1 s"), (400, "0.4 s"), (449, "0.4 s"), (950, "1 s"),
        (1000, "1 s"), (1500, "1.5 s"), (9949, "9.9 s"), (9950, "10 s"), (32_400, "32 s"), (59_499, "59 s"),
        (59_500, "1 min"), (92_000, "1 min 32 s"), (119_700, "2 min"), (3_599_499, "59 min 59 s"), (3_599_500, "1 h"),
        (7_500_000, "2 h 5 min"), (86_369_000, "23 h 59 min"), (86_370_000, "1 d"), (273_600_000, "3 d 4 h"),
        (-1500, "-1.5 s"),
    ]) func `a duration shows its two leading units`(milliseconds: Int, text: String) {
        #expect(DurationLabel.text(.milliseconds(milliseconds)) == text)
    }
}

struct TextTableTests {
    @Test func `columns line up by what the terminal shows`() {
        var table = TextTable([.left("NAME"), .right("COUNT"), .left("NOTE")])
        table.add([.init("node"), .init("1"), .init("x")])
        table.add([.init("日本"), .init("10"), .init("")])
        table.add([.init("e\u{301}é"), .init("200000"), .init("yy")])
        #expect(
            table.render(color: false) == """
                NAME   COUNT  NOTE
                node       1  x
                日本      10
                e\u{301}é    200000  yy

                """
        )
    }

    @Test func `a table without rows is nothing`() {
        #expect(TextTable([.left("NAME")]).render(width: 80, color: true) == "")
    }

    @Test func `the widest of the columns that may shrink is cut first`() {
        var table = TextTable([.left("A", mayShrink: true), .left("B"), .left("C", mayShrink: true)])
        table.add([.init("a-rather-long-name"), .init("fixed-width"), .init("twelve-wide!")])
        #expect(
            table.render(width: 36, color: false) == """
                A           B            C
                a-rather-…  fixed-width  twelve-wid…

                """
        )
        #expect(
            table.render(width: 10, color: false) == """
                A         B            C
                a-rathe…  fixed-width  twelve-…

                """
        )
    }

    @Test func `missing cells are empty and surplus ones are left out`() {
        var table = TextTable([.left("A"), .left("B")])
        table.add([.init("1")])
        table.add([.init("1"), .init("2"), .init("3")])
        #expect(table.render(color: false) == "A  B\n1\n1  2\n")
    }

    @Test func `colour surrounds the text and not its padding`() {
        var table = TextTable([.left("A"), .right("BB")])
        table.add([.init("x", .bad), .init("y", .good)])
        #expect(
            table.render(color: true)
                == "\u{1B}[2mA\u{1B}[0m  \u{1B}[2mBB\u{1B}[0m\n\u{1B}[31mx\u{1B}[0m   \u{1B}[32my\u{1B}[0m\n"
        )
    }

    @Test func `a cell cannot command the terminal or break its line`() {
        var table = TextTable([.left("A")])
        table.add([.init("a\u{1B}[2J\nb\u{202E}c")])
        #expect(table.render(color: false) == "A\na [2J b c\n")
    }
}

struct TerminalTextTests {
    @Test(arguments: [
        ("", 0), ("node-1", 6), ("né", 2), ("ne\u{301}", 2), ("日本", 4), ("한국", 4), ("ｗ", 2), ("🚀", 2), ("❤️", 2),
        ("👩‍👩‍👧", 2), ("\u{200B}", 0), ("…", 1),
    ]) func `a text is as wide as a terminal shows it`(text: String, width: Int) {
        #expect(TerminalText.width(text) == width)
    }

    @Test(arguments: [
        ("worker", 6, "worker"), ("worker", 5, "work…"), ("worker", 1, "…"), ("worker", 0, ""), ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
    ]) func `a text is cut to a width`(text: String, width: Int, cut: String) {
        #expect(TerminalText.cut(text, to: width) == cut)
    }
}
