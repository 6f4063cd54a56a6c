// Changes through the API: written into the policy files with comments kept, under the name of who is signed in, once, and never over somebody
// else's change.

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { retentionDesk } from '../../../src/app/retention.ts';
import { type Config, loadConfig } from '../../../src/config.ts';
import { configFileOf } from '../../../src/config-file.ts';
import type { ChangeResult, PolicyDocuments, Settings, SimulationLine } from '../../../src/console/api/shapes.ts';
import { DaylightError } from '../../../src/errors.ts';
import { flowEvent } from '../../store/sample-event.ts';
import { type TemporaryConsole, temporaryConsole } from './temporary-console.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const URL_ = 'https://tools.example/mcp';
let place: TemporaryConsole;

beforeEach(async () => {
  place = await temporaryConsole({ now: () => NOW });
});
afterEach(() => {
  place.remove();
  expect(place.faults).toEqual([]);
});

const policy = async () => (await (await place.ask('GET', '/api/policy', { as: 'viewer' })).json()) as PolicyDocuments;

async function change(what: object, { comment = 'for a test', etag }: { comment?: string; etag?: string } = {}) {
  const version = etag ?? (await policy()).etag;
  const response = await place.ask('POST', '/api/policy/changes', {
    as: 'operator',
    body: { change: what, comment },
    headers: { 'if-match': `"${version}"` },
  });
  const answer = (await response.json()) as ChangeResult & {
    error?: { code: string; field?: string; message: string; etag?: string };
  };
  return { status: response.status, ...answer };
}

