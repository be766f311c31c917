"""How the page looks."""

from raglite.page.markup import Markup

STYLE = Markup("""
:root {
  color-scheme: light dark;
  --ground: #f4f3f0; --panel: #ffffff; --ink: #23262b; --soft: #666c75; --line: #e0ddd7; --good: #2f7d55;
  --bad: #c0392b; --warn: #9a6a10;
  --c0: #2467a8; --c1: #c2571a; --c2: #2c8a57; --c3: #8a4fb0; --c4: #a8861b; --c5: #c23b6b; --c6: #1f8c95;
  --c7: #6b6f76; --c8: #5a7d1a; --c9: #3d4aa8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #131518; --panel: #1b1e22; --ink: #dfe2e6; --soft: #979da6; --line: #30343a; --good: #6cc496;
    --bad: #ef7f70; --warn: #dba653;
    --c0: #7db4ea; --c1: #f0975a; --c2: #74cc9b; --c3: #c79ae6; --c4: #dcc262; --c5: #f08aab; --c6: #6fcdd4;
    --c7: #b3b8bf; --c8: #a9cf62; --c9: #98a3f5;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 14px/1.45 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
header, main { max-width: 1500px; margin: 0 auto; padding: 0 1.2rem; }
header { padding-top: 1.1rem; display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; align-items: baseline; }
header b { font-size: 1.05rem; } header span { color: var(--soft); }
a { color: var(--c0); }
h2.name { margin: 2rem 0 .1rem; font-size: 1.25rem; } p.reach { margin: 0 0 .7rem; color: var(--soft); }
.board { display: grid; grid-template-columns: repeat(24, minmax(0, 1fr)); grid-auto-rows: 46px; gap: 8px; }
.widget { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .5rem .7rem;
  overflow: hidden; display: flex; flex-direction: column; min-width: 0; }
.widget > h3 { margin: 0; font-size: .92rem; font-weight: 600; display: flex; gap: .6rem; align-items: baseline; }
.widget > h3 small { margin-left: auto; font-weight: 400; color: var(--soft); white-space: nowrap; }
.text { background: none; border: 0; padding: 0 .2rem; justify-content: flex-end; }
.text h1 { font-size: 1.1rem; margin: 0; } .text h2 { font-size: 1rem; margin: 0; display: inline; }
.text p { margin: 0; color: var(--soft); display: inline; } .text h2 + p { margin-left: .8rem; }
.text > div { line-height: 1.35; } .text:first-child { justify-content: center; }
.plot { flex: 1; min-height: 0; display: flex; gap: .8rem; flex-direction: column; }
.plot.beside { flex-direction: row; } .plot.beside > svg { width: auto; min-width: 0; }
.plot > svg { width: 100%; flex: 1; min-height: 0; display: block; }
svg text { font: 11px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: var(--soft);
  font-variant-numeric: tabular-nums; paint-order: stroke; stroke: var(--panel); stroke-width: 3px; }
.grid { stroke: var(--line); stroke-width: 1; fill: none; }
.line { stroke: var(--c); stroke-width: 1.8; fill: none; stroke-linejoin: round; }
.mark { fill: var(--c); stroke: var(--c); stroke-width: 1.2; }
.area { fill: var(--c); opacity: .28; }
.threshold { stroke: currentColor; stroke-width: 1.6; stroke-dasharray: 3 3; fill: none; }
.legend { display: flex; flex-wrap: wrap; gap: .05rem .95rem; margin: 0; padding: 0; list-style: none;
  font-size: .8rem; }
.plot > .legend { margin-top: -.5rem; } .beside > .legend { flex-direction: column-reverse; justify-content: center; }
.legend li { display: flex; align-items: center; gap: .3rem; white-space: nowrap; }
.legend .none { color: var(--soft); } .legend b { font-weight: 600; font-variant-numeric: tabular-nums; }
.sample { width: 28px; height: 12px; flex: none; }
.s0 { --c: var(--c0); } .s1 { --c: var(--c1); } .s2 { --c: var(--c2); } .s3 { --c: var(--c3); }
.s4 { --c: var(--c4); } .s5 { --c: var(--c5); } .s6 { --c: var(--c6); } .s7 { --c: var(--c7); }
.s8 { --c: var(--c8); } .s9 { --c: var(--c9); }
.empty { margin: auto; color: var(--soft); text-align: center; max-width: 34rem; }
.numbers { display: flex; flex-wrap: wrap; gap: .4rem 2.2rem; margin: auto 0; }
.numbers div { color: var(--soft); font-size: .85rem; }
.numbers b { display: block; color: var(--ink); font-size: 1.9rem; font-weight: 600; line-height: 1.15;
  font-variant-numeric: tabular-nums; }
.alarms { display: grid; grid-template-columns: repeat(auto-fill, minmax(17.5rem, 1fr)); gap: .25rem .9rem;
  margin: .4rem 0 0; padding: 0; list-style: none; overflow-y: auto; }
.alarms li { display: flex; gap: .45rem; align-items: baseline; font-size: .86rem; white-space: nowrap; }
.alarms i { font-style: normal; font-size: .74rem; font-weight: 600; border: 1px solid; border-radius: 3px;
  padding: 0 .3rem; }
.OK { color: var(--good); } .ALARM { color: var(--bad); } .INSUFFICIENT_DATA { color: var(--warn); }
.lines { overflow: auto; margin-top: .4rem; } table { border-collapse: collapse; width: 100%; font-size: .8rem; }
th { text-align: left; color: var(--soft); font-weight: 500; position: sticky; top: 0; background: var(--panel); }
th, td { padding: .16rem .8rem .16rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .74rem; overflow-wrap: anywhere; }
td:not(:last-child) { white-space: nowrap; }
@media (max-width: 60rem) { .board { display: block; } .widget { margin-bottom: 8px; } }
""")
