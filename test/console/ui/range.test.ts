import { describe, expect, it } from 'vitest';
import { parseRange, rangeParams, resolveRange, shiftRange, spanMs } from '../../../src/console/ui/state/range.ts';

const NOW = Date.UTC(2026, 10, 20, 12);
const HOUR = 3_600_000;

describe('the time range of all pages', () => {
  it('is the last day unless the address says otherwise', () => {
    expect(parseRange('', '')).toEqual({ span: '24h' });
    expect(rangeParams({ span: '24h' })).toEqual({ from: undefined, to: undefined });
  });

  it('reads what it writes', () => {
    for (const range of [{ span: '7d' }, { span: '15m' }, { from: NOW - HOUR, to: NOW }]) {
      const { from = '', to = '' } = rangeParams(range);
      expect(parseRange(from, to)).toEqual(range);
    }
  });

  it.each([
    ['7 days', ''],
    ['0d', ''],
    ['99999d', ''],
    ['1e9', '2e9'],
    [String(NOW), String(NOW - 1)],
    ['1', String(NOW)],
    ['<script>', ''],
  ])('takes nothing but a span or two points: %s %s', (from, to) => {
    expect(parseRange(from, to)).toEqual({ span: '24h' });
  });

  it('resolves a span against now and leaves points alone', () => {
    expect(resolveRange({ span: '6h' }, NOW)).toEqual({ from: NOW - 6 * HOUR, to: NOW });
    expect(resolveRange({ from: 1, to: 2 }, NOW)).toEqual({ from: 1, to: 2 });
  });

  it('moves by its own length, but not into the future', () => {
    expect(shiftRange({ span: '1h' }, -1, NOW)).toEqual({ from: NOW - 2 * HOUR, to: NOW - HOUR });
    expect(shiftRange({ from: NOW - 2 * HOUR, to: NOW - HOUR }, 1, NOW)).toEqual({ from: NOW - HOUR, to: NOW });
    expect(shiftRange({ from: NOW - HOUR, to: NOW }, 1, NOW)).toEqual({ from: NOW - HOUR, to: NOW });
  });

  it('knows the length of spans', () => {
    expect([spanMs('15m'), spanMs('2h'), spanMs('1d'), spanMs('1w'), spanMs('')]).toEqual([
      15 * 60_000,
      2 * HOUR,
      24 * HOUR,
      0,
      0,
    ]);
  });
});
