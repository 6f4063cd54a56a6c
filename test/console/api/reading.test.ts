// What reading routes take and refuse, what lists and exports look like, and who may read stored content.

import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { Paged } from '../../../src/console/api/options.ts';
import { cursorOf, type Scope, scopeOf } from '../../../src/console/api/scope.ts';
import type { DlpTestResult, EventDetails, Finding, Page, RuleTestResult } from '../../../src/console/api/shapes.ts';
import { readCsv } from '../../../src/csv.ts';
import { dlpPolicySchema } from '../../../src/engine/dlp/schema.ts';
import type { HttpFlowEvent } from '../../../src/engine/event.ts';
import { filterToSql } from '../../../src/store/filter-sql.ts';
import { auditEvent, flowEvent } from '../../store/sample-event.ts';
import { type TemporaryConsole, temporaryConsole } from './temporary-console.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;
let place: TemporaryConsole;

/** Where nothing was recorded and nothing is changed: one for many tests. */
let empty: TemporaryConsole | undefined;

async function open(changes?: Parameters<typeof temporaryConsole>[0]): Promise<void> {
  if (changes === undefined) {
    empty ??= await temporaryConsole({ now: () => NOW });
    place = empty;
  } else place = await temporaryConsole({ now: () => NOW, ...changes });
}
afterEach(() => {
  if (place !== empty) place.remove();
  expect(place.faults).toEqual([]);
});
afterAll(() => empty?.remove());

const read = async <T>(path: string, as: 'viewer' | 'analyst' = 'viewer') =>
  (await (await place.ask('GET', path, { as })).json()) as T;
const refusal = async (path: string) => {
  const response = await place.ask('GET', path, { as: 'viewer' });
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  return [response.status, error.code, error.field, error.position];
};

