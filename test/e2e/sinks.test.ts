// Sinks of a real appliance: receivers that are down, slow, wrong or hostile; nothing is lost, and nobody waits for anybody else.

import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';
import type { Event } from '../../src/engine/event.ts';
import { processIdentity } from '../../src/store/process-identity.ts';
import { openSpool } from '../../src/store/spool.ts';
import { type Receiver, startReceiver, TAKE } from '../sinks/receiver.ts';
import { flowEvent } from '../store/sample-event.ts';
import { type Appliance, end, startAppliance, until } from './appliance.ts';

const SECRET = Buffer.alloc(32, 7).toString('base64');
let appliance: Appliance;
let hook: Receiver;
let writers = 0;

beforeAll(async () => {
  hook = await startReceiver();
  const quick = { ageMs: 50, events: 50 };
  const url = `${hook.url}/hook`;
  appliance = await startAppliance({
    config: {
      sinks: [
        { name: 'archive', type: 'file', path: './out/events.ndjson', format: 'native', batch: quick },
        { name: 'hook', type: 'webhook', url, format: 'native', secret: SECRET, timeout: 500, allowPrivate: true, batch: quick },
        { name: 'dead', type: 'webhook', url: 'http://127.0.0.1:9/x', allowPrivate: true, token: 'never-to-be-seen' },
        { name: 'strict', type: 'webhook', url, filter: 'user:nobody' },
        {
          name: 'blocked',
          type: 'file',
          path: './out/blocked.ndjson',
          format: 'native',
          filter: 'disposition:blocked',
          batch: quick,
        },
      ],
    },
  });
});

afterAll(async () => {
  await appliance?.stop();
  await hook?.stop();
});

/** Events as a worker writes them. @returns their ids */
async function spool(count: number, fields: (n: number) => Parameters<typeof flowEvent>[0] = () => ({})): Promise<string[]> {
  const events = Array.from({ length: count }, (_, n) => flowEvent(fields(n)));
  const dir = join(appliance.dir, 'data/spool');
  const writer = openSpool({
    dir,
    writer: processIdentity(`test${++writers}`),
    onError: (error) => {
      throw error;
    },
  });
  for (const event of events) writer.append(event);
  await writer.close();
  return events.map(({ event_id }) => event_id);
}

const lines = (file: string): Event[] =>
  existsSync(join(appliance.dir, file))
    ? readFileSync(join(appliance.dir, file), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Event)
    : [];
const idsIn = (file: string) => lines(file).map(({ event_id }) => event_id);
const hooked = () => hook.taken.flatMap(({ body }) => (JSON.parse(body) as Event[]).map(({ event_id }) => event_id));
const hasAll = (ids: readonly string[]) => (found: readonly string[]) => ids.every((id) => found.includes(id));

/** As the appliance last wrote it for the command line. */
interface Health {
  error: string;
  pendingEvents: number;
}
async function healthOf(name: string): Promise<Health> {
  const file = join(appliance.dir, 'data/sinks', name, 'health.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Health) : { error: '', pendingEvents: 0 };
}

interface Listed {
  name: string;
  health: { lastError: string; pendingEvents: number; retries: number };
}
async function listed(name: string): Promise<Listed> {
  const { stdout } = await appliance.cli('sinks', 'list', '--json');
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Listed)
    .find((sink) => sink.name === name)!;
}

