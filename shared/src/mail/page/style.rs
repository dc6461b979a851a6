//! How the pages look: one sheet, inside each page. No script, no font and nothing else from a network.

/// The sheet. Colours are named once for light and once for dark; a verdict is told
/// by a word and a sign as well as by colour.
pub(super) const SHEET: &str = r"
:root{color-scheme:light dark;--paper:#fbfbf9;--card:#fff;--ink:#1c1f23;--soft:#5a626c;--line:#dcdfe3;--bar:#4a7fb5;--bar2:#9bb9d6;
--passed:#1f7a3d;--failed:#b3261e;--inconclusive:#8a5a00;--link:#1f5fa8;--code:#f1f2f4}
@media (prefers-color-scheme:dark){:root{--paper:#15181c;--card:#1d2126;--ink:#e7e9ec;--soft:#a3abb5;--line:#343a42;--bar:#6ba3dc;
--bar2:#3f5f80;--passed:#5fce86;--failed:#ff8a80;--inconclusive:#f0b849;--link:#8dbdf0;--code:#262b32}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:64rem;margin:0 auto;padding:1.25rem 1rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:.25rem 0 .5rem}
h2{font-size:1.1rem;margin:2rem 0 .6rem}
h3{font-size:1.05rem;margin:0}
p{margin:.4rem 0}
a{color:var(--link)}
.soft{color:var(--soft);font-size:.9rem}
.word{display:inline-block;font-weight:700;font-size:.85rem;letter-spacing:.03em;padding:.05rem .5rem;border:1.5px solid currentColor;border-radius:.35rem;white-space:nowrap}
.passed{color:var(--passed)}.failed{color:var(--failed)}.inconclusive{color:var(--inconclusive)}
.answers{background:var(--card);border:1px solid var(--line);border-left:.4rem solid var(--soft);border-radius:.5rem;padding:.75rem 1rem;margin:1rem 0}
.answers.is-passed{border-left-color:var(--passed)}.answers.is-failed{border-left-color:var(--failed)}
.answers.is-inconclusive{border-left-color:var(--inconclusive)}
.answers dl{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1rem;margin:0}
.answers dt{color:var(--soft)}.answers dd{margin:0;font-weight:600}
pre{background:var(--code);border-radius:.4rem;padding:.6rem .75rem;overflow-x:auto;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;margin:.5rem 0;overflow-wrap:normal}
code{font:.875em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.75rem;margin:1rem 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}
.tile b{display:block;font-size:1.15rem;line-height:1.4}
.tile.warn{border-color:var(--failed)}.tile.warn b{color:var(--failed)}
.card{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.8rem 1rem;margin:0 0 1rem}
.card header{display:flex;flex-wrap:wrap;gap:.3rem .8rem;align-items:center}
svg{display:block;width:100%}
svg text{fill:var(--ink);font:14px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}
svg .soft{fill:var(--soft);font-size:13px}
svg .track{fill:var(--line)}svg .bar{fill:var(--bar)}svg .after{fill:var(--bar2)}
svg .passed{fill:var(--passed)}svg .failed{fill:var(--failed)}svg .inconclusive{fill:var(--inconclusive)}
svg line{stroke:var(--ink);stroke-width:1.5}
table{border-collapse:collapse;width:100%;background:var(--card);border:1px solid var(--line);border-radius:.5rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .7rem;border-top:1px solid var(--line)}
thead th{border-top:0;color:var(--soft);font-weight:600;font-size:.85rem;white-space:nowrap}
td.name{min-width:9rem}td.time{min-width:13rem;font-size:.9rem}tbody th{min-width:9rem}
tr.differs td{font-weight:600}
td.number{white-space:nowrap}
ul{padding-left:1.2rem;margin:.4rem 0}
@media (max-width:980px){
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
tr{display:block;padding:.5rem 0;border-top:1px solid var(--line)}tbody tr:first-child{border-top:0}
td,th{display:block;border:0;padding:.1rem .8rem}td.time{font-size:1rem}
td[data-label]::before{content:attr(data-label) ': ';color:var(--soft);font-weight:400}
.answers dl{grid-template-columns:1fr;gap:0}.answers dd{margin-bottom:.5rem}
}
";
