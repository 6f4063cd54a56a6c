import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { factsOf, NO_FACTS, type RequestDraft } from '../../src/approval-request.ts';
import { type ApprovalRequests, openApprovalRequests } from '../../src/store/approval-requests.ts';
import { flowEvent, uuid7 } from './sample-event.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const HOUR = 3_600_000;
let dir: string;
let requests: ApprovalRequests;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'daylight-requests-'));
  requests = openApprovalRequests(dir);
});
afterEach(() => {
  requests.close();
  rmSync(dir, { recursive: true });
});

function draft(change: Partial<RequestDraft> = {}): RequestDraft {
  const facts = factsOf(flowEvent({ server_key: 'https://mcp.example.com/mcp', user_id: '' }));
  return { ...facts, event_id: uuid7(), created: NOW, name: 'Ann', reason: 'for the migration', days: 90, ...change };
}

function filed(change: Partial<RequestDraft> = {}) {
  const filing = requests.file(draft(change));
  if (filing.is === 'refused') throw new Error(filing.why);
  return filing;
}

/** One that limits do not stop. */
const elsewhere = (n: number) => ({ servers: [`https://${n}.example/mcp`], address: `10.0.0.${n}` });

describe('a request', () => {
  it('is kept as it was asked, pending, under a short id, in a file that only its owner can read', () => {
    const { is, request } = filed({ tool: 'search' });
    expect(is).toBe('filed');
    expect(request).toMatchObject({ id: 'rq-1', state: 'pending', name: 'Ann', servers: ['https://mcp.example.com/mcp'] });
    expect(request).toMatchObject({ address: '10.1.2.3', tool: 'search', days: 90, decided: 0, comment: '' });
    expect(requests.get('rq-1')).toEqual(request);
    for (const name of ['requests.sqlite', 'requests.sqlite-wal']) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  });

  it('about the same event is the same, whoever sends it and whatever it says, also when it was decided', () => {
    const event_id = uuid7();
    const first = filed({ event_id });
    requests.decide(first.request.id, { state: 'denied', decided: NOW, decided_by: 'bob', comment: 'no' });
    const again = filed({ event_id, name: 'Someone else', reason: 'other' });
    expect(again).toMatchObject({ is: 'known', request: { id: first.request.id, state: 'denied', reason: 'for the migration' } });
  });

  it('of the same user for the same server is the same while it waits, and a new one after that', () => {
    const first = filed({ user: 'ann@example.com' });
    expect(filed({ user: 'ann@example.com', name: 'A.' }).request.id).toBe(first.request.id);
    expect(filed({ user: 'bob@example.com' }).is).toBe('filed');
    requests.decide(first.request.id, { state: 'approved', decided: NOW, decided_by: 'bob', comment: '' });
    expect(filed({ user: 'ann@example.com' }).is).toBe('filed');
  });

  it('of someone unidentified is told from others by name and address', () => {
    const first = filed();
    expect(filed({ name: 'ANN' }).request.id).toBe(first.request.id);
    expect(filed({ name: 'Bob' }).is).toBe('filed');
    expect(filed({ address: '10.9.9.9' }).is).toBe('filed');
  });

  it('is not shown to others by a link that the proxy could not tie to a user', () => {
    filed();
    expect(requests.known(uuid7(), { ...draft(), user: '' })).toBeUndefined();
  });

  it('that came before its event was stored is completed once, and what was known stays', () => {
    const { request } = filed({ ...NO_FACTS, address: '10.0.0.1' });
    expect(request.servers).toEqual([]);
    const facts = factsOf(flowEvent({ server_key: 'https://a.example/mcp', user_id: 'ann@example.com' }));
    expect(requests.complete(request.id, facts)).toMatchObject({ servers: ['https://a.example/mcp'], user: 'ann@example.com' });
    expect(requests.complete(request.id, { ...facts, user: 'eve' })).toMatchObject({ user: 'ann@example.com' });
  });

  it('is decided once', () => {
    const { request } = filed();
    const decision = { decided: NOW, decided_by: 'bob', comment: 'fine', until: '2027-01-31' };
    expect(requests.decide(request.id, { state: 'approved', ...decision })).toMatchObject({ state: 'approved', ...decision });
    expect(() => requests.decide(request.id, { state: 'denied', ...decision })).toThrow(/decided already: approved by bob/);
  });

  it.each(['rq-2', 'rq-0', '1', 'rq-1 ', 'rq-1e3', 'rq-99999999999999999999', '', "rq-1' OR 1"])('%j is no request', (id) => {
    filed();
    expect(() => requests.get(id)).toThrow(/there is no request/);
  });
});