describe('a change of policy', () => {
  it('keeps comments, signs with the name of who is signed in, and is in history and audit log', async () => {
    place.writePolicy('modes.yml', '# Ours.\ndefault: log # for now\nmodes: []\n');
    const done = await change({ kind: 'mode', target: 'shadow', mode: 'block', groups: ['finance'] }, { comment: 'agreed' });
    expect(done).toMatchObject({ status: 200, change: { action: 'mode', object: 'shadow' }, etag: (await policy()).etag });
    const text = place.policyFile('modes.yml');
    expect(text).toMatch(/# Ours\.\ndefault: log # for now\n/);
    expect(text).toMatch(
      /traffic: shadow[\s\S]*mode: block[\s\S]*groups:[\s\S]*finance[\s\S]*comment: agreed[\s\S]*by: operator/,
    );
    const [mode] = place.acts;
    expect(mode).toMatchObject({ actor: 'operator', action: 'policy.mode', objectId: 'shadow', reason: 'agreed', before: '' });
    expect(mode?.after).toContain('finance');
    expect(place.options.history?.list(1)).toMatchObject([{ actor: 'operator', action: 'mode', reason: 'agreed' }]);
    expect(place.options.loaded().source.policy.modes.modes).toHaveLength(1);
  });

  it('can be any that the command line knows', async () => {
    const rule = place.options.loaded().source.rules[0]?.id ?? '';
    const kinds: [object, string][] = [
      [{ kind: 'mode', target: rule.slice(0, 8), mode: 'log', until: '2099-01-01' }, 'mode'],
      [{ kind: 'block', url: URL_, until: '2099-01-31' }, 'block'],
      [{ kind: 'unblock', url: URL_ }, 'unblock'],
      [{ kind: 'approve', url: URL_, users: ['ana'], tools: ['read*'], hideTools: true, until: '2099-01-31' }, 'approve'],
      [{ kind: 'unapprove', url: URL_, at: 0 }, 'unapprove'],
      [{ kind: 'approve', url: URL_, users: ['ana'] }, 'approve'],
      [{ kind: 'exception', rule: rule.slice(0, 8), host: 'tools.example', until: '2099-01-31' }, 'add-exception'],
      [{ kind: 'remove-exception', id: 'ex-1' }, 'remove-exception'],
      [{ kind: 'dlp-profile', id: 'keys', request: 'block', threshold: 'high' }, 'dlp-profile'],
      [{ kind: 'pause', until: '2026-11-20T13:00:00Z' }, 'pause'],
      [{ kind: 'resume' }, 'resume'],
    ];
    place.writePolicy('dlp.yml', '# Ours.\nprofiles:\n  - { id: keys, detectors: [family:credential], request: log }\n');
    for (const [what, action] of kinds) expect(await change(what)).toMatchObject({ status: 200, change: { action } });
    expect((await policy()).approved).toMatchObject({ servers: [{ url: URL_, users: ['ana'], by: 'operator' }] });
    expect(place.policyFile('dlp.yml')).toMatch(/# Ours\.[\s\S]*request: block, threshold: high/);
    expect(place.acts.map(({ action }) => action)).toEqual(kinds.map(([, action]) => `policy.${action}`));
  });

  it.each([
    [{ kind: 'mode', target: 'shadow', mode: 'stop' }, 'invalid', 'change.mode'],
    [{ kind: 'mode', target: 'nothing', mode: 'log' }, 'invalid', undefined],
    [{ kind: 'mode', target: 'shadow', mode: 'block', networks: ['10.0.0.0/40'] }, 'ERR_POLICY_INVALID', undefined],
    [{ kind: 'approve', url: 'not a url' }, 'ERR_POLICY_INVALID', undefined],
    [{ kind: 'approve', url: URL_, until: '2026-02-31' }, 'ERR_POLICY_INVALID', undefined],
    [{ kind: 'approve', url: URL_, colour: 'red' }, 'invalid', 'change.colour'],
    [{ kind: 'block' }, 'invalid', 'change.url'],
    [{ kind: 'unblock', url: URL_ }, 'ERR_POLICY_INVALID', undefined],
    [{ kind: 'unapprove', url: URL_ }, 'ERR_POLICY_INVALID', undefined],
    [{ kind: 'unapprove', url: URL_, at: -1 }, 'invalid', 'change.at'],
    [{ kind: 'exception', until: '2099-01-31' }, 'ERR_POLICY_INVALID', undefined],
    [{ kind: 'exception', rule: 'shadow', until: '2099-01-31' }, 'invalid', 'change.rule'],
    [{ kind: 'dlp-profile', id: 'none', request: 'log' }, 'ERR_POLICY_INVALID', undefined],
    [{ kind: 'dlp-profile', id: 'none', request: 'stop' }, 'invalid', 'change.request'],
    [{ kind: 'dlp-profile', id: 'none' }, 'invalid', 'change'],
    [{ kind: 'remove-exception', id: 'ex-7' }, 'ERR_POLICY_INVALID', undefined],
    [{ kind: 'pause', until: '2026-11-22T13:00:00Z' }, 'invalid', 'change.until'],
    [{ kind: 'pause', until: 'tomorrow' }, 'invalid', 'change.until'],
    [{ kind: 'resume' }, 'ERR_POLICY_INVALID', undefined],
    [{ kind: 'delete-everything' }, 'invalid', 'change.kind'],
  ])('that is wrong is refused and leaves nothing behind: %j', async (what, code, field) => {
    const before = await policy();
    const { status, error } = await change(what);
    expect([status, error?.code, error?.field]).toEqual([400, code, field]);
    expect((await policy()).texts).toEqual(before.texts);
    expect(place.acts).toEqual([]);
  });

  it.each([
    [{ change: { kind: 'resume' } }, 'comment'],
    [{ change: { kind: 'resume' }, comment: '  ' }, 'comment'],
    [{ comment: 'why' }, 'change'],
  ])('says why: %j', async (body, field) => {
    const response = await place.ask('POST', '/api/policy/changes', { as: 'operator', body, headers: { 'if-match': '*' } });
    expect(response.status).toBe(400);
    expect(((await response.json()) as { error: { field: string } }).error.field).toBe(field);
  });
});

describe('changes at the same time', () => {
  it('conflict when policy is another than the person saw', async () => {
    const { etag } = await policy();
    expect(await change({ kind: 'block', url: URL_ }, { etag })).toMatchObject({ status: 200 });
    const second = await change({ kind: 'approve', url: URL_ }, { etag });
    const now = (await policy()).etag;
    expect(second).toMatchObject({ status: 412, error: { code: 'changed', etag: now } });
    expect((await policy()).approved).toMatchObject({ servers: [] });
    place.writePolicy('groups.yml', 'groups:\n  finance: { users: [ana] }\n');
    expect(await change({ kind: 'unblock', url: URL_ }, { etag: now })).toMatchObject({ status: 412 });
  });

  it('one wins, and nothing of the others is written', async () => {
    const { etag } = await policy();
    const urls = Array.from({ length: 6 }, (_, index) => `https://s${index}.example/mcp`);
    const all = await Promise.all(urls.map((url) => change({ kind: 'approve', url }, { etag })));
    expect(all.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
    expect((await policy()).approved).toMatchObject({ servers: [expect.anything()] });
  });

  it('need to say what they build on', async () => {
    const body = { change: { kind: 'block', url: URL_ }, comment: 'why' };
    const without = await place.ask('POST', '/api/policy/changes', { as: 'operator', body });
    expect([without.status, ((await without.json()) as { error: { field: string } }).error.field]).toEqual([428, 'If-Match']);
    expect((await place.ask('POST', '/api/policy/changes', { as: 'operator', body, headers: { 'if-match': '*' } })).status).toBe(
      200,
    );
  });
});

describe('the history', () => {
  it('goes back to a version, which makes a new one', async () => {
    await change({ kind: 'block', url: URL_ });
    await change({ kind: 'approve', url: URL_ });
    const { etag } = await policy();
    const headers = { 'if-match': etag };
    const list = (await (await place.ask('GET', '/api/policy/history?limit=2', { as: 'viewer' })).json()) as {
      items: { number: number; changes: string[] }[];
      next: string;
    };
    expect(list.items.map(({ changes }) => changes.length)).toEqual([2, 2]);
    const rest = await (await place.ask('GET', `/api/policy/history?limit=2&cursor=${list.next}`, { as: 'viewer' })).json();
    expect(rest).toMatchObject({ items: [{ action: 'first' }], next: null });
    const body = { n: list.items[1]?.number, comment: 'not yet' };
    const done = await place.ask('POST', '/api/policy/rollback', { as: 'operator', body, headers });
    expect(await done.json()).toMatchObject({ change: { action: 'rollback' } });
    expect(place.policyFile('modes.yml')).toContain(URL_);
    expect((await place.ask('POST', '/api/policy/rollback', { as: 'operator', body, headers })).status).toBe(412);
    const nowhere = { n: 99, comment: 'x' };
    expect(
      (await place.ask('POST', '/api/policy/rollback', { as: 'operator', body: nowhere, headers: { 'if-match': '*' } })).status,
    ).toBe(404);
  });

  it('broken files are shown with what is wrong, and are not edited', async () => {
    place.writePolicy('modes.yml', 'default: sometimes\n');
    const shown = await policy();
    expect(shown.warnings.join()).toMatch(/modes\.yml:1: default/);
    expect(shown.texts['modes.yml']).toBe('default: sometimes\n');
    expect(await change({ kind: 'block', url: URL_ })).toMatchObject({ status: 400, error: { code: 'ERR_POLICY_INVALID' } });
  });
});

describe('a request for approval', () => {
  const facts = {
    servers: [URL_],
    traffic: 'shadow',
    blocked: '',
    rule: '',
    method: '',
    tool: '',
    user: 'ana',
    address: '10.0.0.1',
  };
  const file = (event_id: string) =>
    place.requests.file({ ...facts, event_id, created: NOW, name: 'Ana', reason: 'Invoices.', days: 30 });

  it('is decided once, also when two people decide at the same time', async () => {
    file('e1');
    const decide = (what: string, body: object) => place.ask('POST', `/api/requests/rq-1/${what}`, { as: 'operator', body });
    await place.ask('GET', '/api/requests', { as: 'operator' });
    const all = await Promise.all([decide('approve', {}), decide('approve', {}), decide('deny', { comment: 'no' })]);
    expect(all.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(place.policyFile('approved.yml').match(/url:/g)).toHaveLength(1);
    expect(place.policyFile('approved.yml')).toMatch(/users:\s*\n\s*- ana|users: \[\s*ana/);
    expect(place.acts.map(({ action }) => action)).toEqual(['policy.approve', 'request.approved']);
  });

  it.each([
    ['approve', { until: '2020-01-01' }, 'until'],
    ['approve', { until: 'soon' }, 'until'],
    ['approve', { users: [] }, 'users'],
    ['deny', {}, 'comment'],
  ])('a decision that is wrong names the field: %s %j', async (what, body, field) => {
    file('e2');
    const response = await place.ask('POST', `/api/requests/rq-1/${what}`, { as: 'operator', body });
    expect([response.status, ((await response.json()) as { error: { field: string } }).error.field]).toEqual([400, field]);
    expect(place.requests.list()).toMatchObject([{ state: 'pending' }]);
  });
});

describe('a simulation', () => {
  const linesOf = async (response: Response) =>
    (await response.text())
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SimulationLine);
  const simulate = (body: unknown) => place.ask('POST', '/api/simulate', { as: 'analyst', body });

  it('is tried on recorded events, page by page', async () => {
    const rule = place.options.loaded().source.rules.find(({ traffic }) => traffic === 'shadow')?.id ?? '';
    const event = flowEvent({ ts: NOW - 1_000, traffic: 'shadow', rules: [rule], action: 'log', disposition: 'logged' });
    place.options.recorded = async function* () {
      yield [event];
      yield [flowEvent({ ...event, event_id: flowEvent().event_id })];
    };
    const lines = await linesOf(await simulate({ mode: 'block', target: 'shadow' }));
    expect(lines.at(-1)).toMatchObject({ type: 'result', result: { events: 2, newly_blocked: { requests: 2 } } });
    const texts = await linesOf(await simulate({ policy: { 'modes.yml': 'default: block\n' } }));
    expect(texts.at(-1)).toMatchObject({ type: 'result', result: { newly_blocked: { requests: 2 } } });
    const broken = await linesOf(await simulate({ policy: { 'modes.yml': 'default: perhaps\n' } }));
    expect(broken.at(-1)).toMatchObject({ type: 'error', error: { code: 'ERR_POLICY_INVALID' } });
    expect(place.acts).toEqual([]);
    expect(await change({ kind: 'block', url: event.server_key })).toMatchObject({ status: 200 });
    // A change that can be made only once is made only once in the copy.
    const lifted = await linesOf(await simulate({ change: { kind: 'unblock', url: event.server_key } }));
    expect(lifted.at(-1)).toMatchObject({ type: 'result' });
    const profile = await simulate({ change: { kind: 'dlp-profile', id: 'keys', request: 'block' } });
    expect(profile.status).toBe(400);
  });

  it('runs once for each person, twice in all, and ends when they go or ask for another', async () => {
    let running = 0;
    place.options.recorded = async function* () {
      running += 1;
      try {
        for (;;) {
          yield [flowEvent({ ts: NOW })];
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        running -= 1;
      }
    };
    const settle = async (wanted: number) => {
      while (running !== wanted) await new Promise((resolve) => setTimeout(resolve, 2));
    };
    const by = (as: 'analyst' | 'operator' | 'admin') => place.ask('POST', '/api/simulate', { as, body: { mode: 'block' } });
    const first = await by('analyst');
    const second = await by('analyst');
    expect((await linesOf(first)).at(-1)).toMatchObject({ type: 'error', error: { code: 'replaced' } });
    await settle(1);
    const other = await by('operator');
    expect((await by('admin')).status).toBe(429);
    await second.body?.cancel();
    await other.body?.cancel();
    await settle(0);
    const last = await by('admin');
    expect(last.status).toBe(200);
    await last.body?.cancel();
    await settle(0);
  });

  it.each([
    [{}, 'mode'],
    [{ target: 'shadow' }, 'mode'],
    [{ mode: 'block', target: 'nothing' }, 'target'],
    [{ mode: 'block', since: 'ever' }, 'since'],
    [{ mode: 'block', limit: 0 }, 'limit'],
  ])('that makes no sense is refused: %j', async (body, field) => {
    const response = await simulate(body);
    expect([response.status, ((await response.json()) as { error: { field: string } }).error.field]).toEqual([400, field]);
  });
});

describe('deleting a user', () => {
  const forget = (body: unknown, as: 'operator' | 'admin' = 'admin') => place.ask('POST', '/api/people/forget', { as, body });

  it('is done once the name was typed, and recorded without the name', async () => {
    const asked: string[] = [];
    place.remove();
    place = await temporaryConsole({
      forget: async (name) => {
        asked.push(name);
        return {
          record: { objectId: 'p-17', after: '{"http_flow":3,"mcp_call":2,"proxy tokens":1}' },
          tables: [
            { table: 'http_flow', rows: 3 },
            { table: 'mcp_call', rows: 2 },
          ],
          elsewhere: [{ place: 'proxy tokens', deleted: 1, renamed: 0 }],
          kept: [{ what: 'backups', why: 'they cannot be changed', where: [] }],
          waiting: true,
        };
      },
    });
    const answer = await forget({ user: 'ana', confirm: 'ana', comment: 'asked for it' });
    expect([answer.status, await answer.json()]).toMatchObject([
      200,
      { rows: 5, elsewhere: [{ place: 'proxy tokens' }], kept: [{ what: 'backups' }], waiting: true },
    ]);
    expect(asked).toEqual(['ana']);
    expect(place.acts).toMatchObject([
      {
        actor: 'admin',
        action: 'events.delete-user',
        objectId: 'p-17',
        reason: 'asked for it',
        after: expect.stringContaining('"proxy tokens":1'),
      },
    ]);
    expect(JSON.stringify(place.acts)).not.toContain('ana');
  });

  it.each([
    [{ user: 'ana', confirm: 'Ana', comment: 'why' }, 'confirm'],
    [{ user: 'ana', comment: 'why' }, 'confirm'],
    [{ user: 'ana', confirm: 'ana' }, 'comment'],
    [{ user: '', confirm: '', comment: 'why' }, 'user'],
  ])('is refused without the name, a reason, or the role: %j', async (body, field) => {
    const response = await forget(body);
    expect([response.status, ((await response.json()) as { error: { field: string } }).error.field]).toEqual([400, field]);
    expect((await forget({ user: 'ana', confirm: 'ana', comment: 'why' }, 'operator')).status).toBe(403);
    expect(place.acts).toEqual([]);
  });

  it('says when it takes longer, and records that it did not end', async () => {
    place.remove();
    place = await temporaryConsole({
      forget: async () => {
        throw new DaylightError('ERR_STORE', 'rows are still in http_flow after 60 s');
      },
    });
    const answer = await forget({ user: 'ana', confirm: 'ana', comment: 'why' });
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('still in http_flow')]);
    expect(place.acts).toMatchObject([{ action: 'events.delete-user', outcome: 'error' }]);
  });
});

describe('how long rows are kept', () => {
  const NAME = 'daylight.yaml';
  const patch = (body: unknown, etag: string | undefined, as: 'operator' | 'admin' = 'admin') =>
    place.ask('PATCH', '/api/settings/retention', { as, body, headers: etag === undefined ? {} : { 'if-match': etag } });
  const settings = async () => (await (await place.ask('GET', '/api/settings', { as: 'admin' })).json()) as Settings;
  let applied: number;
  let config: Config;

  beforeEach(async () => {
    const cwd = dirname(place.rules);
    place.writePolicy('../../daylight.yaml', '# Ours.\nstore:\n  retention: { flows: 60d } # for now\n');
    config = loadConfig({ cwd, env: { DAYLIGHT_STORE_RETENTION_AUDIT: '900d' } });
    const file = configFileOf({ cwd, env: { DAYLIGHT_STORE_RETENTION_AUDIT: '900d' } });
    applied = 0;
    place.options.retention = retentionDesk(config, file, async () => void applied++);
  });

  it('is written to the configuration file with its comments, applied, and audited', async () => {
    const { keep } = await settings();
    expect(keep?.file.endsWith(NAME)).toBe(true);
    const answer = await patch({ days: { flows: 30, excerpts: 7 }, comment: 'less is enough' }, keep?.etag);
    expect(answer.status).toBe(200);
    expect(readFileSync(keep?.file ?? '', 'utf8')).toMatch(
      /^# Ours\.\nstore:\n {2}retention: \{ flows: 30d, excerpts: 7d \} # for now\n$/,
    );
    expect([config.store.retention.flows, config.store.retention.excerpts, applied]).toEqual([30, 7, 1]);
    expect((await settings()).keep?.keys.find(({ key }) => key === 'flows')?.days).toBe(30);
    const [act] = place.acts;
    expect(act).toMatchObject({ actor: 'admin', action: 'settings.retention', reason: 'less is enough' });
    expect([JSON.parse(act?.before ?? ''), JSON.parse(act?.after ?? '')]).toMatchObject([{ flows: 60 }, { flows: 30 }]);
    // Somebody who saw it as it was before.
    expect((await patch({ days: { flows: 10 }, comment: 'why' }, keep?.etag)).status).toBe(412);
    expect(applied).toBe(1);
  });

  it.each([
    [{ days: { flows: 0 }, comment: 'why' }, 400],
    [{ days: { flows: 36_501 }, comment: 'why' }, 400],
    [{ days: { flows: '30d' }, comment: 'why' }, 400],
    [{ days: { everything: 1 }, comment: 'why' }, 400],
    [{ days: {}, comment: 'why' }, 400],
    [{ days: { flows: 3 } }, 400],
    [{ days: { audit: 3 }, comment: 'why' }, 409],
  ])('what is wrong, or set by a variable, is refused and changes nothing: %j', async (body, status) => {
    const { keep } = await settings();
    const answer = await patch(body, keep?.etag);
    expect(answer.status).toBe(status);
    if (status === 409) expect(await answer.text()).toContain('DAYLIGHT_STORE_RETENTION_AUDIT');
    expect([(await settings()).keep, applied, place.acts]).toEqual([keep, 0, []]);
  });

  it('is for administrators, says what it builds on, and needs a file', async () => {
    const body = { days: { flows: 30 }, comment: 'why' };
    expect((await patch(body, '*', 'operator')).status).toBe(403);
    expect((await patch(body, undefined)).status).toBe(428);
    place.options.retention = undefined;
    expect((await settings()).keep).toBeNull();
    expect((await patch(body, '*')).status).toBe(409);
  });
});
