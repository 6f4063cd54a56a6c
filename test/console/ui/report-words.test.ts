import { expect, test } from 'vitest';
import { actorText, sideText } from '../../../src/console/ui/pages/audit/audit-words.ts';
import { adoptionSentence } from '../../../src/console/ui/pages/reports/adoption-words.ts';
import { grouped } from '../../../src/console/ui/pages/settings/grouped.ts';
import { userTerm } from '../../../src/console/ui/pages/users/user-term.ts';
import { percentOf } from '../../../src/console/ui/text/percent.ts';
import { diffLines } from '../../../src/diff-lines.ts';
import { parseFilter } from '../../../src/engine/filter/parse.ts';

test('a person is meant by name, in quotes where the name needs them, and by address where nobody was identified', () => {
  expect(userTerm('ana')).toBe('user:ana');
  expect(userTerm('Ana "the" Silva')).toBe('user:"Ana \\"the\\" Silva"');
  expect(userTerm('10.1.2.3')).toBe('user:"" net:10.1.2.3');
  expect(userTerm('2001:db8::7')).toBe('user:"" net:2001:db8::7');
  for (const user of ['ana', '*', 'a) or (b', '10.1.2.3', '2001:db8::7', 'CORP\\ana'])
    expect(() => parseFilter(userTerm(user), { now: 0 }), user).not.toThrow();
});

test('sides of an audit entry have one member a line, in one order, so that only changes differ', () => {
  const before = sideText('{"mode":"log","by":"ana"}');
  const after = sideText('{"by":"ana","mode":"block"}');
  expect(diffLines(before, after).filter(({ sign }) => sign !== ' ')).toMatchObject([
    { sign: '-', text: '  "mode": "log"' },
    { sign: '+', text: '  "mode": "block"' },
  ]);
});

test('sides that are no JSON stay as they are', () => {
  expect(sideText('mode of all: log')).toBe('mode of all: log');
  expect(sideText('{broken')).toBe('{broken');
  expect(sideText('')).toBe('');
});

test('an entry without an actor says that nobody had signed in, and is found by that', () => {
  expect(actorText({ actor: '' })).toBe('(nobody signed in)');
  expect(actorText({ actor: '' })).toContain('nobody signed in');
});

test('a few of many are never 0 %, all but a few never 100 %', () => {
  expect(percentOf(1, 10_000)).toBe('1 %');
  expect(percentOf(9_999, 10_000)).toBe('99 %');
  expect(percentOf(0, 7)).toBe('0 %');
  expect(percentOf(7, 7)).toBe('100 %');
  expect(percentOf(0, 0)).toBe('0 %');
});

test('adoption is said in a sentence: people on both roads count on both', () => {
  expect(adoptionSentence({ sanctioned: 6, shadow: 3, both: 1 })).toBe(
    '70 % of 10 users came by the portal or approved servers; 40 % still used servers that nobody approved.',
  );
});

test('a secret is in groups of four', () => {
  expect(grouped('ABCDEFGHIJ')).toBe('ABCD EFGH IJ');
  expect(grouped('ABCD')).toBe('ABCD');
});