describe('sinks of a running appliance', () => {
  test('deliver in order, signed, while another one is dead; ClickHouse waits for none', async () => {
    const ids = await spool(120, (n) => ({ disposition: n % 40 === 0 ? 'blocked' : 'logged' }));
    await until(async () => idsIn('out/events.ndjson'), hasAll(ids));
    await until(async () => hooked(), hasAll(ids));
    expect(hooked().filter((id) => ids.includes(id))).toEqual(ids);
    const blocked = await until(
      async () => idsIn('out/blocked.ndjson'),
      (found) => found.length > 0,
    );
    expect(blocked.filter((id) => ids.includes(id))).toEqual(ids.filter((_, n) => n % 40 === 0));
    await appliance.events((events) => hasAll(ids)(events.map(({ event_id }) => event_id)));
    for (const { headers, body } of hook.taken) {
      const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = headers;
      const expected = createHmac('sha256', Buffer.from(SECRET, 'base64')).update(`${id}.${time}.${body}`).digest('base64');
      expect(signature).toBe(`v1,${expected}`);
      expect(Math.abs(Date.now() / 1000 - Number(time))).toBeLessThan(60);
    }
    const dead = await until(
      () => listed('dead'),
      ({ health }) => health.retries > 0,
    );
    expect(dead.health.lastError).toContain('nothing listens at http://127.0.0.1:9');
    expect(dead.health.pendingEvents).toBeGreaterThanOrEqual(120);
  });

  test.each([
    ['answers 500', (_: unknown, response: import('node:http').ServerResponse) => void response.writeHead(500).end('no'), '500'],
    ['does not answer in time', () => {}, 'no whole answer'],
    [
      'sends half a body',
      (_: unknown, response: import('node:http').ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half');
        setTimeout(() => response.destroy(), 20);
      },
      'http://127.0.0.1',
    ],
    [
      'redirects to a private address',
      (_: unknown, response: import('node:http').ServerResponse) =>
        void response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end(),
      'redirect',
    ],
  ])('lose nothing when the receiver %s', async (_what, behaviour, message) => {
    hook.behave(behaviour);
    const before = hook.count();
    const ids = await spool(60);
    await until(
      async () => hook.count(),
      (count) => count > before,
    );
    await until(
      () => healthOf('hook'),
      ({ error, pendingEvents }) => error.includes(message) && pendingEvents >= 60,
    );
    await until(async () => idsIn('out/events.ndjson'), hasAll(ids));
    hook.behave(TAKE);
    await until(async () => hooked(), hasAll(ids), 30_000);
  });

  test('keep what a receiver refuses as dead letters, and deliver the rest', async () => {
    hook.behave(({ body }, response) => {
      response.writeHead(body.includes('poison.example') ? 422 : 200).end('poison');
    });
    const ids = await spool(20, (n) => (n === 7 ? { dst_host: 'poison.example' } : {}));
    const good = ids.filter((_, n) => n !== 7);
    await until(async () => hooked(), hasAll(good));
    const folder = join(appliance.dir, 'data/sinks/hook/dead');
    await until(async () => existsSync(folder) && readdirSync(folder).length > 0, Boolean);
    const letters = readdirSync(folder).flatMap((name) => lines(`data/sinks/hook/dead/${name}`)) as unknown as {
      reason: string;
      event: Event;
    }[];
    expect(letters.map(({ event }) => event.event_id)).toEqual([ids[7]]);
    expect(letters[0]?.reason).toContain('422');
    hook.behave(TAKE);
    const again = await appliance.cli('sinks', 'resend', 'hook', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ name: 'hook', events: 1 });
    await until(async () => hooked(), hasAll(ids));
    const none = await appliance.cli('sinks', 'resend', 'hook');
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('sink hook has no dead letters') });
  });

  test('reach no private address unless told to', async () => {
    const { stdout, code } = await appliance.cli('sinks', 'test', 'strict', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: false, message: expect.stringContaining('allowPrivate: true') });
  });

  test('can be tried out from the command line and by the API, and show no secret', async () => {
    const tried = await appliance.cli('sinks', 'test', 'hook');
    expect(tried).toMatchObject({ code: 0, stdout: expect.stringContaining('Accepted') });
    const [event] = JSON.parse(hook.taken.at(-1)!.body) as Event[];
    expect(event).toMatchObject({ kind: 'audit_log', action: 'sink.test', object_id: 'hook' });
    expect(await appliance.cli('sinks', 'test', 'hok')).toMatchObject({ code: 1, stderr: expect.stringContaining('"hook"') });
    const all = `${(await appliance.cli('sinks', 'list')).stdout}${(await appliance.cli('sinks', 'list', '--json')).stdout}`;
    expect(all).not.toContain('never-to-be-seen');
    expect(all).not.toContain(SECRET);

    const link = new URL(readFileSync(join(appliance.dir, 'data/admin-invite'), 'utf8').trim());
    const signedIn = await fetch(`${appliance.consoleUrl}/api/invite`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        token: new URLSearchParams(link.hash.slice(1)).get('token'),
        name: 'ada',
        password: 'correct horse 1',
      }),
    });
    const cookie = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { csrf } = (await signedIn.json()) as { csrf: string };
    const ask = (path: string, method = 'GET') =>
      fetch(`${appliance.consoleUrl}/api${path}`, { method, headers: { cookie, 'x-csrf-token': csrf } });
    const { items } = (await (await ask('/sinks')).json()) as { items: { name: string; target: string }[] };
    expect(items.map(({ name }) => name)).toEqual(['archive', 'hook', 'dead', 'strict', 'blocked']);
    expect(items[2]?.target).toBe('http://127.0.0.1:9/…');
    expect(await (await ask('/sinks/dead/test', 'POST')).json()).toMatchObject({
      accepted: false,
      message: expect.stringContaining('nothing listens'),
    });
    expect(await (await ask('/sinks/hook/test', 'POST')).json()).toMatchObject({ accepted: true });
    expect((await ask('/sinks/none/test', 'POST')).status).toBe(404);
    expect(await (await ask('/settings')).text()).not.toContain('never-to-be-seen');
    expect(await (await ask('/health')).json()).toMatchObject({ sinks: { count: 5, failing: ['dead', 'strict'] } });
  });

  test('lose nothing when the appliance is killed during an outage', async () => {
    hook.behave((_request, response) => void response.writeHead(503).end());
    const ids = await spool(500);
    await until(
      () => healthOf('hook'),
      ({ pendingEvents }) => pendingEvents >= 500,
    );
    process.kill(appliance.pid, 'SIGKILL');
    ids.push(...(await spool(100)));
    const before = hook.taken.length;
    const config = join(appliance.dir, 'daylight.yaml');
    const again = spawn(join(INSTALL_DIR, 'bin/daylight'), ['start', '--json', '--config', config], {
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    });
    try {
      await once(again.stdout!, 'data');
      hook.behave(TAKE);
      await until(async () => hooked(), hasAll(ids));
      const sent = hook.taken.slice(before).flatMap(({ body }) => (JSON.parse(body) as Event[]).map(({ event_id }) => event_id));
      expect([...new Set(sent)].filter((id) => ids.includes(id))).toEqual(ids);
    } finally {
      await end(again);
    }
  });

  test('forget a sink that is configured no more', async () => {
    const config = join(appliance.dir, 'daylight.yaml');
    const text = readFileSync(config, 'utf8');
    writeFileSync(config, text.replace(/ {2}- name: dead\n( {4}.*\n)+/, ''));
    const again = spawn(join(INSTALL_DIR, 'bin/daylight'), ['start', '--json', '--config', config], {
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    });
    try {
      await once(again.stdout!, 'data');
      expect(existsSync(join(appliance.dir, 'data/sinks/dead/queue'))).toBe(false);
      const segments = () => readdirSync(join(appliance.dir, 'data/spool'));
      await until(
        async () => segments(),
        (names) => !names.some((name) => name.endsWith('.ndjson')),
        15_000,
      );
      expect(segments()).not.toContain('sink-dead.passed');
    } finally {
      await end(again);
    }
  });
});
