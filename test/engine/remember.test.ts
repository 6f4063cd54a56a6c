import { describe, expect, it } from 'vitest';
import { createMemory, remember } from '../../src/engine/remember.ts';

describe('a remembered function', () => {
  it('is asked once for each text', () => {
    const asked: string[] = [];
    const upper = remember((text) => {
      asked.push(text);
      return text.toUpperCase();
    });
    expect(['a', 'b', 'a', '', ''].map(upper)).toEqual(['A', 'B', 'A', '', '']);
    expect(asked).toEqual(['a', 'b', '']);
  });

  it('computes long texts anew and keeps none of them', () => {
    let asked = 0;
    const length = remember((text) => {
      asked++;
      return text.length;
    });
    const long = 'x'.repeat(513);
    expect([length(long), length(long), asked]).toEqual([513, 513, 2]);
  });
});

describe('a memory', () => {
  it('holds at most twice its limit', () => {
    const memory = createMemory<number>(4);
    for (let at = 0; at < 1000; at++) {
      memory.set(`key ${at}`, at);
      expect(memory.size()).toBeLessThanOrEqual(8);
    }
    expect(memory.get('key 999')).toBe(999);
    expect(memory.get('key 1')).toBeUndefined();
  });

  it('keeps what is in use while others come and go', () => {
    const memory = createMemory<string>(4);
    memory.set('used', 'kept');
    for (let at = 0; at < 100; at++) {
      expect(memory.get('used')).toBe('kept');
      memory.set(`key ${at}`, 'other');
    }
  });
});
