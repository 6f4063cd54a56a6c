// The setup page and the self-test as HTML. No script, nothing from elsewhere; every text is escaped by the template.

import { html } from 'hono/html';
import { OWN_HOST } from '../../ask-token.ts';
import { page } from '../ask/page.ts';
import type { SetupCa } from './certificates.ts';
import type { GuideSection } from './guide.ts';
import { SETUP_STYLE } from './style.ts';

type Html = ReturnType<typeof html>;

/** How a request for the self-test came. */
export interface TestResult {
  /** Through the proxy, not straight to the appliance. */
  throughProxy: boolean;
  /** That the client trusts the CA; null where the connection cannot tell. */
  trustsCa: true | null;
  /** Address of the client as Daylight sees it. */
  client: string;
}

const FORMS: readonly [path: string, what: string][] = [
  ['ca.crt', 'PEM, for Linux, Firefox and most programs'],
  ['ca.cer', 'DER, for Windows and group policy'],
  ['ca.p7b', 'PKCS#7, all certificates in one file'],
  ['ca.mobileconfig', 'configuration profile, for macOS and iOS'],
  ['bundle.pem', 'the CA and the public roots, for settings that replace the roots'],
];

/** @param base path in front of the files, `` or `/setup` */
export function setupPage(ca: SetupCa, sections: readonly GuideSection[], base: string, nonce: string): Html {
  const body = html`<p>Connections from this network go through Daylight, which looks into them for tools that nobody approved. Your programs need two things for that: the address of the proxy, and trust in its CA.</p>
<p><a href="${base}/test">Test this client</a>: it says whether it came through the proxy, and whether it trusts the CA.</p>
<h2 id="ca">The CA</h2>
<dl class="panel">
<dt>Name</dt><dd>${ca.subject}</dd>
<dt>SHA-256</dt><dd><code>${ca.fingerprint}</code></dd>
<dt>Valid until</dt><dd>${new Date(ca.expires).toISOString().slice(0, 10)}</dd>
</dl>
<ul>
${FORMS.map(
  ([path, what]) => html`<li><a href="${base}/${path}">${path}</a>: ${what}</li>
`,
)}</ul>
<nav aria-label="Systems and programs">
<ul>
${sections.map(
  ({ id, title }) => html`<li><a href="#${id}">${title}</a></li>
`,
)}</ul>
</nav>
${sections.map(
  ({ id, title, text, snippets }) => html`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<p>${text}</p>
${snippets.map(
  (
    snippet,
  ) => html`<pre tabindex="0" aria-label="${title}, ${snippet.language}"><code id="${snippet.id}" data-language="${snippet.language}">${snippet.code}</code></pre>
`,
)}</section>
`,
)}`;
  return page({ title: 'Set up this client', body }, nonce, SETUP_STYLE);
}

/** @param base as above */
export function testPage({ throughProxy, trustsCa, client }: TestResult, base: string, nonce: string): Html {
  const trust =
    trustsCa === true
      ? html`<p class="good"><strong>Yes:</strong> it trusts the CA of Daylight.</p>`
      : html`<p>This connection cannot tell. <a href="https://${OWN_HOST}/test">Test the CA</a>: if that page opens without a warning, this client trusts it. If not, follow the <a href="${base}/">setup page</a>.</p>`;
  const body = html`<h2>Did it come through the proxy?</h2>
${
  throughProxy
    ? html`<p class="good"><strong>Yes:</strong> this client uses Daylight.</p>`
    : html`<p class="bad"><strong>No:</strong> this request came straight to the appliance. Set the proxy, then open <a href="http://${OWN_HOST}/test">http://${OWN_HOST}/test</a>.</p>`
}
<h2>Does this client trust the CA?</h2>
${trust}
<h2>Who is asking</h2>
<p>Daylight knows this client by the address <code>${client}</code>.</p>`;
  return page({ title: 'Test this client', body }, nonce, SETUP_STYLE);
}
