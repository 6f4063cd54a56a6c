// The rule pack as the console tells of it: what differs from it here, and what another pack changed.

import { afterEach, expect, it } from 'vitest';
import type { PackChanges, RulePackReport } from '../../../src/console/api/shapes.ts';
import { packOf, readRulePack } from '../../../src/rule-pack.ts';
import { type TemporaryConsole, temporaryConsole } from './temporary-console.ts';

let place: TemporaryConsole;
afterEach(() => {
  place.remove();
  expect(place.faults).toEqual([]);
});

const read = async <T>(path: string) => (await (await place.ask('GET', path, { as: 'viewer' })).json()) as T;

it('says which pack is in force, and where policy differs from it', async () => {
  place = await temporaryConsole();
  const [first, second] = place.options.loaded().source.rules;
  const before = await read<RulePackReport>('/api/rules/pack');
  expect(before).toMatchObject({ differences: [], current: { number: 1, id: readRulePack(place.rules).id, daylight: '1.2.3' } });
  const { etag } = await read<{ etag: string }>('/api/policy');
  let seen = etag;
  for (const change of [
    { kind: 'mode', target: first!.id, mode: 'off' },
    { kind: 'exception', rule: second!.id, host: 'a.example', until: '2099-01-01' },
    { kind: 'mode', target: 'install', mode: 'block' },
  ]) {
    const headers = { 'if-match': seen };
    const answer = await place.ask('POST', '/api/policy/changes', { as: 'operator', headers, body: { change, comment: 'try' } });
    seen = ((await answer.json()) as { etag: string }).etag;
  }
  const { differences } = await read<RulePackReport>('/api/rules/pack');
  const installs = place.options.loaded().source.rules.filter(({ traffic }) => traffic === 'install');
  expect(differences.filter(({ kind }) => kind === 'mode').map(({ text, about }) => [text, about.length])).toEqual([
    ['block, by the line of class install', installs.length],
  ]);
  expect(differences.filter(({ kind }) => kind !== 'mode')).toEqual([
    {
      kind: 'switched-off',
      about: [{ id: first!.id, title: first!.title }],
      text: 'off, by a line of its own',
      file: 'local/modes.yml',
    },
    { kind: 'excepted', about: [{ id: second!.id, title: second!.title }], text: '1', file: 'local/exceptions.yml' },
  ]);
});

it('tells what an upgrade added, removed and changed, line by line', async () => {
  place = await temporaryConsole();
  const { texts } = readRulePack(place.rules);
  const [removed, changed] = Object.keys(texts);
  const { [removed!]: _, ...rest } = texts;
  const next = {
    ...rest,
    [changed!]: `${texts[changed!]}# one more\n`,
    'mcp/zz-new.yml': 'title: A new rule\ndate: 2099-01-01\n',
  };
  place.options.packs?.keep(packOf(next), '1.3.0', 5);
  const report = await read<RulePackReport>('/api/rules/pack');
  expect(report.current).toMatchObject({ number: 2, version: '2099-01-01', daylight: '1.3.0' });
  const { before, files } = await read<PackChanges>('/api/rules/pack/2');
  expect(before?.number).toBe(1);
  expect(files.map(({ file, change }) => [file, change])).toEqual([
    [removed, 'removed'],
    [changed, 'changed'],
    ['mcp/zz-new.yml', 'added'],
  ]);
  expect(files[1]!.lines.filter(({ sign }) => sign !== ' ').map(({ sign, text }) => sign + text)).toEqual(['+# one more']);
  expect(files[2]).toMatchObject({ title: 'A new rule' });
  expect((await read<PackChanges>('/api/rules/pack/1')).files).toEqual([]);
  expect((await place.ask('GET', '/api/rules/pack/9', { as: 'viewer' })).status).toBe(404);
});
