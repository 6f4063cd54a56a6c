import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { INSTALL_DIR } from '../../src/config.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daylight-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function startDemo() {
  return spawn(join(INSTALL_DIR, 'bin/daylight'), ['demo', '--json'], {
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

test('the demo catches, blocks and approves real servers, passes what is harmless, and leaves nothing', {
  timeout: 60_000,
}, async () => {
  const child = startDemo();
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

test('an interrupted demo leaves nothing either', { timeout: 60_000 }, async () => {
  const child = startDemo();
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
