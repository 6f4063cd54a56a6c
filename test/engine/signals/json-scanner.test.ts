import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJsonScanner, MAX_TEXT, outlineOf } from '../../../src/engine/signals/json-scanner.ts';
import { KEEP, type Keep, OTHERS, type Outline } from '../../../src/engine/signals/outline.ts';

/** What JSON.parse and the keep tree say must be kept. */
function project(value: unknown, keep: Keep): Outline | undefined {
  if (Array.isArray(value)) {
    if (keep.elements === undefined) return [];
    const limit = keep.limit ?? 64;
    const { elements } = keep;
    return value.slice(0, limit).flatMap((each) => {
      const kept = project(each, elements);
      return kept === undefined ? [] : [kept];
    });
  }
  if (typeof value === 'object' && value !== null) {
    if (keep.members === undefined && keep.prefix === undefined) return {};
    const kept: Record<string, Outline> = {};
    let others = 0;
    for (const [key, inner] of Object.entries(value)) {
      const how = keep.members?.get(key) ?? (keep.prefix && key.startsWith(keep.prefix.text) ? keep.prefix.keep : undefined);
      const projected = how && project(inner, how);
      if (how === undefined) others++;
      else if (projected !== undefined) kept[key] = projected;
    }
    if (others > 0) kept[OTHERS] = others;
    return kept;
  }
  if (keep.containersOnly) return undefined;
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : (value as Outline);
}

const key = fc.oneof(
  fc.constantFrom(
    'jsonrpc',
    'method',
    'id',
    'params',
    'result',
    'error',
    'tools',
    'name',
    '_meta',
    'clientInfo',
    'capabilities',
    '__proto__',
  ),
  fc.constantFrom(
    'io.modelcontextprotocol/protocolVersion',
    'serverInfo',
    'type',
    'messages',
    'content',
    'mcp_servers',
    'session',
    'version',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const { value: document } = fc.letrec<{ value: unknown; scalar: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    tie('scalar'),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(key, tie('value'), { maxKeys: 6 }),
  ),
  scalar: fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('2.0', 'tools/list', 'initialize', '2025-06-18'),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
  ),
}));

