/** The page's look, in the page: from 360 px up, light and dark, and on paper. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2733;--soft:#5b6877;--line:#d3dae2;--wash:#f5f7f9;--good:#1e7a3c;--back:#8a5a00;--bad:#b3212a;--open:#2c6fbb;--ask:#fff6df;--ask-line:#d19a1a}
@media (prefers-color-scheme:dark){:root{--paper:#151b22;--ink:#e6ebf0;--soft:#9fabb8;--line:#3a4653;--wash:#1d252e;--good:#63c985;--back:#e0ab4c;--bad:#ff7b80;--open:#6aa8ea;--ask:#2d2716;--ask-line:#b98a24}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
main{max-width:1080px;margin:0 auto;padding:20px 16px 48px}
h1{font-size:1.55rem;line-height:1.25;margin:0 0 12px}
h2{font-size:1.15rem;margin:32px 0 8px;padding-bottom:4px;border-bottom:1px solid var(--line)}
p,ul,ol,dl{margin:0 0 10px}ul,ol{padding-left:1.3em}li{margin:2px 0}
.outcome{border-left:5px solid;padding:8px 14px;background:var(--wash);margin-bottom:8px}
.outcome b{letter-spacing:.02em}
.outcome.good{border-color:var(--good)}.outcome.back{border-color:var(--back)}.outcome.bad{border-color:var(--bad)}.outcome.open{border-color:var(--open)}
.good b,.mark.done{color:var(--good)}.back b{color:var(--back)}.bad b,.mark.failed,.mark.not-done{color:var(--bad)}.open b{color:var(--open)}
dl{display:grid;grid-template-columns:minmax(7em,max-content) 1fr;gap:3px 18px}
dt{color:var(--soft)}dd{margin:0}
.ask{background:var(--ask);border:1px dashed var(--ask-line);border-radius:4px;padding:8px 12px;margin:8px 0}
.ask b{display:block;font-size:.85rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;vertical-align:top;padding:4px 10px 4px 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft);font-size:.82rem;overflow-wrap:normal}.legend li{margin:0}
td.number,th.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;overflow-wrap:normal}
td.time{white-space:nowrap;font-variant-numeric:tabular-nums;color:var(--soft);overflow-wrap:normal}
tr.group th{padding-top:12px;color:var(--ink)}
.mark{white-space:nowrap;overflow-wrap:normal}.mark.person{color:var(--open)}.mark.undo{color:var(--back)}.soft,.mark.not-applicable{color:var(--soft)}
ul.checklist{list-style:none;padding:0}ul.checklist li{display:grid;grid-template-columns:1.4em 1fr;padding:4px 0;border-bottom:1px solid var(--line)}
ul.checklist .soft{display:block;font-size:.88rem}
pre{margin:6px 0 12px;padding:10px 12px;background:var(--wash);border:1px solid var(--line);border-left:3px solid var(--bad);font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;unicode-bidi:isolate}
bdi{unicode-bidi:isolate}
figure{margin:8px 0 18px}figcaption{font-weight:600;margin-bottom:4px}
svg.sternway{display:block;max-width:100%}
.legend{display:flex;flex-wrap:wrap;gap:4px 16px;font-size:.85rem;color:var(--soft);padding:0;list-style:none}
footer{margin-top:36px;font-size:.85rem;color:var(--soft);border-top:1px solid var(--line);padding-top:8px}
@media (min-width:900px){ul.checklist{columns:2;column-gap:36px}ul.checklist li{break-inside:avoid}}
@media (max-width:599px){
main{padding:14px 12px 32px}h1{font-size:1.3rem}
dl{display:block}dt{font-size:.85rem;margin-top:6px}
table.cards,table.cards tbody,table.cards tr,table.cards td{display:block}table.cards thead{display:none}
table.cards tr{border-bottom:1px solid var(--line);padding:5px 0}table.cards td{border:0;padding:1px 0;white-space:normal}
table.cards td[data-name]::before{content:attr(data-name) ": ";color:var(--soft);font-size:.85rem}table.cards td:empty{display:none}table.cards td.time{display:inline;margin-right:12px}
}
@media print{
:root{color-scheme:light;--paper:#fff;--ink:#000;--soft:#444;--line:#bbb;--wash:#f6f6f6;--good:#1e7a3c;--back:#8a5a00;--bad:#b3212a;--open:#2c6fbb;--ask:#fff;--ask-line:#888}
body{font-size:11pt}main{max-width:none;padding:0}h2{break-after:avoid}tr,figure,li,.ask{break-inside:avoid}
}
`;
