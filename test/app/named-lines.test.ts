import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { namedLines, yamlBelow } from '../../src/app/named-lines.ts';

it('tells the lines that name somebody, with file and number, in every YAML file of a folder', () => {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-named-'));
  mkdirSync(join(dir, 'dlp'));
  writeFileSync(join(dir, 'groups.yml'), 'groups:\n  finance:\n    users: [ana, bob]\n');
  writeFileSync(join(dir, 'dlp', 'own.yaml'), '# ana asked for it\n');
  writeFileSync(join(dir, 'notes.txt'), 'ana\n');
  const files = [...yamlBelow(dir), join(dir, 'missing.csv')];
  expect(namedLines(files, (text) => text.includes('ana'))).toEqual([
    { where: `${join(dir, 'dlp', 'own.yaml')}:1`, text: '# ana asked for it' },
    { where: `${join(dir, 'groups.yml')}:3`, text: 'users: [ana, bob]' },
  ]);
  expect(yamlBelow(join(dir, 'missing'))).toEqual([]);
  rmSync(dir, { recursive: true });
});
