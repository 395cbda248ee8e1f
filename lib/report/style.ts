// The one style sheet of every page. It stands in the page and its digest in the page's policy, so it may not depend on anything.
// Charts are drawn in fixed colours (lib/report/chart.ts); the rules at the end turn those into the colours of the theme.
import { inks } from "./chart-inks.ts";

const light = `
  --paper:#ffffff; --wash:#f5f7f9; --ink:#16202a; --muted:#586472; --line:#dfe4ea; --strong:#b9c2cc;
  --candidate:#0072b2; --base:#a9781a; --production:#7a5195; --good:#00664a; --bad:#b3401a; --unsure:#8a5a00;
  --train:#0072b2; --val:#009e73; --test:#d55e00; --deployment:#cc79a7;
  --s1:#0072b2; --s2:#d55e00; --s3:#009e73; --s4:#b0568a; --s5:#a67b00; --heat:#0072b2; --on-heat:#ffffff;`;
const dark = `
  --paper:#11161c; --wash:#19212a; --ink:#e8edf2; --muted:#9eabb8; --line:#2b3641; --strong:#4a5866;
  --candidate:#56b4e9; --base:#e0a83a; --production:#c3a1dd; --good:#4fc79d; --bad:#f0875a; --unsure:#e6b450;
  --train:#56b4e9; --val:#35b58c; --test:#ec7c3b; --deployment:#d893b8;
  --s1:#56b4e9; --s2:#ec7c3b; --s3:#35b58c; --s4:#d893b8; --s5:#e0b23c; --heat:#56b4e9; --on-heat:#0b1014;`;

