import { describe, expect, it } from 'vitest';
import { classModes } from '../../../src/console/ui/pages/rules/class-modes.ts';
import { modesSchema } from '../../../src/engine/policy/schema.ts';

const now = Date.parse('2026-11-20T15:00:00Z');
const of = (document: unknown, target: string) =>
  classModes(modesSchema.parse(document), now).find((row) => row.target === target)!;

describe('modes of classes', () => {
  it('shows the default for classes without a line of their own', () => {
    expect(of({ default: 'block' }, 'shadow')).toMatchObject({ mode: 'block', inherited: true });
    expect(of({ default: 'block' }, 'default')).toMatchObject({ mode: 'block', inherited: false });
  });

  it('never blocks guesses by default', () => {
    expect(of({ default: 'block' }, 'suspect')).toMatchObject({ mode: 'log', inherited: true });
  });

  it('takes the last line that holds now for everybody, and lists the others', () => {
    const document = {
      modes: [
        { traffic: 'shadow', mode: 'off' },
        { traffic: 'shadow', mode: 'block', canary: '10%' },
        { traffic: 'shadow', mode: 'log', until: '2026-12-31' },
        { traffic: 'shadow', mode: 'block', after: '2026-12-04' },
        { traffic: 'shadow', mode: 'block', groups: ['finance'], until: '2026-11-01' },
      ],
    };
    const row = of(document, 'shadow');
    expect(row).toMatchObject({ mode: 'log', inherited: false });
    expect(row.lines.map(({ mode, canary, after }) => [mode, canary ?? after ?? ''])).toEqual([
      ['off', ''],
      ['block', '10%'],
      ['block', '2026-12-04'],
    ]);
  });

  it('has a row for each tag that has a line, and lines for some people beside the default', () => {
    const document = {
      modes: [
        { all: true, mode: 'block', networks: ['10.0.0.0/8'] },
        { tag: 'mcp.oauth', mode: 'off' },
      ],
    };
    expect(of(document, 'mcp.oauth')).toMatchObject({ kind: 'tag', mode: 'off' });
    expect(of(document, 'default').lines).toHaveLength(1);
  });
});
