// The tables of docs/reference/sink-formats.md hold exactly what the formats write.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { INSTALL_DIR } from '../../../src/config.ts';
import { toCef } from '../../../src/sinks/formats/cef.ts';
import { toLeef } from '../../../src/sinks/formats/leef.ts';
import { toOcsf } from '../../../src/sinks/formats/ocsf/ocsf.ts';
import { flowEvent } from '../../store/sample-event.ts';
import { ECS_FIELDS } from './ecs-fields.ts';
import { parseCef, parseLeef } from './grammar.ts';
import { auditEvents, companyEvents, emptyEvents, findingEvents } from './sample-events.ts';

const ORIGIN = { sensor: 'edge-1', version: '1.2.3', tenant: 'acme' };
const page = readFileSync(join(INSTALL_DIR, 'docs/reference/sink-formats.md'), 'utf8');
const events = [
  ...(await companyEvents()),
  ...[...findingEvents(), ...auditEvents(), ...emptyEvents(), flowEvent(), flowEvent({ src_ip: '2001:db8::7' })],
];

/** The cells of the tables of a section, row by row, without heads. */
function rowsOf(section: string): string[][] {
  const [, text = ''] = page.split(`\n## ${section}\n`);
  const lines = text.split('\n## ')[0]!.split('\n');
  return lines.filter((line) => line.startsWith('| ')).map((line) => line.split('|').slice(1, -1));
}

function codesIn(text = ''): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

function sorted(names: Iterable<string>): string[] {
  return [...new Set(names)].sort();
}

test('CEF and LEEF', () => {
  const rows = rowsOf('CEF and LEEF');
  const told = events.filter(({ kind }) => kind !== 'tool_seen');
  const cef = told.flatMap((event) => [...parseCef(toCef(event, ORIGIN)!).extension.keys()]);
  const leef = told.flatMap((event) => [...parseLeef(toLeef(event, ORIGIN)!).attributes.keys()]);
  expect(sorted(rows.flatMap(([, keys]) => codesIn(keys)))).toEqual(sorted(cef));
  expect(sorted(rows.flatMap(([, , keys]) => codesIn(keys)))).toEqual(sorted(leef));
});

test('ECS', () => {
  expect(sorted(rowsOf('ECS').flatMap(([fields]) => codesIn(fields)))).toEqual(sorted(ECS_FIELDS.keys()));
});

test('OCSF', () => {
  const written = new Map<string, Set<string>>();
  for (const event of events) {
    const mapped = toOcsf(event, ORIGIN);
    if (!mapped) continue;
    const name = String(mapped.class_name);
    written.set(name, new Set([...(written.get(name) ?? []), ...Object.keys(mapped)]));
  }
  const common = codesIn(/All classes have ([^.]+)\./.exec(page)?.[1]);
  const rows = rowsOf('OCSF').filter(([name = '']) => written.has(name.trim()));
  for (const [name, attributes] of written) {
    const own = rows.filter(([of = '']) => of.trim() === name).flatMap(([, names]) => codesIn(names));
    // Not every class has something without an attribute of its own.
    expect([name, sorted([...own, ...common])]).toEqual([name, sorted([...attributes, 'unmapped'])]);
  }
});
