import { describe, expect, it } from 'vitest';
import { compileDlp } from '../../src/engine/dlp/compile.ts';
import { type Coverage, coverRules } from '../../src/engine/dlp/coverage.ts';
import { detectorSchema } from '../../src/engine/dlp/schema.ts';
import type { ScanResult, ScanTools } from '../../src/engine/dlp/types.ts';
import { createContentScanner, scanTools } from '../../src/proxy/content-scan.ts';

const detector = detectorSchema.parse({
  ...{ id: 'badge', title: 'Badge', description: 'A badge number', family: 'custom' },
  patterns: [{ regex: 'badge-[0-9]{6}', alone: 'high' }],
  anchors: { literals: ['badge-'] },
  samples: { match: ['badge-123456'], silent: ['badge'] },
});
const dlp = compileDlp({ detectors: [detector], profiles: [], exact: {} });
const coverage: Coverage = coverRules(dlp, [[{ profile: 'p', threshold: 0, count: 1, action: 'redact' }]], 'request');
const message = (text: string) =>
  ({
    kind: 'json',
    text: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'x', params: { text } }),
    where: 'request.body',
  }) as const;
const LARGE = 'all is well '.repeat(20_000);
const tools = scanTools(Buffer.alloc(32, 1));

function open(of: ScanTools = tools) {
  const faults: unknown[] = [];
  // As fast on every machine: 0.1 ms between two looks at the clock.
  let time = 0;
  const scanner = createContentScanner(
    of,
    (error) => faults.push(error),
    () => (time += 0.1),
  );
  const results: ScanResult[] = [];
  const scan = (text: string, wanted = () => true) =>
    scanner.scan(message(text), coverage, 'session', (result) => void results.push(result), wanted);
  return { faults, results, scan };
}

const turns = async (holds: () => boolean): Promise<void> => {
  for (let i = 0; i < 10_000 && !holds(); i++) await new Promise((resolve) => setImmediate(resolve));
  expect(holds()).toBe(true);
};

describe('a scan', () => {
  it('of little content is done in the same turn', () => {
    const { results, scan } = open();
    scan('my badge-123456');
    expect(results).toMatchObject([{ action: 'redact', truncated: '', values: ['badge-123456'] }]);
  });

  it('of much content lets the event loop run, and small ones overtake it', async () => {
    const { results, scan } = open();
    scan(`${LARGE} badge-123456`);
    scan('badge-654321');
    expect(results.map(({ values }) => values[0])).toEqual(['badge-654321']);
    await turns(() => results.length === 2);
    expect(results[1]).toMatchObject({ values: ['badge-123456'], truncated: '' });
  });

  it('that nobody waits for any more is dropped', async () => {
    const { results, scan } = open();
    scan(LARGE, () => false);
    scan(`${LARGE} badge-123456`);
    await turns(() => results.length > 0);
    expect(results).toHaveLength(1);
  });

  it('that fails is told, counts as content that could not be read, and leaves the others alone', async () => {
    const broken = {
      ...tools,
      keyedHash: () => {
        throw new Error('no hash');
      },
    };
    const { faults, results, scan } = open(broken);
    scan('badge-123456');
    scan(`${LARGE} badge-123456`);
    scan(LARGE);
    await turns(() => results.length === 3);
    expect(faults).toHaveLength(2);
    expect(results.map(({ truncated }) => truncated).sort()).toEqual(['', 'unreadable', 'unreadable']);
  });
});
