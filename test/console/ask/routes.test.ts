import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApprovalRequest, type BlockedFacts, factsOf } from '../../../src/approval-request.ts';
import { askKey, signAsk } from '../../../src/ask-token.ts';
import { createConsole } from '../../../src/console/app.ts';
import type { AskOptions } from '../../../src/console/ask/routes.ts';
import { createOwnDoor } from '../../../src/console/own-door.ts';
import { type ApprovalRequests, openApprovalRequests } from '../../../src/store/approval-requests.ts';
import { flowEvent, uuid7 } from '../../store/sample-event.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const ORIGIN = 'http://daylight.internal';
const key = askKey(randomBytes(32));
const status = () => ({
  snapshot: 'abc',
  ...{ workers: 2, rules: 1, ca: { expires: 0 } },
  store: { ready: true, drain: { pendingSegments: 0, pendingBytes: 0, lagMs: 0 } },
});
const noSetup = {
  ca: () => Promise.reject(new Error('there is no CA')),
  proxyUrl: () => 'http://127.0.0.1:8080',
  pac: { direct: [], failover: 'none' as const },
  onFault: () => {},
};
const HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>&amp;\u202e';

let dir: string;
let requests: ApprovalRequests;
let stored: Map<string, BlockedFacts>;
let filed: ApprovalRequest[];
let faults: Error[];
let options: AskOptions;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-ask-'));
  requests = openApprovalRequests(dir);
  [stored, filed, faults] = [new Map(), [], []];
  options = {
    key,
    publicUrl: 'https://daylight.corp.example',
    contact: 'security@example.com',
    requests,
    facts: async (eventId) => stored.get(eventId),
    onFiled: (request) => filed.push(request),
    onFault: (error) => faults.push(error),
    now: () => NOW,
  };
});
afterEach(() => {
  requests.close();
  rmSync(dir, { recursive: true });
});

/** A blocked request that is stored. */
function blocked(change: Parameters<typeof flowEvent>[0] = {}, made = NOW): string {
  const id = uuid7(made);
  stored.set(id, factsOf(flowEvent({ event_id: id, server_key: 'https://mcp.example.com/mcp', user_id: '', ...change })));
  return id;
}

const linkOf = (eventId: string) => `/ask/${signAsk(key, eventId)}`;
const FIELDS = { name: 'Ann', reason: 'for the migration', days: '90' };