const page = `
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-feature-settings:"kern"}
main{max-width:75rem;margin:0 auto;padding:3rem 1.5rem 5rem}
h1{font-size:2.1rem;line-height:1.15;letter-spacing:-.02em;margin:.1rem 0 .6rem;font-weight:680;overflow-wrap:anywhere}
h2{font-size:1.35rem;line-height:1.25;letter-spacing:-.012em;margin:0 0 .35rem;font-weight:650}
h3{font-size:1rem;line-height:1.3;margin:1.9rem 0 .5rem;font-weight:640}
p{margin:.4rem 0 .8rem;max-width:44rem}
a{color:var(--candidate);text-underline-offset:.18em;text-decoration-thickness:1px}
section{margin-top:3.4rem;padding-top:1.5rem;border-top:1px solid var(--line)}
.note,.caption{color:var(--muted);font-size:.9rem}
.eyebrow{color:var(--muted);font-size:.8rem;letter-spacing:.08em;text-transform:uppercase;margin:0}
code,.mono,pre{font-family:ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace;font-size:.86em}
code{overflow-wrap:anywhere}
pre{background:var(--wash);border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;overflow-x:auto;line-height:1.5;margin:.5rem 0 1rem}
.equation{display:inline-block;background:var(--wash);border:1px solid var(--line);border-radius:6px;padding:.22rem .7rem;font-size:.95rem;font-weight:560;font-variant-numeric:tabular-nums}
.facts{color:var(--muted);font-size:.92rem;margin:.7rem 0 0;max-width:none}
.verdict{margin:1.8rem 0 0;padding:1.25rem 1.5rem 1.15rem;border-radius:8px;background:var(--wash);border:1px solid var(--line);border-left:6px solid var(--tone)}
.verdict p{font-size:1.22rem;line-height:1.42;margin:0;max-width:52rem}
.verdict strong{color:var(--tone);font-weight:700}
.verdict .after{font-size:.95rem;color:var(--muted);margin-top:.5rem}
.promote{--tone:var(--good)} .hold{--tone:var(--bad)} .inconclusive{--tone:var(--unsure)}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:1px;margin:1.5rem 0 0;border:1px solid var(--line);border-radius:8px;overflow:hidden}
.tile{box-shadow:0 0 0 1px var(--line);padding:.85rem 1rem .8rem}
.tile dt{color:var(--muted);font-size:.82rem}
.tile dd{margin:.1rem 0 0;font-size:1.5rem;line-height:1.2;font-weight:640;letter-spacing:-.015em;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.tile dd.aside{font-size:.82rem;font-weight:400;letter-spacing:0;color:var(--muted);line-height:1.35}
nav{margin:1.5rem 0 0;font-size:.9rem}
nav ul{list-style:none;padding:0;margin:0;display:flex;flex-wrap:wrap;gap:.3rem 1.1rem}
.scroll{overflow-x:auto;margin:.6rem 0 1rem;border:1px solid var(--line);border-radius:8px}
.scroll:focus-visible,summary:focus-visible,a:focus-visible{outline:2px solid var(--candidate);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem;font-variant-numeric:tabular-nums}
th,td{padding:.42rem .6rem;text-align:left;vertical-align:middle;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
th:first-child,td:first-child{padding-left:.9rem}th:last-child,td:last-child{padding-right:.9rem}
thead th{color:var(--muted);font-weight:560;font-size:.82rem;line-height:1.3;background:var(--wash);vertical-align:bottom}
tbody th{font-weight:520;min-width:12rem;max-width:20rem;overflow-wrap:anywhere}
.n{text-align:right;white-space:nowrap}
thead .n{white-space:normal;min-width:3.6rem}
.wide{width:17%;min-width:8rem}
.compact{width:auto;min-width:min(100%,26rem)}
.compact .wide{width:16rem}
.scroll.fit{width:fit-content;max-width:100%}
.long{overflow-wrap:anywhere;min-width:12rem}
.up{color:var(--good)} .down{color:var(--bad)} .dim{color:var(--muted)}
.digest{overflow-wrap:anywhere;min-width:16rem;color:var(--muted)}
.bars{display:block;width:100%;min-width:7rem;height:1.05rem}
.fill-candidate{fill:var(--candidate)} .fill-base{fill:var(--base)} .fill-production{fill:var(--production)} .fill-rail{fill:var(--line)}
.fill-train{fill:var(--train)} .fill-val{fill:var(--val)} .fill-test{fill:var(--test)} .fill-deployment{fill:var(--deployment)}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0;margin:.4rem 0 .6rem;font-size:.88rem;color:var(--muted)}
.key svg{width:.75rem;height:.75rem;margin-right:.4rem;vertical-align:-.06rem}
.key.boxes svg{width:1.6rem;height:.8rem;vertical-align:-.08rem}
.key.lines svg{width:1.5rem;height:.5rem;vertical-align:.12rem}
.splitbar{display:block;width:100%;height:2.1rem;border-radius:5px;margin:.9rem 0 .5rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));gap:1.2rem;margin:1rem 0}
figure{margin:0;min-width:0}
.chart{border:1px solid var(--line);border-radius:8px;padding:.9rem 1rem .6rem}
.chart figcaption{font-size:.92rem;font-weight:600;margin-bottom:.45rem}
.chart figcaption span{color:var(--muted);font-weight:400}
.chart>svg{display:block;width:100%;height:auto;overflow:visible}
.chart.narrow{max-width:26rem} .chart.middle{max-width:40rem}
.matrix{width:auto}
.matrix td,.matrix th{min-width:4.2rem;text-align:center;border:1px solid var(--line);padding:.38rem .55rem}
.matrix tbody th{text-align:right;min-width:7rem}
.matrix thead th{white-space:normal;max-width:9rem;overflow-wrap:anywhere;vertical-align:bottom}
.matrix .hit{outline:2px solid var(--candidate);outline-offset:-2px}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));gap:1rem;margin:1rem 0;align-items:start}
.plots details{border:1px solid var(--line);border-radius:8px;overflow:hidden;background:var(--paper);min-width:0}
.plots summary{list-style:none;cursor:zoom-in;display:block}
.plots summary::-webkit-details-marker{display:none}
.plots img{display:block;width:100%;height:auto;background:#fff}
.plots summary>img{height:10rem;object-fit:contain}
.plots .caption{display:block;padding:.45rem .75rem;border-top:1px solid var(--line);overflow-wrap:anywhere}
.plots details[open]{grid-column:1/-1}
.plots details[open] summary{cursor:zoom-out}
.plots details[open] summary>img{height:auto;object-fit:contain;max-height:none}
details.more{margin:.6rem 0}
details.more>summary{cursor:pointer;color:var(--candidate);font-size:.92rem}
.pill{display:inline-block;border:1px solid var(--strong);border-radius:99px;padding:0 .55rem;font-size:.8rem;white-space:nowrap}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr));gap:0 2rem}
.facts-table th{width:13rem;color:var(--muted);font-weight:520}
.frames{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,29rem),1fr));gap:1.6rem 1.2rem;margin:1rem 0}
.frame svg,.frame img{display:block;width:100%;height:auto;border-radius:6px;background:var(--wash)}
.frame figcaption{font-size:.88rem;margin-top:.45rem;overflow-wrap:anywhere}
.box{fill:none;vector-effect:non-scaling-stroke}
.mask-label{fill:#ffffff;fill-opacity:.1;fill-rule:evenodd} .mask-candidate{fill:#56b4e9;fill-opacity:.28;fill-rule:evenodd} .mask-base{fill:#f0b429;fill-opacity:.2;fill-rule:evenodd} .mask-production{fill:#d3a6f2;fill-opacity:.2;fill-rule:evenodd}
.box-label{stroke:#ffffff;stroke-width:2;stroke-dasharray:5 4}
.box-under{stroke:#000000;stroke-width:4;stroke-opacity:.55}
.box-candidate{stroke:#56b4e9;stroke-width:2.5} .box-base{stroke:#f0b429;stroke-width:2} .box-production{stroke:#d3a6f2;stroke-width:2}
footer{margin-top:4rem;padding-top:1.2rem;border-top:1px solid var(--line);color:var(--muted);font-size:.86rem}
@media (max-width:40rem){main{padding:1.6rem 1rem 3.5rem} h1{font-size:1.65rem} .verdict{padding:1rem 1.1rem} .verdict p{font-size:1.08rem}
 .chart>svg text{font-size:14px} section{margin-top:2.5rem} .tiles{grid-template-columns:repeat(2,1fr)} .tile{padding:.7rem .8rem} .tile dd{font-size:1.25rem} th,td{padding:.4rem .5rem} tbody th{min-width:8.5rem} .facts-table th{width:7rem;min-width:6.5rem}}
@media print{:root{${light}} @page{margin:16mm 14mm} body{font-size:10.5pt} main{max-width:none;padding:0} nav{display:none} section{margin-top:1.6rem}
 .scroll{overflow:visible} .chart,.tile,.verdict,figure,tr{break-inside:avoid} h2,h3{break-after:avoid} table{font-size:7.5pt} th,td{padding:.22rem .3rem} thead th{font-size:7pt} thead .n{min-width:0} tbody th{min-width:7rem} .long,.digest,.matrix tbody th{min-width:0}
 .wide,.compact .wide,.bars{min-width:2.6rem;width:auto} .bars{width:100%} .tile dd{font-size:13pt} h1{font-size:20pt} .verdict p{font-size:12.5pt} .equation{font-size:10pt} section{break-before:auto}
 .charts{grid-template-columns:repeat(2,1fr)} .facts-table th{width:8rem} .plots{grid-template-columns:repeat(2,1fr)}}`;

/** Nine steps of heat, mixed in the theme's own colours, so that the table reads on both. */
const heat = Array.from({ length: 9 }, (_, step) => {
  const share = (step + 1) * 10;
  return `.h${step + 1}{background:color-mix(in srgb,var(--heat) ${share}%,var(--paper))${share > 50 ? ";color:var(--on-heat)" : ""}}`;
}).join("");

/** From the fixed colours of the charts to those of the theme. */
const charts = Object.entries(inks)
  .map(
    ([name, ink]) =>
      `.chart svg [fill="${ink}"]{fill:var(--${name})}.chart svg [stroke="${ink}"]{stroke:var(--${name})}`,
  )
  .join("");

export const styleSheet = `:root{color-scheme:light dark;${light}}
@media (prefers-color-scheme:dark){:root{${dark}}}
${page}
${heat}
${charts}
.chart svg text{font-family:inherit}`;
