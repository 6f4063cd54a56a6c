import fc from 'fast-check';
import { expect, test } from 'vitest';
import { excerptOf } from '../../src/engine/excerpt.ts';

const call = (args: unknown) =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'query', arguments: args } });

test('a request is shown as it is where nothing is secret', () => {
  const body = call({ region: 'us-west1', limit: 5 });
  expect(excerptOf(body)).toBe(body);
});

test('credentials are replaced, by name and by shape, also inside text and URLs', () => {
  const token = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a';
  const excerpt = excerptOf(
    call({
      api_key: 'open sesame',
      note: `use ${token} for the call`,
      header: `Authorization=${token}`,
      url: `https://u:p@x.example/?token=${token}`,
    }),
  );
  expect(excerpt).not.toContain('sesame');
  expect(excerpt).not.toContain(token);
  expect(excerpt).not.toContain('u:p@');
  expect(excerpt).toContain('use {redacted} for the call');
});

test('what DLP found is hidden where it was found and wherever it is repeated', () => {
  const body = call({ note: 'NDExMTExMTE=', copies: ['pay 4111', 4111], rest: 'fine' });
  const excerpt = excerptOf(body, {
    credentials: (text) => text.replace('fine', 'hidden'),
    places: new Set(['request.body.params.arguments.note']),
    values: ['4111'],
  });
  expect(JSON.parse(excerpt).params.arguments).toEqual({
    note: '{redacted}',
    copies: ['pay {redacted}', '{redacted}'],
    rest: 'hidden',
  });
});

test('long, deep and wide messages are cut', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(50)}1${'}'.repeat(50)}`) as unknown;
  expect(excerptOf(call(deep))).toContain('"..."');
  expect(excerptOf(call({ text: 'word '.repeat(5_000) })).length).toBeLessThanOrEqual(1_000);
  expect(excerptOf(call(Array.from({ length: 500 }, (_, index) => index)))).toContain('19,"..."');
});

test('what is not whole JSON gives no excerpt', () => {
  expect(excerptOf('{"jsonrpc":"2.0","par')).toBe('');
  expect(excerptOf('')).toBe('');
  expect(excerptOf(`"${'x'.repeat(70_000)}"`)).toBe('');
});

test('no input makes it throw or exceed its length', () => {
  fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (text) => excerptOf(text).length <= 1_000));
});