describe('the span and the filter of a query', () => {
  it('is the last day unless told, takes times in three forms, and is widened to whole seconds', async () => {
    const scopes: Scope[] = [];
    await open({
      now: () => NOW + 123,
      reports: {
        events: async (scope) => {
          scopes.push(scope);
          return [];
        },
      },
    });
    await read('/api/events');
    await read(`/api/events?from=${NOW - HOUR + 1}&to=${NOW - 1}`);
    await read('/api/events?from=7d&to=2026-11-19');
    expect(scopes.map(({ from, to }) => [from, to])).toEqual([
      [NOW - 24 * HOUR, NOW + 1_000],
      [NOW - HOUR, NOW],
      [NOW - 7 * 24 * HOUR, Date.UTC(2026, 10, 20)],
    ]);
  });

  it.each([
    ['/api/events?from=yesterday', 400, 'invalid', 'from', undefined],
    ['/api/overview?to=-5', 400, 'invalid', 'to', undefined],
    ['/api/overview?from=1h&to=2h', 400, 'invalid', 'from', undefined],
    ['/api/events?limit=0', 400, 'invalid', 'limit', undefined],
    ['/api/events?limit=501', 400, 'invalid', 'limit', undefined],
    ['/api/events?limit=many', 400, 'invalid', 'limit', undefined],
    ['/api/events?cursor=x', 400, 'invalid', 'cursor', undefined],
    ['/api/servers?cursor=bnVsbA', 400, 'invalid', 'cursor', undefined],
    ['/api/events?filter=traffic:shadow%20nohst:x', 400, 'ERR_FILTER', 'filter', 15],
    ['/api/servers?filter=(user:ana', 400, 'ERR_FILTER', 'filter', 0],
    [`/api/events?filter=${'a'.repeat(9_000)}`, 400, 'invalid', 'filter', undefined],
    ['/api/events/17', 400, 'invalid', 'id', undefined],
    ['/api/events/0193a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b', 404, 'not-found', undefined, undefined],
    ['/api/events/export?format=xlsx', 400, 'invalid', 'format', undefined],
    ['/api/servers/one', 400, 'invalid', 'key', undefined],
    ['/api/servers/one?key=https://nowhere.example', 404, 'not-found', undefined, undefined],
    ['/api/rules/no-rule', 404, 'not-found', undefined, undefined],
    ['/api/policy/history/x', 400, 'invalid', 'n', undefined],
    ['/api/policy/history/99', 404, 'not-found', undefined, undefined],
    ['/api/requests?state=lost', 400, 'invalid', 'state', undefined],
    ['/api/nothing', 404, 'not-found', undefined, undefined],
  ])('%s is refused with the field and the place', async (path, ...expected) => {
    await open();
    expect(await refusal(path)).toEqual(expected);
  });

  it.each(['0', '-1', '501', '1.5', 'many'])('a limit of %s is told what it may be', async (limit) => {
    await open();
    const { error } = await read<{ error: { message: string } }>(`/api/events?limit=${limit}`);
    expect(error.message).toBe('limit: must be a whole number from 1 to 500');
  });

  it.each([
    "'; DROP TABLE http_flow; --",
    "x') OR 1=1 UNION ALL SELECT * FROM system.users --",
    'a\\\'b" ` {p0:String} {evil:Identifier} \u0000',
  ])('what somebody wrote never becomes SQL: %s', async (evil) => {
    const filter = `host:"${evil.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
    await open();
    expect((await place.ask('GET', `/api/events?filter=${encodeURIComponent(filter)}`, { as: 'viewer' })).status).toBe(200);
    const { where, params } = filterToSql(scopeOf({ filter }, NOW).filter);
    expect(where).not.toMatch(/DROP|UNION|evil|system/i);
    expect(JSON.stringify(params)).toContain(JSON.stringify(evil.toLowerCase()).slice(1, -1).toLowerCase());
  });

  it.each([
    { ts: '1 OR 1=1', id: '0193a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b' },
    { ts: 1, id: "' OR 1=1 --" },
    { ts: 1.5, id: '0193a2b4-5c6d-7e8f-9a0b-1c2d3e4f5a6b' },
    [1, 2],
  ])('a cursor that no answer gave out is refused: %j', async (position) => {
    await open();
    expect((await refusal(`/api/events?cursor=${cursorOf(position)}`)).slice(0, 3)).toEqual([400, 'invalid', 'cursor']);
  });

  it('a store that does not answer is told as such', async () => {
    await open({
      reports: {
        overview: async () => {
          const { DaylightError } = await import('../../../src/errors.ts');
          throw new DaylightError('ERR_NOT_RUNNING', 'ClickHouse is not ready yet: http://secret@host');
        },
      },
    });
    const response = await place.ask('GET', '/api/overview', { as: 'viewer' });
    expect(response.status).toBe(503);
    expect(await response.text()).not.toContain('secret');
    expect(place.faults.splice(0)).toHaveLength(1);
  });
});

describe('the list of events', () => {
  it('is given page by page, each beginning after the one before', async () => {
    const events = Array.from({ length: 5 }, (_, index) => flowEvent({ ts: NOW - index, excerpt: 'secret' }));
    const pages: Paged[] = [];
    await open({
      reports: {
        events: async (_scope, page) => {
          pages.push(page);
          const start = page.after ? events.findIndex(({ event_id }) => event_id === page.after?.id) + 1 : 0;
          return events.slice(start, start + page.limit);
        },
      },
    });
    const first = await read<Page<HttpFlowEvent>>('/api/events?limit=3');
    const second = await read<Page<HttpFlowEvent>>(`/api/events?limit=3&cursor=${first.next}`);
    expect([...first.items, ...second.items].map(({ event_id }) => event_id)).toEqual(events.map(({ event_id }) => event_id));
    expect(second.next).toBeNull();
    expect(pages[1]).toEqual({ limit: 4, after: { ts: events[2]?.ts, id: events[2]?.event_id } });
    expect(JSON.stringify([first, second])).not.toContain('secret');
  });
});

describe('one event', () => {
  const event = flowEvent({
    ts: NOW - HOUR,
    excerpt: 'the secret plan',
    signals: ['mcp.body.jsonrpc'],
    url: "https://x.example/$(id)'`",
  });

  it('shows stored content to analysts, and that is recorded; viewers get the rest', async () => {
    await open({ reports: { event: async (id) => (id === event.event_id ? event : undefined) } });
    const asViewer = await read<EventDetails>(`/api/events/${event.event_id}`);
    expect([asViewer.withheld, JSON.stringify(asViewer).includes('secret plan')]).toEqual([true, false]);
    expect(place.acts).toEqual([]);
    const asAnalyst = await read<EventDetails>(`/api/events/${event.event_id}`, 'analyst');
    expect([asAnalyst.withheld, asAnalyst.event.excerpt]).toEqual([false, 'the secret plan']);
    expect(place.acts).toMatchObject([{ actor: 'analyst', action: 'event.view', objectId: event.event_id }]);
  });

  it('comes with a command that a shell takes as text', async () => {
    await open({ reports: { event: async () => event } });
    const { curl } = await read<EventDetails>(`/api/events/${event.event_id}`);
    expect(curl).toContain(`--url 'https://x.example/$(id)'\\''\`'`);
  });
});