describe('limits', () => {
  it('let five an hour through for one client and one server, and say when the next can be sent', () => {
    for (let n = 0; n < 5; n++) filed({ name: `N${n}`, created: NOW + n * 60_000 });
    const refused = requests.file(draft({ name: 'N5', created: NOW + 10 * 60_000 }));
    expect(refused).toMatchObject({ is: 'refused', retryAfter: 50 * 60 });
    expect(filed({ name: 'N5', address: '10.7.7.7' }).is).toBe('filed');
    expect(filed({ name: 'N5', servers: ['https://other.example/mcp'] }).is).toBe('filed');
    expect(filed({ name: 'N5', created: NOW + HOUR }).is).toBe('filed');
  });

  it('let one client wait for twenty decisions at most', () => {
    for (let n = 0; n < 20; n++) filed({ servers: [`https://${n}.example/mcp`] });
    expect(requests.file(draft())).toMatchObject({ is: 'refused', why: expect.stringContaining('20 requests') });
    requests.decide('rq-1', { state: 'denied', decided: NOW, decided_by: 'bob', comment: 'no' });
    expect(requests.file(draft()).is).toBe('filed');
  });
});

describe('the file', () => {
  it('lists the newest first, by state', () => {
    for (let n = 1; n < 4; n++) filed(elsewhere(n));
    requests.decide('rq-2', { state: 'denied', decided: NOW, decided_by: 'bob', comment: 'no' });
    const ids = (query?: Parameters<ApprovalRequests['list']>[0]) => requests.list(query).map(({ id }) => id);
    expect(ids()).toEqual(['rq-3', 'rq-2', 'rq-1']);
    expect(ids({ states: ['pending'] })).toEqual(['rq-3', 'rq-1']);
    expect(ids({ limit: 1 })).toEqual(['rq-3']);
  });

  it('is shared: what one process writes the other reads, and numbers stay apart', () => {
    const other = openApprovalRequests(dir);
    filed(elsewhere(1));
    expect(other.file(draft(elsewhere(2)))).toMatchObject({ is: 'filed', request: { id: 'rq-2' } });
    expect(requests.list()).toEqual(other.list());
    other.close();
  });

  it('forgets what a person asked for, and keeps what they decided under another name', () => {
    filed({ ...elsewhere(1), user: 'ann@example.com' });
    for (const n of [2, 3]) filed({ ...elsewhere(n), user: 'eve' });
    requests.decide('rq-2', { state: 'denied', decided: NOW, decided_by: 'ann@example.com', comment: 'no' });
    requests.decide('rq-3', { state: 'denied', decided: NOW, decided_by: 'bob', comment: 'no' });
    const isAnn = (name: string) => name === 'ann@example.com';
    const forget = () => requests.forget(({ user }) => isAnn(user), isAnn, 'p-1');
    expect(forget()).toEqual({ deleted: 1, renamed: 1 });
    expect(requests.list().map(({ id, decided_by }) => [id, decided_by])).toEqual([
      ['rq-3', 'bob'],
      ['rq-2', 'p-1'],
    ]);
    expect(forget()).toEqual({ deleted: 0, renamed: 0 });
    // Numbers are not given twice: the audit log names them.
    expect(filed(elsewhere(4)).request.id).toBe('rq-4');
  });

  it('that is damaged is put aside by the appliance and told, and refused by a command', () => {
    requests.close();
    writeFileSync(join(dir, 'requests.sqlite'), 'this is no database '.repeat(100));
    expect(() => openApprovalRequests(dir)).toThrow(/cannot open .*requests\.sqlite/);
    const told: string[] = [];
    requests = openApprovalRequests(dir, (message) => told.push(message));
    expect(told).toEqual([expect.stringMatching(/put aside as .*requests\.sqlite\.broken/)]);
    expect(filed().is).toBe('filed');
  });
});

describe('what is known of the blocked request', () => {
  it('leaves a pseudonym out: policy knows nobody of that name', () => {
    expect(factsOf(flowEvent({ user_id: `p-${'0'.repeat(32)}` })).user).toBe('');
  });

  it('names what an approval has to name: for a model API the servers that it was told of', () => {
    const hosted = flowEvent({ traffic: 'hosted', mcp_servers: ['https://a.example/mcp', 'connector_gmail'] });
    expect(factsOf(hosted).servers).toEqual(['https://a.example/mcp', 'name:connector_gmail']);
    expect(factsOf(flowEvent({ traffic: 'install' })).servers).toEqual([]);
  });
});
