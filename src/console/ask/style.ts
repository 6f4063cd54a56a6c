// The look of the page on which people ask for approval: light and dark, from a telephone up, legible without colours.

import { raw } from 'hono/html';

export const STYLE = raw(`
:root{color-scheme:light dark;--ink:#1c1a17;--soft:#5f5a52;--paper:#faf8f4;--card:#fff;--line:#d9d4ca;--tint:#f4f1ea;--sun:#b45309;--act:#9a4a06;--onact:#fff;--bad:#b42318;--good:#1a6e3c}
@media (prefers-color-scheme:dark){:root{--ink:#f1ede6;--soft:#b3aca0;--paper:#171512;--card:#211e1a;--line:#4a443b;--tint:#2a2621;--sun:#f5b544;--act:#f5b544;--onact:#241a05;--bad:#ff9b8f;--good:#7fd6a0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:40rem;margin:clamp(1rem,7vh,5rem) auto;padding:clamp(1.25rem,5vw,2.5rem);background:var(--card);border:1px solid var(--line);border-radius:.75rem}
.brand{display:flex;align-items:center;gap:.5rem;margin:0 0 1.25rem;font-size:.875rem;font-weight:600;letter-spacing:.02em;color:var(--soft)}
.brand::before{content:"";width:.75rem;height:.75rem;border-radius:50%;background:var(--sun)}
h1{margin:0 0 .75rem;font-size:1.6rem;line-height:1.2}
p{margin:0 0 1rem}
main>:last-child{margin-bottom:0}
.panel{margin:0 0 1.5rem;padding:1rem;background:var(--tint);border-radius:.5rem;font-size:.925rem}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.4rem 1rem}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere;white-space:pre-line}
label,legend{display:block;margin:0 0 .35rem;padding:0;font-weight:600}
input:not([type=radio]),textarea{display:block;width:100%;margin:0 0 1.1rem;padding:.6rem .75rem;font:inherit;color:inherit;background:var(--card);border:1px solid var(--soft);border-radius:.4rem}
textarea{resize:vertical;min-height:7rem}
fieldset{margin:0 0 1.5rem;padding:0;border:0}
.choices{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem}
.choices label{display:flex;align-items:center;gap:.5rem;margin:0;font-weight:400}
input[type=radio]{width:1.1rem;height:1.1rem;margin:0;accent-color:var(--act)}
button{padding:.7rem 1.4rem;font:inherit;font-weight:600;color:var(--onact);background:var(--act);border:0;border-radius:.4rem;cursor:pointer}
button:hover{filter:brightness(1.08)}
:focus-visible{outline:3px solid var(--sun);outline-offset:2px}
[aria-invalid=true]{border-color:var(--bad)}
.problem{margin:-.75rem 0 1.1rem;font-size:.9rem;color:var(--bad)}
.alert{padding:.75rem 1rem;border-left:4px solid var(--bad);background:var(--tint);border-radius:.25rem}
.state{display:inline-block;margin-right:.35rem;padding:.1rem .6rem;border:1px solid currentcolor;border-radius:1rem;font-size:.85rem;font-weight:600;color:var(--sun)}
.state.approved{color:var(--good)}
.state.denied{color:var(--bad)}
blockquote{margin:0 0 1rem;padding:.25rem 1rem;border-left:4px solid var(--line);white-space:pre-line;overflow-wrap:anywhere}
@media (max-width:30rem){main{margin:0;border:0;border-radius:0;min-height:100vh}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}button{width:100%}}
`);