describe('an export', () => {
  const manyEvents = async (_scope: unknown, { limit }: { limit: number }) => Array.from({ length: limit }, () => flowEvent());
  const HOSTILE = [
    '=HYPERLINK("http://evil.example";"click")',
    "+1+cmd|' /C calc'!A0",
    '-2+3',
    '@SUM(1,2)',
    '\t=1+1',
    '\r=1+1',
    '\u200b=1+1',
    'fine;=1+1',
    '\uff1d1+1',
    'say "hi", then\nleave',
  ];

  it('as CSV holds no formula, and gives every value back', async () => {
    const events = HOSTILE.map((user_agent) => flowEvent({ user_agent, mcp_tool: user_agent, ts: NOW }));
    await open({ reports: { events: async () => events, countEvents: async () => events.length } });
    const response = await place.ask('GET', '/api/events/export?format=csv', { as: 'viewer' });
    expect(response.headers.get('content-disposition')).toBe('attachment; filename="daylight-events-2026-11-20.csv"');
    const [header, ...rows] = readCsv(await response.text());
    const column = header?.indexOf('user_agent') ?? -1;
    const cells = rows.map((row) => row[column] ?? '');
    expect(cells.map((cell) => cell.replace(/^'/, ''))).toEqual(HOSTILE);
    expect(cells.slice(0, -1).every((cell) => cell.startsWith("'"))).toBe(true);
    expect(rows.every((row) => row.length === header?.length)).toBe(true);
    expect(place.acts).toMatchObject([{ action: 'event.export', actor: 'viewer' }]);
  });

  it('ends at a hundred thousand rows, and says that there are more', async () => {
    const template = flowEvent();
    const small = { ts: template.ts, event_id: template.event_id, traffic: 'shadow' } as HttpFlowEvent;
    let asked = 0;
    await open({
      reports: {
        countEvents: async () => 250_000,
        events: async (_scope, { limit }) => {
          asked += limit;
          return Array.from({ length: limit }, () => small);
        },
      },
    });
    const response = await place.ask('GET', '/api/events/export', { as: 'viewer' });
    expect([response.headers.get('x-total-rows'), response.headers.get('x-truncated')]).toEqual(['250000', 'true']);
    const lines = (await response.text()).trimEnd().split('\n');
    expect([lines.length, asked]).toEqual([100_000, 100_000]);
  });

  it('stops reading when nobody takes it any more, and lets others have a turn', async () => {
    let pages = 0;
    await open({
      reports: {
        countEvents: async () => 100_000,
        events: async (_scope, { limit }) => {
          pages += 1;
          return Array.from({ length: limit }, () => flowEvent());
        },
      },
    });
    await read('/api/events');
    const running = await Promise.all([1, 2, 3].map(() => place.ask('GET', '/api/events/export', { as: 'viewer' })));
    expect((await place.ask('GET', '/api/events/export', { as: 'viewer' })).status).toBe(429);
    for (const response of running) await response.body?.cancel();
    expect((await place.ask('GET', '/api/events/export', { as: 'viewer' })).status).toBe(200);
    expect(pages).toBeLessThan(12);
  });

  it('whose reader takes nothing ends after a minute, broken off', async () => {
    await open({ reports: { countEvents: async () => 100_000, events: manyEvents } });
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const stalled = await Promise.all([1, 2, 3].map(() => place.ask('GET', '/api/events/export', { as: 'viewer' })));
      await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThanOrEqual(3), 30_000);
      vi.advanceTimersByTime(60_000);
      await expect(stalled[0]?.text()).rejects.toThrow('nobody takes this export');
    } finally {
      vi.useRealTimers();
    }
    const next = await place.ask('GET', '/api/events/export', { as: 'viewer' });
    expect(next.status).toBe(200);
    await next.body?.cancel();
  });

  it('of which only the headers were asked for keeps nobody waiting', async () => {
    await open({ reports: { countEvents: async () => 100_000, events: manyEvents } });
    for (let n = 0; n < 4; n += 1) {
      const { status, headers, body } = await place.ask('HEAD', '/api/events/export?format=csv', { as: 'viewer' });
      expect([status, headers.get('x-total-rows'), body]).toEqual([200, '100000', null]);
    }
  });
});

describe('the audit log', () => {
  it('is asked for by who, act, object, outcome and words', async () => {
    const searches: unknown[] = [];
    const act = auditEvent();
    await open({
      reports: {
        audit: async (_scope, _page, search) => {
          searches.push(search);
          return [act];
        },
        act: async (id) => (id === act.event_id ? act : undefined),
      },
    });
    await read('/api/audit?actor=ana&action=policy.*&object=x.example&outcome=denied&q=two%20%20words');
    await read('/api/audit');
    expect(searches).toEqual([
      { actor: 'ana', action: 'policy.*', object: 'x.example', outcome: 'denied', words: ['two', 'words'] },
      { words: [] },
    ]);
    expect(await read(`/api/audit/${act.event_id}`)).toEqual(act);
    expect(await refusal(`/api/audit/${flowEvent().event_id}`)).toEqual([404, 'not-found', undefined, undefined]);
    expect(await refusal('/api/audit?outcome=perhaps')).toEqual([400, 'invalid', 'outcome', undefined]);
    expect(await refusal(`/api/audit?q=${'a+'.repeat(11)}a`)).toEqual([400, 'invalid', 'q', undefined]);
  });
});

describe('findings', () => {
  const row = {
    kind: 'shadow',
    level: 'medium',
    serverKey: 'https://x.example/mcp',
    user: 'ana',
    summary: '',
    count: 1,
  } as const;
  const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(32));
  const rows = ids.map((id, index) => ({ ...row, id, firstSeen: NOW - HOUR, lastSeen: NOW - index * 1_000 }));

  it('come open ones first, with what people noted; what was resolved and comes again is new', async () => {
    let lastSeen = rows[0]!.lastSeen;
    await open({ reports: { findings: async () => [{ ...rows[0]!, lastSeen }, rows[1]!, rows[2]!] } });
    const note = { state: 'resolved', note: 'talked to ana' };
    expect((await place.ask('PATCH', `/api/findings/${ids[0]}`, { as: 'analyst', body: note })).status).toBe(200);
    const list = async () => (await read<Page<Finding>>('/api/findings?limit=2')).items;
    expect((await list()).map(({ id, state }) => [id, state])).toEqual([
      [ids[1], 'new'],
      [ids[2], 'new'],
    ]);
    const { next } = await read<Page<Finding>>('/api/findings?limit=2');
    expect((await read<Page<Finding>>(`/api/findings?limit=2&cursor=${next}`)).items).toMatchObject([
      { id: ids[0], state: 'resolved' },
    ]);
    lastSeen = NOW + 5_000;
    // Another span asks the store anew.
    expect((await read<Page<Finding>>('/api/findings?from=3d')).items[0]).toMatchObject({
      id: ids[0],
      state: 'new',
      note: 'talked to ana',
    });
    expect(place.acts).toMatchObject([{ action: 'finding.update', actor: 'analyst', objectId: ids[0], reason: 'talked to ana' }]);
  });

  it('many are changed at once, each with an audit entry of its own, and what fails is told without keeping the others', async () => {
    await open({ reports: { findings: async () => rows } });
    const broken = 'd'.repeat(32);
    const { notes } = place.options;
    const noteFinding = notes.noteFinding.bind(notes);
    notes.noteFinding = (id, ...rest) => {
      if (id === broken) throw new Error('disk full');
      return noteFinding(id, ...rest);
    };
    const body = { ids: [ids[0], '17', broken, ids[2], ids[0]], state: 'acknowledged', assignee: 'lea' };
    const answer = await (await place.ask('POST', '/api/findings/bulk', { as: 'analyst', body })).json();
    expect(answer).toEqual({
      done: [ids[0], ids[2]],
      failed: [
        { id: '17', message: 'is not the id of a finding' },
        { id: broken, message: expect.stringContaining('could not be noted') },
      ],
    });
    expect(place.faults.splice(0).map(({ message }) => message)).toEqual(['disk full']);
    expect(place.acts.map(({ action, objectId, actor }) => [action, objectId, actor])).toEqual([
      ['finding.update', ids[0], 'analyst'],
      ['finding.update', ids[2], 'analyst'],
    ]);
    const { items } = await read<Page<Finding>>('/api/findings?state=acknowledged');
    expect(items.map(({ id, assignee }) => [id, assignee])).toEqual([
      [ids[0], 'lea'],
      [ids[2], 'lea'],
    ]);
  });

  it.each([
    [{ ids: [], state: 'new' }, 'ids'],
    [{ ids: Array.from({ length: 501 }, () => 'a'), state: 'new' }, 'ids'],
    [{ ids: ['a'], state: 'done' }, 'state'],
    [{ ids: ['a'] }, ''],
  ])('a change of many that cannot be taken names the field', async (body, field) => {
    await open();
    const response = await place.ask('POST', '/api/findings/bulk', { as: 'analyst', body });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: { field?: string } }).error.field ?? '').toBe(field);
  });

  it.each([
    [`/api/findings/${'a'.repeat(32)}`, {}, ''],
    [`/api/findings/${'a'.repeat(32)}`, { state: 'done' }, 'state'],
    [`/api/findings/${'a'.repeat(32)}`, { color: 'red' }, 'color'],
    ['/api/findings/17', { state: 'new' }, 'id'],
  ])('a note that cannot be taken names the field: %s %j', async (path, body, field) => {
    await open();
    const response = await place.ask('PATCH', path, { as: 'analyst', body });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: { field?: string } }).error.field ?? '').toBe(field);
  });
});

