import { describe, expect, it } from 'vitest';
import { personOf } from '../../src/app/person.ts';
import { createPseudonyms } from '../../src/store/emit.ts';

const pseudonym = createPseudonyms(Buffer.alloc(32, 1));

describe('a person', () => {
  it('is meant by the name and by its pseudonym', () => {
    const ana = personOf('ana@example.com', pseudonym);
    expect(ana.alias).toBe(pseudonym('ana@example.com'));
    expect(ana.names).toEqual(['ana@example.com', ana.alias]);
    expect(['Ana@Example.com', ana.alias, 'anna@example.com', ''].map(ana.is)).toEqual([true, true, false, false]);
  });

  it('given as a pseudonym is every name that it stands for', () => {
    const ana = personOf(pseudonym('ana'), pseudonym);
    expect([ana.alias, ana.names]).toEqual([pseudonym('ana'), [pseudonym('ana')]]);
    expect(['ana', 'bob', pseudonym('ana'), ''].map(ana.is)).toEqual([true, false, true, false]);
  });

  it.each([
    ['  users: [ana, bob]', true],
    ['user:ANA', true],
    ['asked ana.', true],
    ['diana', false],
    ['ana-maria', false],
    ['ana@example.com', false],
    ['https://ana.example/mcp', false],
    ['mañana', false],
  ])('is named as a word of its own: %j %s', (text, named) => {
    expect(personOf('ana', pseudonym).isNamedIn(text)).toBe(named);
  });

  it('may have a name that means something in a pattern', () => {
    const odd = personOf('a.b+c(d', pseudonym);
    expect([odd.isNamedIn('by: a.b+c(d'), odd.isNamedIn('by: axb+c(d')]).toEqual([true, false]);
  });
});
