/// The page's looks: light, dark, and A4. Text keeps a contrast of 4.5 to 1 at least, marks one of 3 to 1.
enum PageStyle {
    static let text = """
        :root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#16202c;--soft:#4d5b6b;--line:#d5dbe3;--grid:#e6eaf0;
        --accent:#0b5fbd;--good:#0d6b3c;--goodbg:#e2f4ea;--bad:#b3211a;--badbg:#fde9e7;--warn:#8a5200;--warnbg:#fdf0d8;
        --drain:#b86e00;--service:#1c6fd1;--return:#0b7d74;--reboot:#7a3fb0;--verify:#3a4f9e;--recovery:#7f9a2a;--band:#eef2f7;--area:#cfe1f7;--hatch:#9aa6b4}
        @media (prefers-color-scheme:dark){:root{--bg:#10151c;--card:#18202a;--ink:#e9eef4;--soft:#a9b6c4;--line:#33404f;
        --grid:#26313e;--accent:#7db7ff;--good:#6fd79f;--goodbg:#143324;--bad:#ff9a92;--badbg:#43201e;--warn:#f3bf6a;
        --warnbg:#3d2e12;--drain:#e0973a;--service:#5aa2f5;--return:#3fbfb3;--reboot:#b98be8;--verify:#8fa3f0;--recovery:#b5cf5a;--band:#1f2833;--area:#22405f;--hatch:#6b7887}}
        *{box-sizing:border-box}
        html{font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Noto Sans KR","Noto Sans CJK KR",
        "Apple SD Gothic Neo","Malgun Gothic",sans-serif;-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--bg);color:var(--ink)}
        .skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:1}
        a{color:var(--accent)}:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
        header,main,footer{max-width:66rem;margin:0 auto;padding:0 1.5rem}
        header{padding-top:2.5rem}main{padding-bottom:1rem}
        h1{font-size:2rem;line-height:1.2;margin:0 0 .35rem;letter-spacing:-.01em}
        h2{font-size:1.3rem;margin:2.6rem 0 .8rem;line-height:1.3}h3{font-size:1.02rem;margin:1.6rem 0 .4rem}
        p{margin:.35rem 0}.soft{color:var(--soft)}.small{font-size:.875rem}
        .tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:1rem;margin:1.6rem 0 0;padding:0;list-style:none}
        .tile,.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.1rem 1.2rem}
        .tile .name{font-size:.875rem;color:var(--soft)}
        .tile .value{display:block;font-size:1.75rem;font-weight:650;line-height:1.25;letter-spacing:-.02em;
        font-variant-numeric:tabular-nums;margin:.15rem 0}
        .tile .note{font-size:.84rem;color:var(--soft)}
        .card{margin:.8rem 0}.card>h3:first-child{margin-top:0}
        .good{color:var(--good)}.bad{color:var(--bad)}.sub{display:block;font-size:.78rem;color:var(--soft)}.warn{color:var(--warn)}
        .badge{display:inline-block;border-radius:99px;padding:.1rem .7rem;font-size:.84rem;font-weight:600;white-space:nowrap}
        .badge.good{background:var(--goodbg)}.badge.bad{background:var(--badbg)}.badge.warn{background:var(--warnbg)}
        .scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem}
        caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        th,td{padding:.5rem .6rem;border-bottom:1px solid var(--line);text-align:right;vertical-align:top;
        font-variant-numeric:tabular-nums;white-space:nowrap}
        th:first-child,td:first-child{padding-left:0}th:last-child,td:last-child{padding-right:0}
        thead th{color:var(--soft);font-weight:600;font-size:.82rem;vertical-align:bottom}
        tbody th{font-weight:600}th.l,td.l{text-align:left}tbody th.l{white-space:normal;overflow-wrap:anywhere;min-width:8rem}thead th::first-letter{text-transform:uppercase}thead th,td.wrap{white-space:normal}td.wrap{overflow-wrap:anywhere;min-width:8rem}data{white-space:nowrap}tbody tr:last-child>*{border-bottom:0}
        svg{display:block;width:100%;height:auto;min-width:44rem}svg.bar{min-width:7rem;width:9rem;display:inline-block}
        svg text{fill:var(--soft);font-size:12px;font-family:inherit}svg text.ink{fill:var(--ink)}
        .end{text-anchor:end}.mid{text-anchor:middle}
        .grid{stroke:var(--grid)}.axis{stroke:var(--line)}.band{fill:var(--band)}
        .drain{fill:var(--drain)}.service{fill:var(--service)}.return{fill:var(--return)}
        .reboot{fill:var(--reboot)}.verify{fill:var(--verify)}.recovery{fill:var(--recovery)}
        .area{fill:var(--area)}.healthy{fill:none;stroke:var(--accent);stroke-width:2}
        .keep{fill:none;stroke:var(--warn);stroke-width:2;stroke-dasharray:6 4}
        .down{fill:var(--bad);opacity:.85}.below{fill:var(--drain);opacity:.85}.gap{fill:var(--hatch);opacity:.28}
        .ideal{stroke:var(--hatch);stroke-dasharray:3 4}.left{fill:none;stroke:var(--accent);stroke-width:2.5}
        .track{fill:var(--grid)}.spent{fill:var(--accent)}.over{fill:var(--bad)}.mean{fill:var(--service)}
        .longest{stroke:var(--soft);stroke-width:1.5}
        .legend{display:flex;flex-wrap:wrap;gap:.3rem 1.2rem;list-style:none;margin:.5rem 0 0;padding:0;font-size:.84rem;
        color:var(--soft)}.legend svg{display:inline-block;width:18px;min-width:18px;height:10px;margin-right:.4rem}
        dl{display:grid;grid-template-columns:minmax(9rem,14rem) 1fr;gap:.35rem 1.2rem;font-size:.9rem;margin:.6rem 0}
        dt{font-weight:600}dd{margin:0;color:var(--soft)}
        ul.done{padding-left:1.1rem;margin:.4rem 0}ul.done li{margin:.3rem 0}
        footer{color:var(--soft);font-size:.84rem;padding-bottom:3rem}
        @media (max-width:52rem){.tiles{grid-template-columns:repeat(2,1fr)}h1{font-size:1.6rem}}
        @media print{@page{size:A4;margin:14mm}
        :root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#16202c;--soft:#4d5b6b;--line:#c9d0d9;--grid:#e6eaf0;
        --accent:#0b5fbd;--good:#0d6b3c;--goodbg:#e2f4ea;--bad:#b3211a;--badbg:#fde9e7;--warn:#8a5200;--warnbg:#fdf0d8;
        --drain:#b86e00;--service:#1c6fd1;--return:#0b7d74;--reboot:#7a3fb0;--verify:#3a4f9e;--recovery:#7f9a2a;--band:#eef2f7;--area:#cfe1f7;--hatch:#9aa6b4}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}html{font-size:10.5pt}.skip{display:none}
        header,main,footer{max-width:none;padding:0}header{padding-top:0}
        .tiles{grid-template-columns:repeat(4,1fr);gap:.6rem}.tile{padding:.7rem .8rem}.tile .value{font-size:1.3rem}
        svg{min-width:0}.scroll{overflow:visible}.card,tr,.tile,figure{break-inside:avoid}h2,h3{break-after:avoid}
        .pictures{break-before:page}h2{margin-top:1.6rem}thead{display:table-header-group}}
        """
}
