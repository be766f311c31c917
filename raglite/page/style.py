"""How reports look: the accuracy of answers, the validation, drills, benchmarks and loads. The console has its own."""

from raglite.page.markup import Markup

STYLE = Markup("""
:root {
  color-scheme: light dark;
  --ground: #fbfaf8; --panel: #ffffff; --ink: #23262b; --soft: #6a7079; --line: #e4e1db;
  --bar: #4a7fb5; --range: #c9dbee; --good: #2f7d55; --warn: #a86a12; --bad: #b3402f; --mark: #eef3f8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15171a; --panel: #1c1f23; --ink: #dfe2e6; --soft: #949aa4; --line: #30343a;
    --bar: #7fb0e0; --range: #2c4257; --good: #6cc496; --warn: #dba653; --bad: #e5826f; --mark: #232a32;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.55 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
main { max-width: 74rem; margin: 0 auto; padding: 2.5rem 1.5rem 5rem; }
h1 { font-size: 1rem; font-weight: 600; margin: 0 0 1.2rem; color: var(--soft); }
h2 { font-size: 1.15rem; font-weight: 600; margin: 3.2rem 0 .3rem; }
h3 { font-size: .98rem; font-weight: 600; margin: 0; }
p { margin: .3rem 0 .8rem; }
.soft, small { color: var(--soft); }
small { font-size: .83rem; }
code { font: .85em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.verdict { background: var(--panel); border: 1px solid var(--line); border-left: .4rem solid var(--tone);
  border-radius: .5rem; padding: 1.2rem 1.5rem; }
.verdict b { color: var(--tone); font-size: 1.7rem; font-weight: 650; letter-spacing: .01em; display: block;
  line-height: 1.2; }
.verdict p { margin: .3rem 0 0; }
.verdict ul { margin: .9rem 0 0; padding: 0; list-style: none; }
.verdict li { border-top: 1px solid var(--line); padding: .5rem 0; }
.pass { --tone: var(--good); } .warn { --tone: var(--warn); } .block { --tone: var(--bad); }
.good { color: var(--good); } .bad { color: var(--bad); } .middling { color: var(--warn); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .8rem; margin: 1rem 0 0; }
.tile { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: .8rem 1rem .9rem; }
.tile span { display: block; color: var(--soft); font-size: .83rem; }
.tile b { display: block; font-size: 1.45rem; font-weight: 600; line-height: 1.35; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } .wide table { min-width: 46rem; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th { color: var(--soft); font-weight: 500; text-align: left; white-space: nowrap; }
th, td { padding: .38rem 1rem .38rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr > :last-child { padding-right: 0; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td:has(> .bar) { width: 30%; min-width: 9rem; vertical-align: middle; }
.figures { width: 44%; min-width: 20rem; } .figures > div + div { margin-top: .6rem; }
.bar { position: relative; display: block; height: .7rem; border-radius: .2rem;
  background: color-mix(in srgb, var(--line) 55%, transparent); }
.bar i { position: absolute; top: 0; bottom: 0; border-radius: .2rem; background: var(--range); }
.bar b { position: absolute; top: -.12rem; bottom: -.12rem; width: .2rem; margin-left: -.1rem; border-radius: .1rem;
  background: var(--bar); }
.bar u { position: absolute; top: -.2rem; bottom: -.2rem; width: 0; border-left: 1px dashed var(--soft); opacity: .75; }
.tile .bar { margin-top: .5rem; }
article { background: var(--panel); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.2rem;
  margin: .9rem 0; }
article > small { display: block; margin: .15rem 0 .7rem; }
.sides { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 1.6rem; }
@media (max-width: 46rem) { .sides { grid-template-columns: minmax(0, 1fr); } }
h4 { font-size: .8rem; font-weight: 600; color: var(--soft); margin: 0 0 .3rem; }
article > h4 { margin-top: .8rem; }
.sides ol { margin: 0; padding-left: 1.3rem; } .sides li { margin-bottom: .3rem;
  } .sides li::marker { color: var(--soft); }
blockquote { margin: .4rem 0 0; padding: .5rem .8rem; background: var(--mark); border-radius: .3rem;
  font-size: .83rem; white-space: pre-line; overflow-wrap: anywhere; }
summary { cursor: pointer; } details[open] > summary { margin-bottom: .3rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; font-size: .85rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media print { body { background: #fff; } article { break-inside: avoid; } }
""")
