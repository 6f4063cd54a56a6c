// The description of the API for people: one page made from the OpenAPI document, which needs nothing from elsewhere and no script.

import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { html, raw } from 'hono/html';

type Html = ReturnType<typeof html>;

interface Operation {
  tags?: string[];
  summary?: string;
  description?: string;
  'x-role'?: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: unknown }[];
  requestBody?: { content?: Record<string, { schema?: unknown }> };
  responses?: Record<string, { description?: string; content?: Record<string, { schema?: unknown }> }>;
}

export interface ApiDocument {
  info: { title: string; version: string; description?: string };
  paths?: Record<string, Record<string, Operation>>;
}

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

export function answerDocs(context: Context, document: ApiDocument): Response | Promise<Response> {
  const nonce = randomBytes(16).toString('base64');
  context.header(
    'content-security-policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  );
  return context.html(docsPage(document, nonce));
}

function docsPage({ info, paths = {} }: ApiDocument, nonce: string): Html {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    METHODS.flatMap((method) => {
      const operation = methods[method];
      return operation ? [{ path, method, operation, area: operation.tags?.[0] ?? 'sign-in' }] : [];
    }),
  );
  const areas = Map.groupBy(operations, ({ area }) => area);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
<h1>${info.title} <small>${info.version}</small></h1>
<p>${info.description ?? ''}</p>
<p>For programs: <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1).</p>
<nav aria-label="Areas"><ul>${[...areas.keys()].map((area) => html`<li><a href="#${area}">${area}</a></li>`)}</ul></nav>
${[...areas].map(
  ([area, each]) => html`<section id="${area}"><h2>${area}</h2>
${each.map(({ path, method, operation }) => operationBlock(path, method, operation))}</section>`,
)}
</main>
</body>
</html>
`;
}

function operationBlock(path: string, method: string, operation: Operation): Html {
  const { summary = '', description, parameters = [], requestBody, responses = {} } = operation;
  const role = operation['x-role'];
  return html`<details>
<summary><code class="${method}">${method.toUpperCase()}</code> <code>${path}</code> ${summary} ${role ? html`<span class="role">${role}</span>` : ''}</summary>
${description ? html`<p>${description}</p>` : ''}
${
  parameters.length === 0
    ? ''
    : html`<table><thead><tr><th scope="col">Parameter</th><th scope="col">In</th><th scope="col">Is</th><th scope="col"></th></tr></thead><tbody>
${parameters.map(
  (each) => html`<tr><td><code>${each.name}</code>${each.required ? ' (required)' : ''}</td><td>${each.in}</td>
<td><code>${shapeText(each.schema)}</code></td><td>${each.description ?? ''}</td></tr>`,
)}</tbody></table>`
}
${Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => html`<h3>Body, ${type}</h3><pre>${shapeText(schema)}</pre>`)}
${Object.entries(responses).map(
  ([status, { description: meaning = '', content = {} }]) => html`<h3>${status} ${meaning}</h3>
${Object.entries(content)
  .filter(() => status.startsWith('2'))
  .map(([type, { schema }]) => html`<p>${type}</p><pre>${shapeText(schema)}</pre>`)}`,
)}
</details>`;
}

interface Shape {
  type?: string | string[];
  properties?: Record<string, Shape>;
  required?: string[];
  items?: Shape;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Shape[];
  oneOf?: Shape[];
  additionalProperties?: boolean | Shape;
  default?: unknown;
}

/** A schema as a person would write the shape. */
function shapeText(schema: unknown, indent = ''): string {
  const shape = (schema ?? {}) as Shape;
  const options = shape.anyOf ?? shape.oneOf;
  if (options) return options.map((each) => shapeText(each, indent)).join(' | ');
  if (shape.enum) return shape.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (shape.const !== undefined) return JSON.stringify(shape.const);
  const type = Array.isArray(shape.type) ? shape.type.join(' | ') : (shape.type ?? 'any');
  if (shape.items) return `[${shapeText(shape.items, indent)}]`;
  if (shape.properties) {
    const inner = `${indent}  `;
    const lines = Object.entries(shape.properties).map(
      ([name, each]) => `${inner}${name}${shape.required?.includes(name) ? '' : '?'}: ${shapeText(each, inner)}`,
    );
    return `{\n${lines.join('\n')}\n${indent}}`;
  }
  if (typeof shape.additionalProperties === 'object') return `{ [name]: ${shapeText(shape.additionalProperties, indent)} }`;
  return shape.default === undefined ? type : `${type} = ${JSON.stringify(shape.default)}`;
}

const STYLE = raw(`
:root{color-scheme:light dark;--ink:#1c1a17;--soft:#5f5a52;--paper:#faf8f4;--card:#fff;--line:#d9d4ca;--link:#9a4a06}
@media (prefers-color-scheme:dark){:root{--ink:#f1ede6;--soft:#b3aca0;--paper:#171512;--card:#211e1a;--line:#4a443b;--link:#f5b544}}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.5rem 1rem 4rem}
h1 small{font-size:1rem;font-weight:400;color:var(--soft)}
h2{margin-top:2rem;text-transform:capitalize}
h3{margin:1rem 0 .25rem;font-size:.95rem}
a{color:var(--link)}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1rem;padding:0;list-style:none}
details{margin:.4rem 0;padding:.5rem .75rem;background:var(--card);border:1px solid var(--line);border-radius:.4rem}
summary{cursor:pointer;overflow-wrap:anywhere}
code,pre{font:.875rem/1.45 ui-monospace,SFMono-Regular,Menlo,monospace}
pre{margin:.25rem 0;padding:.75rem;overflow:auto;background:var(--paper);border-radius:.3rem}
summary code:first-child{display:inline-block;min-width:4.5rem;font-weight:600}
.role{float:right;color:var(--soft);font-size:.875rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}
`);
