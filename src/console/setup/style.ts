// The look of the setup pages, on top of that of the page for requests: wider, with code and lists.

import { raw } from 'hono/html';
import { STYLE } from '../ask/style.ts';

export const SETUP_STYLE = raw(`${STYLE}
main{max-width:54rem}
h2{margin:2rem 0 .5rem;font-size:1.2rem;line-height:1.3}
a{color:var(--act)}
ul{margin:0 0 1rem;padding-left:1.25rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
pre{margin:0 0 1rem;padding:.75rem 1rem;overflow-x:auto;background:var(--tint);border-radius:.5rem;font:.85rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{overflow-wrap:anywhere}
pre code{overflow-wrap:normal}
.good{color:var(--good)}
.bad{color:var(--bad)}
`);
