import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../../src/config.ts';
import { EXAMPLE, sinkState } from '../../../src/console/ui/pages/sinks/sink-words.ts';

it.each([
  ['failing', { error: 'refused', lagMs: 0, lastSuccessAt: 1 }],
  ['behind', { error: '', lagMs: 61_000, lastSuccessAt: 1 }],
  ['sending', { error: '', lagMs: 900, lastSuccessAt: 1 }],
  ['quiet', { error: '', lagMs: 0, lastSuccessAt: 0 }],
])('a sink is %s', (word, figures) => {
  expect(sinkState(figures)).toBe(word);
});

it('the example of the empty page is a configuration', () => {
  const dir = mkdtempSync(join(tmpdir(), 'daylight-example-'));
  try {
    const file = join(dir, 'daylight.yaml');
    writeFileSync(file, EXAMPLE);
    expect(loadConfig({ file, env: {} }).sinks.map(({ name }) => name)).toEqual(['siem', 'archive']);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
