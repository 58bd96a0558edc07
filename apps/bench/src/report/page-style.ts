// The style of the report page: light, dark and print from one set of variables, readable on a phone.

/** Goes into the page's `<style>`. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --background: #fff; --text: #1c2024; --faint: #5b6470; --line: #d5dae0; --raised: #f4f6f8;
  --published: #b3261e;
  --series-0: #0b63c5; --series-1: #c25400; --series-2: #12805c;
  --series-3: #8a3ffc; --series-4: #a56800; --series-5: #5b6470;
}
@media (prefers-color-scheme: dark) {
  :root {
    --background: #14171a; --text: #e6e9ec; --faint: #9aa4af; --line: #343b43; --raised: #1d2226;
    --published: #ff8a80;
    --series-0: #6cb0ff; --series-1: #ffab66; --series-2: #5fd3a8;
    --series-3: #c4a3ff; --series-4: #e8c35a; --series-5: #aab4bf;
  }
}
@media print {
  :root {
    color-scheme: light;
    --background: #fff; --text: #000; --faint: #444; --line: #bbb; --raised: #fff;
    --published: #b3261e;
    --series-0: #0b63c5; --series-1: #c25400; --series-2: #12805c;
    --series-3: #8a3ffc; --series-4: #a56800; --series-5: #5b6470;
  }
  figure, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  .scroll { overflow: visible !important; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.25rem 1rem 3rem; max-width: 60rem;
  background: var(--background); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif;
}
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 0.25rem; }
h2 { font-size: 1.15rem; margin: 2.25rem 0 0.5rem; }
h2.experiment { font-size: 1.35rem; margin-top: 3.5rem; padding-top: 1rem; border-top: 3px solid var(--line); }
p { margin: 0.5rem 0; }
a { color: var(--series-0); }
.faint, .source { color: var(--faint); }
.source { display: block; font-size: 0.85em; }
.scroll { overflow-x: auto; }
.scroll:focus-visible { outline: 2px solid var(--series-0); outline-offset: 2px; }
table { border-collapse: collapse; font-size: 0.92rem; }
th, td { padding: 0.4rem 1.1rem 0.4rem 0; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--line); font-weight: 600; vertical-align: bottom; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody th { font-weight: 500; min-width: 14rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.words { min-width: 9rem; text-align: right; }
.unit { display: block; font-weight: 400; color: var(--faint); }
.kind {
  display: inline-block; padding: 0 0.45em; border: 1px solid currentColor; border-radius: 0.8em;
  font-size: 0.8rem; font-weight: 400; white-space: nowrap; color: var(--faint);
}
.kind-predicted { border-style: dashed; }
.kind-calibrated { border-style: dotted; border-width: 2px; }
.holds { color: var(--series-2); font-weight: 600; white-space: nowrap; }
.holds-not { color: var(--published); font-weight: 600; white-space: nowrap; }
figure { margin: 1rem 0 2rem; }
figcaption { font-weight: 600; margin-bottom: 0.25rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.15rem 1.25rem; margin: 0.25rem 0; padding: 0; list-style: none; }
svg { min-width: 36rem; width: 100%; max-width: 48rem; height: auto; }
pre {
  overflow-x: auto; padding: 0.75rem; border: 1px solid var(--line); border-radius: 0.4rem;
  background: var(--raised); font-size: 0.88rem; white-space: pre-wrap; overflow-wrap: anywhere;
}
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
`;