async function ask(path: string, init: RequestInit = {}, address = '10.1.2.3') {
  const env = { incoming: { socket: { remoteAddress: address } } };
  const response = await createConsole({ status, ask: options }).request(`${ORIGIN}${path}`, init, env);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function send(path: string, fields: Record<string, string> = FIELDS, headers: Record<string, string> = {}, address?: string) {
  const body = new URLSearchParams(fields).toString();
  const all = { 'content-type': 'application/x-www-form-urlencoded', host: 'daylight.internal', origin: ORIGIN, ...headers };
  return ask(path, { method: 'POST', headers: all, body }, address);
}

describe('the page', () => {
  it('shows what was blocked and why, and a form that is filled in as far as is known', async () => {
    const { status, text } = await ask(
      linkOf(blocked({ user_id: 'ann@example.com', mcp_tool: 'search', reason: 'Nobody approved it.' })),
    );
    expect(status).toBe(200);
    for (const shown of [
      'https://mcp.example.com/mcp',
      'search',
      'Nobody approved it.',
      '2026-11-20 12:00 UTC',
      'value="ann@example.com"',
    ])
      expect(text).toContain(shown);
    expect(text).toMatch(/value="90" required checked/);
  });

  it('needs nothing from elsewhere and no script, and may be framed by nobody', async () => {
    const { headers, text } = await ask(linkOf(blocked()));
    const policy = headers.get('content-security-policy') ?? '';
    const nonce =
      /^default-src 'none'; style-src 'nonce-([^']+)'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/.exec(
        policy,
      )?.[1];
    expect(nonce).toBeTruthy();
    expect(text).toContain(`<style nonce="${nonce}">`);
    expect(text).not.toMatch(/<script|\ssrc=|\shref=|\sstyle=|url\(/);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    const again = await ask(linkOf(blocked()));
    expect(again.headers.get('content-security-policy')).not.toBe(policy);
  });

  it('shows hostile texts as texts', async () => {
    const event = blocked({ mcp_tool: HOSTILE, mcp_method: HOSTILE, reason: HOSTILE, rules: [HOSTILE], user_id: HOSTILE });
    for (const { text } of [await ask(linkOf(event)), await send(linkOf(event), { name: HOSTILE, reason: '', days: HOSTILE })]) {
      expect(text).not.toMatch(/<script|<img|\u202e/);
      expect(text).toContain('&lt;script&gt;');
      expect(text).toContain('\\u{202e}');
    }
    await send(linkOf(event), { name: HOSTILE, reason: HOSTILE, days: '30' });
    requests.decide('rq-1', { state: 'denied', decided: NOW, decided_by: 'bob', comment: HOSTILE });
    expect((await ask(linkOf(event))).text).not.toMatch(/<script|<img|\u202e/);
  });

  it('of a link that was forged, and of one that never was, is the same', async () => {
    const real = linkOf(blocked());
    const answers = [
      await ask(`/ask/${signAsk(askKey(randomBytes(32)), uuid7(NOW))}`),
      await ask(`${real.slice(0, -1)}${real.endsWith('A') ? 'B' : 'A'}`),
      await ask('/ask/x'),
      await ask(`/ask/${'x'.repeat(5_000)}`),
      await ask('/ask/%00%ff'),
      await ask('/ask/a/b'),
      await send('/ask/x'),
      await send('/ask/x', FIELDS, { origin: 'https://evil.example' }),
      await send('/ask/x', FIELDS, { 'content-type': 'application/json' }),
      await send('/ask/x', { reason: 'x'.repeat(100_000) }),
      await ask(linkOf(uuid7(NOW)).replace('.', '%2e%2e')),
    ];
    const plain = ({ text }: { text: string }) => text.replace(/nonce="[^"]*"/, '');
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([404]));
    expect(new Set(answers.map(plain)).size).toBe(1);
    expect(answers[0]?.text).toContain('Unknown link');
  });

  it('of a link that is older than seven days says so', async () => {
    const old = blocked({}, NOW - 7 * 86_400_000);
    for (const { status, text } of [await ask(linkOf(old)), await send(linkOf(old))]) {
      expect(status).toBe(410);
      expect(text).toContain('expired');
    }
    expect(filed).toEqual([]);
  });

  it('of a link that is older than that still shows what became of the request', async () => {
    const event = blocked({}, NOW - 6 * 86_400_000);
    await send(linkOf(event));
    options.now = () => NOW + 30 * 86_400_000;
    expect(await ask(linkOf(event))).toMatchObject({ status: 200, text: expect.stringContaining('rq-1') });
  });
});

