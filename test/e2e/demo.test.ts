import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';
import type { FlowEvent, Overview, Page } from '../../src/console/api/shapes.ts';

let folder: string;
let child: ReturnType<typeof startDemo>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daylight-test-'));
});
afterEach(async () => {
  // Only after a failure: then it has to end all the same.
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGINT');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

function startDemo(...options: string[]) {
  return spawn(join(INSTALL_DIR, 'bin/daylight'), ['demo', '--json', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
}

/** Command lines of running processes that name the folder (Linux). */
function leftovers(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(folder));
}

test('the demo catches, blocks and approves real servers, passes what is harmless, and leaves nothing', async () => {
  child = startDemo();
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line)));
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [status] = await once(child, 'close');
  expect(errors).toBe('');
  expect(status).toBe(0);

  const clients = lines.filter((line) => 'client' in line);
  expect(clients.map(({ ok }) => ok)).toEqual([true, true, true, true, false, false, true, true, false, true]);
  expect(clients[0]?.protocol).toBe('2025-11-25');
  expect(clients[1]?.protocol).toBe('2026-07-28');
  for (const blocked of [clients[4], clients[5], clients[8]])
    expect(blocked?.text).toMatch(/Blocked by Daylight: .*nobody approved/);

  const events = lines.flatMap((line) => ('event' in line ? [line.event as Record<string, unknown>] : []));
  expect(events.every((event) => event.traffic === 'shadow')).toBe(true);
  expect(new Set(events.map((event) => event.mcp_generation))).toEqual(new Set(['2025-11-25', '2026-07-28']));
  expect(events.map((event) => event.mcp_tool)).toEqual(expect.arrayContaining(['echo', 'search_notes']));
  expect(lines.find((line) => String(line.note).startsWith('Not flagged'))?.note).toMatch(/orders.*lsp/);
  expect(lines.at(-1)).toMatchObject({ done: true });

  expect(leftovers()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('an interrupted demo leaves nothing either', async () => {
  child = startDemo();
  const lines = createInterface({ input: child.stdout });
  // As soon as the appliance serves.
  for await (const line of lines) if (JSON.parse(line).fact === 'proxy') break;
  child.kill('SIGINT');
  child.stdout.resume();
  const [status] = await once(child, 'exit');
  expect(status).toBe(130);
  expect(leftovers()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('with --keep the console stays open with sample data that is called so, until it is interrupted', async () => {
  child = startDemo('--keep');
  const facts = new Map<string, string>();
  for await (const line of createInterface({ input: child.stdout })) {
    const { fact, text } = JSON.parse(line) as { fact?: string; text: string };
    if (fact !== undefined) facts.set(fact, text);
    if (fact === 'live') break;
  }
  expect(facts.get('exchanges')).toMatch(/^\d{5}, all of them made up/);
  const link = new URL(facts.get('sign in') ?? '');
  const entered = await fetch(new URL('/api/invite', link), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      token: new URLSearchParams(link.hash.slice(1)).get('token'),
      name: 'ana',
      password: 'correct horse battery',
    }),
  });
  expect(await entered.clone().json()).toMatchObject({ sensor: 'demo, with sample data' });
  const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const read = async (path: string) => (await fetch(new URL(path, link), { headers: { cookie } })).json();
  const { headline } = (await read(`/api/overview?from=${Date.now() - 14 * 86_400_000}&to=${Date.now()}`)) as Overview;
  expect(headline.users.value).toBeGreaterThan(20);
  expect(headline.shadowServers.value).toBeGreaterThan(8);
  expect(headline.spend.value).toBeGreaterThan(1);
  const { items } = (await read('/api/events?filter=host:everything.localhost%20tool:echo')) as Page<FlowEvent>;
  expect(items.length).toBeGreaterThan(0);

  child.kill('SIGINT');
  child.stdout.resume();
  const [status] = await once(child, 'exit');
  expect(status).toBe(0);
  expect(leftovers()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});