describe('trying things', () => {
  const test = async (body: unknown) => {
    const response = await place.ask('POST', '/api/rules/test', { as: 'analyst', body });
    return { status: response.status, ...((await response.json()) as RuleTestResult & { error?: { message: string } }) };
  };
  const INITIALIZE =
    '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}';

  it('rules are tried on raw HTTP, on a sample and on an entry of a HAR', async () => {
    await open();
    const raw = `POST /mcp HTTP/1.1\nHost: tools.example\nContent-Type: application/json\nAccept: application/json, text/event-stream\n\n${INITIALIZE}`;
    const phases = (await test({ request: raw })).phases;
    expect(phases.map(({ phase }) => phase)).toEqual(['request-headers', 'request-body']);
    expect(phases.at(-1)).toMatchObject({ traffic: 'shadow', action: 'log' });
    const headers = { 'content-type': 'application/json' };
    const sample = { request: { method: 'POST', url: 'https://tools.example/mcp', headers, body: INITIALIZE } };
    expect((await test({ request: JSON.stringify(sample) })).matched).toBe(true);
    const entry = {
      request: {
        method: 'POST',
        url: 'https://tools.example/mcp',
        headers: [],
        postData: { text: INITIALIZE, mimeType: 'application/json' },
      },
      response: { status: 200, headers: [], content: {} },
    };
    const har = await test({ request: JSON.stringify(entry), ruleId: phases.at(-1)?.rules[0]?.id });
    expect([har.matched, har.phases.at(-1)?.traffic]).toEqual([true, 'shadow']);
  });

  it.each([
    ['nonsense', /request line/],
    ['GET /mcp HTTP/1.1', /Host header/],
    ['GET https://x.example/ HTTP/1.1\nbroken', /no header/],
    ['{"request": {}}', /request.url/],
    ['{', /not JSON/],
    ['GET https://x.example/ HTTP/1.1\n\n---\nwhat', /begin the answer/],
  ])('what cannot be read is told: %s', async (request, why) => {
    await open();
    expect(await test({ request })).toMatchObject({
      status: 400,
      error: { message: expect.stringMatching(why), field: 'request' },
    });
  });

  it('a text can be tried on a profile as it would be after a change', async () => {
    await open();
    const loaded = place.options.loaded();
    const { profiles } = dlpPolicySchema.parse({ profiles: [{ id: 'cards', detectors: ['payment-card'] }] });
    await open({ loaded: () => ({ ...loaded, source: { ...loaded.source, dlp: { ...loaded.source.dlp!, profiles } } }) });
    const tryWith = async (profile: object) => {
      const body = { text: 'card 4111 1111 1111 1111', profile };
      const answer = await place.ask('POST', '/api/dlp/test', { as: 'analyst', body });
      return answer.status === 200 ? ((await answer.json()) as DlpTestResult).findings[0]?.profiles : answer.status;
    };
    expect(await tryWith({ id: 'cards' })).toEqual([{ profile: 'cards', action: 'log' }]);
    expect(await tryWith({ id: 'cards', request: 'block' })).toEqual([{ profile: 'cards', action: 'block' }]);
    expect(await tryWith({ id: 'cards', request: 'stop' })).toBe(400);
    expect(await tryWith({ id: 'none', request: 'block' })).toBe(400);
  });

  it('detectors are tried on a text: what is found is masked', async () => {
    await open();
    const text = 'card 4111 1111 1111 1111 for payment';
    const response = await place.ask('POST', '/api/dlp/test', { as: 'analyst', body: { text } });
    const answer = (await response.json()) as { findings: { detector: string; masked: string }[]; redacted: string };
    expect(answer.findings.map(({ detector }) => detector)).toContain('payment-card');
    expect(JSON.stringify(answer)).not.toMatch(/4111 ?1111/);
    expect((await place.ask('POST', '/api/dlp/test', { as: 'analyst', body: { text: 'x'.repeat(300_000) } })).status).toBe(400);
    expect((await place.ask('POST', '/api/dlp/test', { as: 'analyst', body: { text: 'x'.repeat(7_000_000) } })).status).toBe(413);
    expect(
      (await place.ask('POST', '/api/dlp/test', { as: 'analyst', body: 'text', headers: { 'content-type': 'text/plain' } }))
        .status,
    ).toBe(415);
    expect((await place.ask('POST', '/api/dlp/test', { as: 'analyst', body: '{' })).status).toBe(400);
  });
});

describe('the description', () => {
  it('names every route with its role, and its page loads nothing', async () => {
    await open();
    const document = (await (await place.ask('GET', '/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths)).toContain('/api/events/{id}');
    const page = await place.ask('GET', '/docs');
    const html = await page.text();
    expect(html).toContain('/api/policy/changes');
    expect(html).not.toMatch(/<script|<link|src=|https?:\/\//i);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'nonce-/);
  });
});
