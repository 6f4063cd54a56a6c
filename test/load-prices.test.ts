import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compilePrices } from '../src/engine/calls/prices.ts';
import { loadPrices } from '../src/load-prices.ts';

let rules: string;
beforeEach(() => {
  rules = mkdtempSync(join(tmpdir(), 'daylight-prices-'));
  mkdirSync(join(rules, 'local'));
});
afterEach(() => rmSync(rules, { recursive: true, force: true }));

const list = (price: string): string =>
  `lists:\n  - source: https://prices.example\n    asOf: 2026-07-24\n    models:\n      gpt-5.5: ${price}\n`;

describe('prices', () => {
  it('are none without files', () => {
    expect(loadPrices(rules).lists).toEqual([]);
  });

  it("of one's own win over those that are shipped", () => {
    writeFileSync(join(rules, 'prices.yml'), list('{ input: 5, output: 30 }'));
    expect(compilePrices(loadPrices(rules))('openai', 'gpt-5.5')?.input).toBe(5);
    writeFileSync(join(rules, 'local/prices.yml'), list('{ input: 4 }'));
    expect(compilePrices(loadPrices(rules))('openai', 'gpt-5.5')).toEqual({ input: 4, output: 0 });
  });

  it('that are wrong are named with file, line and fix, all of them', () => {
    writeFileSync(join(rules, 'prices.yml'), list('{ input: -5 }'));
    writeFileSync(join(rules, 'local/prices.yml'), list('{ input: 4, outptu: 1 }').replace('2026-07-24', 'yesterday'));
    expect(() => loadPrices(rules)).toThrow(/local\/prices\.yml:3: lists\.0\.asOf/);
    expect(() => loadPrices(rules)).toThrow(/local\/prices\.yml:\d+: .*outptu/);
    expect(() => loadPrices(rules)).toThrow(/\/prices\.yml:5: .*gpt-5\.5\.input/);
    expect(() => loadPrices(rules)).toThrow(/must be a date such as/);
  });
});
