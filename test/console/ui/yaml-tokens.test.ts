import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { yamlTokens } from '../../../src/console/ui/parts/yaml-tokens.ts';

const shown = (source: string): string =>
  yamlTokens(source)
    .map((line) => line.map(({ kind, text }) => `${kind}:${text}`).join('|'))
    .join('\n');
const joined = (source: string): string =>
  yamlTokens(source)
    .map((line) => line.map(({ text }) => text).join(''))
    .join('\n');

describe('YAML for reading', () => {
  it('tells keys, texts, numbers and comments apart', () => {
    expect(shown('mode: block # why')).toBe('key:mode|mark::|plain: |text:block|plain: |comment:# why');
    expect(shown('  - until: 2026-12-04')).toBe('plain:  |mark:-|plain: |key:until|mark::|plain: |atom:2026-12-04');
    expect(shown('hideTools: true')).toBe('key:hideTools|mark::|plain: |atom:true');
  });

  it('reads lists and maps on one line', () => {
    expect(shown("tags: [mcp.a, 'b c']")).toBe("key:tags|mark::|plain: |mark:[|text:mcp.a|mark:,|plain: |text:'b c'|mark:]");
    expect(shown('{ all: true }')).toBe('mark:{|plain: |key:all|mark::|plain: |atom:true|plain: |mark:}');
  });

  it('takes no URL for a key', () => {
    expect(shown('- https://mcp.example.com:8443/mcp')).toBe('mark:-|plain: |text:https://mcp.example.com:8443/mcp');
    expect(shown('url: https://mcp.example.com/mcp#part')).toBe('key:url|mark::|plain: |text:https://mcp.example.com/mcp#part');
  });

  it('takes the lines of a text block for text', () => {
    const source = 'description: >-\n  key: is no key here\n\n  # and no comment\nlevel: high';
    expect(shown(source).split('\n')).toEqual([
      'key:description|mark::|plain: |text:>-',
      'text:  key: is no key here',
      '',
      'text:  # and no comment',
      'key:level|mark::|plain: |text:high',
    ]);
  });

  it('loses no character of the shipped rules', () => {
    for (const name of readdirSync('rules/mcp')) {
      const source = readFileSync(join('rules/mcp', name), 'utf8');
      expect(joined(source)).toBe(source);
    }
  });

  it('loses no character of anything', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (source) => joined(source) === source));
    const yamlish = fc
      .array(fc.constantFrom('a', ' ', ':', '-', '#', '"', "'", '{', '}', '[', ']', ',', '|', '>', '\n', '1', 'true'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(yamlish, (source) => joined(source) === source),
      { numRuns: 500 },
    );
  });
});
