import { expect, it } from 'vitest';
import { createAttemptPace } from '../../../src/proxy/identify/attempt-pace.ts';

it('wrong tokens wait longer and longer, those of other networks do not, and the log hears of it once a minute', () => {
  let time = 0;
  const pace = createAttemptPace(() => time);
  const fails = Array.from({ length: 18 }, () => pace.fail('2001:db8::1'));
  expect(fails.map(({ delayMs }) => delayMs)).toEqual([...Array(10).fill(0), 250, 500, 1000, 2000, 4000, 5000, 5000, 5000]);
  expect(fails.map(({ tell }) => tell)).toEqual([true, ...Array(17).fill(false)]);
  expect(pace.fail('2001:db8::2:1').delayMs).toBe(5000);
  expect(pace.fail('2001:db8:0:1::1')).toEqual({ delayMs: 0, tell: true });
  expect(pace.fail('192.0.2.1')).toEqual({ delayMs: 0, tell: true });
  time = 60_000;
  expect(pace.fail('2001:db8::1')).toEqual({ delayMs: 5000, tell: true });
  time = 11 * 60_000;
  expect(pace.fail('2001:db8::1').delayMs).toBe(0);
});
