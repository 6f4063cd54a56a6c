import { expect, it } from 'vitest';
import { createShare } from '../../../src/console/api/shared.ts';

it('asks once for those who ask the same at the same time, and for a second after', async () => {
  let clock = 0;
  let asked = 0;
  const share = createShare(1_000, 500, () => clock);
  const ask = () => share('overview', async () => ++asked);
  expect(await Promise.all(Array.from({ length: 50 }, ask))).toEqual(Array.from({ length: 50 }, () => 1));
  clock = 999;
  expect(await ask()).toBe(1);
  clock = 1_000;
  expect(await ask()).toBe(2);
  expect(await share('servers', async () => 'other')).toBe('other');
});

it('does not keep what failed, nor more than so many answers', async () => {
  const share = createShare(1_000, 2, () => 0);
  await expect(share('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await share('a', async () => 1)).toBe(1);
  await share('b', async () => 1);
  await share('c', async () => 1);
  expect(await share('a', async () => 2)).toBe(2);
});