describe('a request', () => {
  it('is filed with what is stored, and the page shows from then on what became of it', async () => {
    const event = blocked({ user_id: 'ann@example.com', mcp_tool: 'search', src_ip: '10.4.4.4' });
    const sent = await send(linkOf(event));
    expect(sent.status).toBe(200);
    expect(sent.text).toMatch(/Your request was sent.*rq-1/s);
    expect(filed).toMatchObject([
      { id: 'rq-1', name: 'Ann', user: 'ann@example.com', tool: 'search', address: '10.4.4.4', days: 90 },
    ]);
    expect((await ask(linkOf(event))).text).toContain('pending');
    requests.decide('rq-1', {
      state: 'approved',
      decided: NOW,
      decided_by: 'bob',
      comment: 'Mind the quota',
      until: '2027-01-31',
    });
    const { text } = await ask(linkOf(event));
    expect(text).toMatch(/approved.*Mind the quota.*2027-01-31/s);
    expect(text).not.toContain('<form');
  });

  it('that is sent twice is filed once', async () => {
    const event = blocked();
    await Promise.all([send(linkOf(event)), send(linkOf(event))]);
    expect(filed).toHaveLength(1);
    expect(requests.list()).toHaveLength(1);
  });

  it('of a user who waits already is shown at the link of the next block, too', async () => {
    await send(linkOf(blocked({ user_id: 'ann@example.com' })));
    expect((await ask(linkOf(blocked({ user_id: 'ann@example.com' })))).text).toMatch(/pending.*rq-1/s);
    expect((await ask(linkOf(blocked({ user_id: 'bob@example.com' })))).text).toContain('<form');
  });

  it('is taken while the event is not stored, with the address of the sender', async () => {
    const path = linkOf(uuid7(NOW));
    expect((await ask(path)).text).toContain('still being stored');
    expect((await send(path, FIELDS, {}, '::ffff:10.5.5.5')).status).toBe(200);
    expect(filed).toMatchObject([{ servers: [], address: '10.5.5.5', state: 'pending' }]);
  });

  it('without what it needs comes back with what was entered, and is not filed', async () => {
    const path = linkOf(blocked());
    const { status, text } = await send(path, { name: 'Ann Example', reason: ' \n ', days: '31' });
    expect(status).toBe(400);
    expect(text).toContain('value="Ann Example"');
    expect(text).toMatch(/aria-invalid="true" aria-describedby="reason-problem"/);
    expect(text).toContain('role="alert"');
    for (const fields of [{ ...FIELDS, reason: 'x'.repeat(2_001) }, { ...FIELDS, name: 'x'.repeat(201) }, {}])
      expect((await send(path, fields)).status).toBe(400);
    expect(filed).toEqual([]);
    expect((await send(path, { ...FIELDS, reason: '水'.repeat(2_000) })).status).toBe(200);
  });

  it.each([
    ['JSON', { 'content-type': 'application/json' }, 415],
    ['a form of another kind', { 'content-type': 'multipart/form-data; boundary=x' }, 415],
    ['another site', { origin: 'https://evil.example' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['a site whose name begins alike', { origin: 'http://daylight.internal.evil.example' }, 403],
    ['the public address', { origin: 'https://daylight.corp.example' }, 200],
    ['its own page, as browsers say it', { origin: '', 'sec-fetch-site': 'same-origin' }, 200],
  ])('from %s is answered as it should be', async (_what, headers, expected) => {
    const { status } = await send(linkOf(blocked()), FIELDS, headers);
    expect(status).toBe(expected);
    expect(filed).toHaveLength(expected === 200 ? 1 : 0);
  });

  it('that is too long is refused before it is read', async () => {
    const { status, text } = await send(linkOf(blocked()), { ...FIELDS, reason: 'x'.repeat(40_000) });
    expect(status).toBe(413);
    expect(text).toContain('too long');
  });

  it('beyond the limits is refused, with the time after which to try again', async () => {
    for (let n = 0; n < 5; n++) expect((await send(linkOf(blocked()), { ...FIELDS, name: `N${n}` })).status).toBe(200);
    const { status, headers, text } = await send(linkOf(blocked()), { ...FIELDS, name: 'N5' });
    expect(status).toBe(429);
    expect(Number(headers.get('retry-after'))).toBe(3_600);
    expect(text).toContain('security@example.com');
  });

  it('by another method than POST is none', async () => {
    const { status, headers } = await ask(linkOf(blocked()), { method: 'PUT' });
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('GET, HEAD, POST');
  });

  it('that cannot be kept is said to be lost, and told to the operator without the link', async () => {
    requests.close();
    const path = linkOf(blocked());
    const { status, text } = await send(path);
    requests = openApprovalRequests(dir);
    expect(status).toBe(503);
    expect(text).toContain('was not taken');
    expect(faults).toHaveLength(1);
    expect(String(faults[0]?.stack)).not.toContain(path.slice(5));
  });
});

describe('the door of the proxy', () => {
  const secret = 'ab'.repeat(32);
  const enter = (path: string, headers: Record<string, string>, init: RequestInit = {}) =>
    createOwnDoor({ ask: options, setup: noSetup }, secret).request(`${ORIGIN}${path}`, { ...init, headers });

  it('opens to who knows the word, and believes the address that they name', async () => {
    const headers = {
      'daylight-door': secret,
      'daylight-client': '10.6.6.6',
      'content-type': 'application/x-www-form-urlencoded',
      host: 'daylight.internal',
      origin: ORIGIN,
    };
    const response = await enter(linkOf(uuid7(NOW)), headers, { method: 'POST', body: new URLSearchParams(FIELDS).toString() });
    expect(response.status).toBe(200);
    expect(filed).toMatchObject([{ address: '10.6.6.6' }]);
  });

  it.each([{}, { 'daylight-door': '' }, { 'daylight-door': 'cd'.repeat(32) }])('stays shut to others', async (headers) => {
    expect((await enter(linkOf(blocked()), headers)).status).toBe(404);
  });

  it('leads to no other page of the console', async () => {
    for (const path of ['/healthz', '/readyz']) expect((await enter(path, { 'daylight-door': secret })).status).toBe(404);
  });

  it('is the only place where a header names the client', async () => {
    await send(linkOf(uuid7(NOW)), FIELDS, { 'daylight-client': '10.6.6.6', 'daylight-door': secret });
    expect(filed).toMatchObject([{ address: '10.1.2.3' }]);
  });
});