/** A document as text, written with the freedom that JSON leaves. */
const written = fc
  .tuple(
    document,
    fc.constantFrom(undefined, 1, '\t'),
    fc.boolean(),
    fc.constantFrom('', '\ufeff'),
    fc.constantFrom('', ' \r\n\t'),
  )
  .map(([value, indent, hidden, mark, space]) => {
    const json = JSON.stringify(value, null, indent);
    const text = hidden
      ? json.replace(/[a-z](?=[^"\\]*":)/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : json;
    return { value: JSON.parse(text) as unknown, text: mark + space + text + space };
  });

function cut(text: string, cuts: readonly number[]): string[] {
  const places = [...new Set(cuts.map((each) => each % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((place, index) => text.slice(place, places[index] ?? text.length));
}

describe('the scanner', () => {
  it('keeps what JSON.parse finds, for every valid document', () => {
    fc.assert(
      fc.property(written, ({ value, text }) => {
        const outline = outlineOf(text);
        expect(outline).toMatchObject({ complete: true, invalid: false });
        expect(outline.root).toEqual(project(value, KEEP));
      }),
      { numRuns: 500 },
    );
  });

  it('does not care how the text is split', () => {
    fc.assert(
      fc.property(written, fc.array(fc.nat(), { maxLength: 12 }), ({ text }, cuts) => {
        const scanner = createJsonScanner();
        for (const part of cut(text, cuts)) scanner.push(part);
        scanner.end();
        expect(scanner.outline()).toEqual(outlineOf(text));
      }),
      { numRuns: 300 },
    );
  });

  it('does not care how the bytes are split, not even within a character', () => {
    fc.assert(
      fc.property(written, fc.integer({ min: 1, max: 7 }), ({ text }, size) => {
        const bytes = new TextEncoder().encode(text);
        const scanner = createJsonScanner();
        for (let at = 0; at < bytes.length; at += size) scanner.push(bytes.subarray(at, at + size));
        scanner.end();
        expect(scanner.outline()).toEqual(outlineOf(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)));
      }),
      { numRuns: 200 },
    );
  });

  it('never throws, whatever the bytes, and says that they are no JSON or no whole JSON', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({
        unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'u', '0', '-', 'e', '.', 't', ' '),
        maxLength: 60,
      }),
    );
    fc.assert(
      fc.property(noise, (input) => {
        const scanner = createJsonScanner();
        scanner.push(input);
        scanner.end();
        const { complete, invalid } = scanner.outline();
        expect(complete && invalid).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    '{"method":}',
    '{"method" "x"}',
    '{"method":"x",}',
    '[1 2]',
    '{"id":01}',
    '{"id":-}',
    '{"id":1.}',
    '{"id":1e}',
    '{"id":tru}',
  ])('calls %s no JSON', (text) => expect(outlineOf(text).invalid).toBe(true));

  it.each(['{"method":"\u0001"}', '{"method":"\\x"}', '{"method":"\\u00g0"}', '{} {}', '', ' ', '{"id":1', '"'])(
    'does not take %j for a whole document',
    (text) => expect(outlineOf(text).complete).toBe(false),
  );

  it('reads NaN and Infinity, which some servers take', () => {
    expect(outlineOf('{"id":NaN,"method":"ping","params":{"total":-Infinity}}')).toMatchObject({
      complete: true,
      root: { method: 'ping' },
    });
  });

  it('finds the method behind any amount of padding', () => {
    const text = `{"params":{"arguments":{"pad":"${'x'.repeat(2_000_000)}"}},"pad":[${'[1,"]"],'.repeat(100_000)}0],"method":"initialize"}`;
    expect(outlineOf(text)).toMatchObject({ complete: true, root: { method: 'initialize' } });
  });

  it('keeps every value of a member that is named more than once', () => {
    const outline = outlineOf('[{"a":1},{"method":"x","params":{"name":"one","name":"two"},"method":"y"}]');
    expect(outline.root).toEqual([{ [OTHERS]: 1 }, { method: 'y', params: { name: 'two' } }]);
    expect(outline.duplicates).toEqual([
      { path: [1, 'params'], key: 'name', value: 'one' },
      { path: [1], key: 'method', value: 'x' },
    ]);
  });

  it('says that member names were written with escapes', () => {
    expect(outlineOf('{"m\\u0065thod":"tools\\/list"}')).toMatchObject({ escapedKeys: true, root: { method: 'tools/list' } });
    expect(outlineOf('{"method":"tools\\/list"}').escapedKeys).toBe(false);
  });

  it('keeps a bounded number of batch elements, and of the rest those with a new method', () => {
    const pings = Array.from({ length: 5000 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' }));
    const outline = outlineOf(JSON.stringify([...pings, { jsonrpc: '2.0', id: 'x', method: 'tools/call' }]));
    const root = outline.root as { method: string }[];
    expect(root.length).toBe(129);
    expect(root.at(-1)).toMatchObject({ id: 'x', method: 'tools/call' });
    expect(outline.truncated).toBe(true);
  });

  it('keeps the same amount of a document of any length', () => {
    const tool = { type: 'function', name: 'n'.repeat(5000), parameters: {} };
    const outline = outlineOf(
      JSON.stringify({
        messages: Array(5000).fill({ role: 'u'.repeat(3000), name: 'x'.repeat(3000) }),
        tools: Array(5000).fill(tool),
      }),
    );
    expect(JSON.stringify(outline.root).length).toBeLessThan(2_000_000);
    expect(outline.truncated).toBe(true);
  });

  it('follows a hundred thousand levels of nesting', () => {
    const deep = 100_000;
    expect(outlineOf(`{"x":${'['.repeat(deep)}${']'.repeat(deep)},"method":"ping"}`).root).toMatchObject({ method: 'ping' });
    expect(outlineOf('['.repeat(deep)).complete).toBe(false);
  });
});
