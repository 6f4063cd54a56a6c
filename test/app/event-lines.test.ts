import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dropEventLines } from '../../src/app/event-lines.ts';
import { personOf } from '../../src/app/person.ts';
import { createPseudonyms } from '../../src/store/emit.ts';
import { auditEvent, flowEvent } from '../store/sample-event.ts';

let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'daylight-lines-'));
});
afterEach(() => rmSync(data, { recursive: true }));

const pseudonym = createPseudonyms(Buffer.alloc(32, 1));
const ana = personOf('ana', pseudonym);
const of = (user_id: string) => flowEvent({ user_id });
const letter = (event: object) => ({ at: '2026-11-20T12:00:00.000Z', reason: 'too long', event });
const text = (lines: readonly (object | string)[]) =>
  lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');

function put(name: string, lines: readonly (object | string)[]): string {
  const file = join(data, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text(lines));
  return file;
}

it('counts what is on its way, and does not touch it', async () => {
  const events = [of('ana'), of('bob'), of(ana.alias), { kind: 'client_count', who: 'ana' }, auditEvent({ actor: 'ana' })];
  const files = ['spool/w-http_flow-1.ndjson', 'spool/w-http_flow-2.open', 'sinks/siem/queue/000000001.ndjson'];
  const all = files.map((name) => put(name, events));
  put('sinks/siem/resend/20261120T120000000Z-1.ndjson', [letter(of('ana'))]);
  expect(await dropEventLines(data, ana, false)).toEqual({ spooled: 6, queued: 4, dropped: 0, left: 0 });
  for (const file of all) expect(readFileSync(file, 'utf8')).toBe(text(events));
});

it('takes lines about a person out of what was refused, once, and leaves those of others', async () => {
  const others = [
    of('bob'),
    auditEvent({ actor: 'ana' }),
    '{"torn',
    flowEvent({ user_id: 'bob', url: 'https://ana.example/ana' }),
  ];
  const segment = put('spool/dead/w-http_flow-1.ndjson', [of('ana'), ...others, '{"user_id":"ana","torn']);
  const letters = [letter(of('bob')), letter(auditEvent({ actor: 'ana' })), { at: '', reason: 'no event', line: 'hello' }];
  const sink = put('sinks/siem/dead/20261120T120000000Z.ndjson', [...letters, letter(of('ana')), letter(of(ana.alias))]);
  expect(await dropEventLines(data, ana, false)).toMatchObject({ dropped: 4, left: 0 });
  expect(readFileSync(segment, 'utf8')).toBe(text(others));
  expect(readFileSync(sink, 'utf8')).toBe(text(letters));
  expect(statSync(sink).mode & 0o777).toBe(0o600);
  expect(await dropEventLines(data, ana, false)).toMatchObject({ dropped: 0, left: 0 });
});

it('goes by address where nobody was identified', async () => {
  const lines = [flowEvent({ user_id: '', src_ip: '10.9.9.9' }), flowEvent({ user_id: 'bob', src_ip: '10.9.9.9' })];
  const file = put('spool/dead/w-http_flow-1.ndjson', lines);
  expect(await dropEventLines(data, personOf('10.9.9.9', pseudonym), false)).toMatchObject({ dropped: 1 });
  expect(readFileSync(file, 'utf8')).toBe(text(lines.slice(1)));
});

it('leaves what an appliance that runs may still write, and says how much', async () => {
  const older = put('sinks/siem/dead/20261119T120000000Z.ndjson', [letter(of('ana'))]);
  const newest = put('sinks/siem/dead/20261120T120000000Z.ndjson', [letter(of('ana')), letter(of('bob'))]);
  put('spool/dead/w-http_flow-1.ndjson', [of('ana')]);
  put('spool/w-http_flow-1.ndjson', [of('ana')]);
  expect(await dropEventLines(data, ana, true)).toEqual({ spooled: 1, queued: 0, dropped: 1, left: 2 });
  expect(readFileSync(older, 'utf8')).toBe('');
  expect(readFileSync(newest, 'utf8')).toContain('"ana"');
});

it('finds nothing where nothing ever ran', async () => {
  expect(await dropEventLines(join(data, 'none'), ana, false)).toEqual({ spooled: 0, queued: 0, dropped: 0, left: 0 });
});
