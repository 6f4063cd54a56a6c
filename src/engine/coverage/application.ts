// What kind of program made a request, by its User-Agent: the runtime or application, without its version. A name that is known has a
// readable form; another one is kept as its first product (RFC 9110 section 10.1.5) if that is a plain word. Clients write this
// themselves: it tells what to look at, and proves nothing.

import { remember } from '../remember.ts';

/** In order: the first that fits counts. Applications on a browser engine stand before the browsers. */
const KNOWN: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\bClaude\//, 'Claude desktop'],
  [/^claude-cli\//i, 'Claude Code'],
  [/\bCursor\//, 'Cursor'],
  [/\bWindsurf\//, 'Windsurf'],
  [/\bCode\/\d.*Electron\//, 'VS Code'],
  [/\bSlack(_SSB)?\//, 'Slack'],
  [/\bTeams\//, 'Microsoft Teams'],
  [/Electron\//, 'Electron application'],
  [/\bEdg(e|A|iOS)?\//, 'Edge'],
  [/\bFirefox\//, 'Firefox'],
  [/\b(Chrome|Chromium|HeadlessChrome)\//, 'Chrome'],
  [/\bVersion\/.*\bSafari\//, 'Safari'],
  [/^python-requests\//, 'Python requests'],
  [/^python-httpx\//, 'Python httpx'],
  [/^Python-urllib\//, 'Python urllib'],
  [/^(Python\/.*aiohttp|aiohttp)\//, 'Python aiohttp'],
  [/^python-urllib3\//, 'Python urllib3'],
  [/^pip\//, 'pip'],
  [/^uv\//, 'uv'],
  [/^npm\//, 'npm'],
  [/^(pnpm|yarn)\//, 'npm'],
  [/^(node|undici|node-fetch)(\/|$)/i, 'Node'],
  [/^Deno\//, 'Deno'],
  [/^Bun\//, 'Bun'],
  [/^curl\//, 'curl'],
  [/^Wget\//, 'wget'],
  [/^git\//, 'Git'],
  [/^(Java|Java-http-client)\//, 'Java'],
  [/^Apache-HttpClient\//, 'Java Apache HttpClient'],
  [/^okhttp\//, 'OkHttp'],
  [/^(Apache-Maven|Gradle)\//, 'Maven or Gradle'],
  [/^Go-http-client\//, 'Go'],
  [/^(docker|containerd|buildkit|Docker-Client)\//i, 'Docker'],
  [/^cargo(\/| )/, 'Cargo'],
  [/^Debian APT/, 'apt'],
  [/^(libdnf|yum|dnf)/, 'dnf'],
  [/PowerShell\//, 'PowerShell'],
  [/^(aws-cli|Boto3|aws-sdk)/, 'AWS'],
  [/^Ruby/, 'Ruby'],
];

/** Characters of a User-Agent that are looked at. */
const MOST = 400;

/** '' without a User-Agent; `other` for one that names nothing plain. */
export const applicationOf: (userAgent: string) => string = remember(read);

function read(userAgent: string): string {
  const text = userAgent.slice(0, MOST);
  if (text === '') return '';
  const known = KNOWN.find(([pattern]) => pattern.test(text));
  if (known) return known[1];
  const product = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}(?=[/ ]|$)/.exec(text)?.[0];
  return product === undefined || product === 'Mozilla' ? 'other' : product;
}
