import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TOOLS, readTools } from '../../../src/engine/inventory/read-tools.ts';
import { MAX_KEPT, storedTool } from '../../../src/engine/inventory/tool.ts';
import { answer, SCHEMA, sha256, tool } from './sample-tool.ts';

const read = (text: string, asked = true) => readTools(text, asked, sha256);
const named = (name: string, more: object = {}) => ({
  name,
  description: `Does ${name}`,
  inputSchema: { type: 'object' },
  ...more,
});

describe('readTools', () => {
  it('reads an answer, a page of one, and the answers in a batch', () => {
    expect(read(answer([named('a'), named('b')])).tools.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(read(answer([named('c')], { nextCursor: 'x' })).tools[0]).toMatchObject({ name: 'c', description: 'Does c' });
    const batch = `[${answer([named('a')])},{"jsonrpc":"2.0","id":3,"result":{}},${answer([named('d')])}]`;
    expect(read(batch).tools.map(({ name }) => name)).toEqual(['a', 'd']);
    expect(read(`\ufeff${answer([named('a')])}`).tools).toHaveLength(1);
  });

  it('takes a list that nobody is known to have asked for only if its tools have schemas', () => {
    expect(read(answer([{ name: 'hammer', price: 3 }]), false).tools).toEqual([]);
    expect(read(answer([named('a'), { name: 'b' }]), false).tools).toHaveLength(2);
    expect(read(answer([{ name: 'b' }]), true).tools).toHaveLength(1);
  });

  it('reads nothing from what is no list, and leaves out what has no name', () => {
    for (const text of ['', '{}', 'null', '[]', '{"result":{"tools":{}}}', '{"result":null}', '{"tools":[{"name":"a"}]}']) {
      expect(read(text, false)).toEqual({ tools: [], cut: false });
    }
    expect(read(answer([null, 7, 'x', [], {}, { name: 7 }, { name: '' }, named('a')])).tools).toHaveLength(1);
  });

  it('gives the tools that are whole in an answer that was cut off, and says so', () => {
    const text = answer([named('a', { description: 'has "quotes", { and ]' }), named('b'), named('c')]);
    const cut = read(text.slice(0, text.indexOf('Does c')));
    expect(cut.tools.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(cut.cut).toBe(true);
    expect(read('{"jsonrpc":"2.0","result":{"_meta":"xxxx')).toEqual({ tools: [], cut: true });
    expect(read('not JSON', false)).toEqual({ tools: [], cut: false });
  });

  it('is bounded', () => {
    const many = Array.from({ length: MAX_TOOLS + 10 }, (_, at) => named(`t${at}`));
    const { tools, cut } = read(answer(many));
    expect(tools).toHaveLength(MAX_TOOLS);
    expect(cut).toBe(true);
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.json().map((json) => `{"result":{"tools":[${json}`),
        ),
        fc.boolean(),
        (text, asked) => {
          for (const found of read(text, asked).tools) storedTool(found);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the hash of a definition', () => {
  it('does not depend on the order of members, nor of lists that are sets', () => {
    const { properties } = SCHEMA;
    const other = { required: ['path'], properties: { mode: { enum: ['w', 'r'] }, path: properties.path }, type: 'object' };
    expect(tool({ inputSchema: other }).hash).toBe(tool().hash);
    expect(tool({ _meta: { build: 7 }, icons: [] }).hash).toBe(tool().hash);
  });

  it.each([
    ['description', { description: 'Reads a file.' }],
    ['title', { title: 'Read' }],
    ['schema', { inputSchema: { ...SCHEMA, required: [] } }],
    ['output schema', { outputSchema: {} }],
    ['annotations', { annotations: { readOnlyHint: true } }],
    ['a text beyond what is kept', { description: `Reads a file${' '.repeat(3 * MAX_KEPT)}!` }],
  ])('changes with the %s', (_, change) => expect(tool(change).hash).not.toBe(tool().hash));
});

describe('what is stored of a definition', () => {
  it('is bounded, shows what is unseen, and holds no credential', () => {
    const secret = 'sk-proj-4f9dK2mXv81LqPz7Wc3R';
    const stored = storedTool(
      tool({
        title: 'x'.repeat(10_000),
        description: `a\u200bb\u001b[31m\r\nuse ${secret} at https://x.example/?token=${secret}\u{e0041} ${'y '.repeat(9_000)}`,
        inputSchema: { default: secret, 'od\u202ed': 1 },
      }),
    );
    expect(stored.title.length).toBeLessThan(1_000);
    expect(stored.description.length).toBeLessThanOrEqual(MAX_KEPT + 1);
    expect(stored.description).toMatch(
      /^a\\u\{200b\}b\\u\{1b\}\[31m\nuse \{redacted\} at https:\/\/x\.example\/\?token=\{redacted\}\\u\{e0041\} y/,
    );
    expect(JSON.parse(stored.input_schema)).toEqual({ default: '{redacted}', 'od\\u{202e}d': 1 });
  });

  it('leaves alone what scripts and emoji need', () => {
    const text = 'می‌خواهم 👨‍👩‍👧 ✔️ 葛󠄀 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ünïcödé';
    expect(storedTool(tool({ description: text })).description).toBe(text);
  });
});
