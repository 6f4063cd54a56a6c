import { describe, expect, it } from 'vitest';
import { type Part, sendApart, sendGroups, splitBySize, withMembers } from '../../../src/sinks/destinations/parts.ts';
import { auditEvent } from '../../e2e/receivers/outgoing.ts';

const parts = (...texts: string[]): Part[] => texts.map((text, index) => ({ index, text, event: auditEvent(index) }));
const texts = (some: readonly Part[]): string => some.map(({ text }) => text).join('');

describe('a batch is cut into requests', () => {
  it('that stay within the limit, in order, counting bytes and not characters', () => {
    const { groups, tooLong } = splitBySize(parts('aaa', 'bbb', 'ää', 'c'), 8, 1);
    expect(groups.map(texts)).toEqual(['aaabbb', 'ääc']);
    expect(tooLong).toEqual([]);
  });

  it('without the events that are longer alone', () => {
    const { groups, tooLong } = splitBySize(parts('a', 'bbbbbbbb', 'c'), 5, 1);
    expect(groups.map(texts)).toEqual(['ac']);
    expect(tooLong).toEqual([{ index: 1, reason: 'the event has 9 bytes; the receiver takes 5' }]);
  });

  it('and into none if there is nothing to send', () => {
    expect(splitBySize([], 5)).toEqual({ groups: [], tooLong: [] });
  });
});

describe('a request that is refused for its content', () => {
  const refuse = (bad: string, names: boolean) => {
    const taken: string[] = [];
    const send = async (some: readonly Part[]) => {
      const at = some.findIndex(({ text }) => bad.includes(text));
      if (at < 0) taken.push(texts(some));
      return at < 0 ? undefined : { reason: `not ${some[at]?.text}`, ...(names ? { at } : {}) };
    };
    return { taken, send };
  };

  it.each([true, false])('is sent without the events at fault, whether they are named (%s)', async (names) => {
    const { taken, send } = refuse('cg', names);
    const rejected = await sendApart(parts(...'abcdefgh'), send);
    expect(rejected.map(({ index }) => index)).toEqual([2, 6]);
    expect(taken.join('')).toBe('abdefh');
  });

  it('may be at fault as a whole', async () => {
    const { send } = refuse('abcd', false);
    expect((await sendApart(parts(...'abcd'), send)).map(({ reason }) => reason)).toEqual(['not a', 'not b', 'not c', 'not d']);
  });

  it('survives a receiver that names an event that was not in it', async () => {
    let calls = 0;
    const send = async (some: readonly Part[]) => {
      calls++;
      return some.length > 1 ? { reason: 'bad', at: 99 } : undefined;
    };
    expect(await sendApart(parts('a', 'b'), send)).toEqual([]);
    expect(calls).toBe(3);
  });

  it('tells positions in the batch, in order', async () => {
    const { send } = refuse('d', true);
    const rejected = await sendGroups(parts('a', 'bbbbbbbbbb', 'c', 'd'), { maxBytes: 6 }, send);
    expect(rejected.map(({ index }) => index)).toEqual([1, 3]);
  });
});

it('members are put before those of a JSON object', () => {
  expect(JSON.parse(withMembers('{"b":1}', { a: 'x' }))).toEqual({ a: 'x', b: 1 });
  expect(JSON.parse(withMembers('{}', { a: 'x' }))).toEqual({ a: 'x' });
});
