import { expect, test } from 'vitest';
import { spanOf, timeOf } from '../../src/engine/time.ts';

const now = Date.UTC(2026, 10, 20, 12);

test.each([
  ['90m', now - 90 * 60_000],
  ['2w', now - 14 * 86_400_000],
  ['999999w', 0],
  ['2026-11-01', Date.UTC(2026, 10, 1)],
  ['2026-11-01T08:00', Date.UTC(2026, 10, 1, 8)],
  ['2026-11-01T08:00:01.5Z', Date.UTC(2026, 10, 1, 8, 0, 1, 500)],
  ['2026-11-01T08:00-05:00', Date.UTC(2026, 10, 1, 13)],
  ['2028-02-29', Date.UTC(2028, 1, 29)],
])('%s is a time', (text, at) => {
  expect(timeOf(text, now)).toBe(at);
});

test.each([
  '',
  'yesterday',
  '7',
  '-1d',
  '7y',
  '2026-02-29',
  '2026-13-01',
  '2026-11-01T25:00',
  '1969-12-31',
  '2200-01-01',
  '2026-11-01 08:00',
])('%j is none', (text) => {
  expect(timeOf(text, now)).toBeUndefined();
});

test('a date that ends a time includes its day, a moment does not', () => {
  expect(timeOf('2026-11-01', now, 'end')).toBe(Date.UTC(2026, 10, 2));
  expect(timeOf('2026-11-01T00:00', now, 'end')).toBe(Date.UTC(2026, 10, 1));
});

test('a span has a length', () => {
  expect(spanOf('10m')).toBe(600_000);
  expect(spanOf('10')).toBeUndefined();
});
