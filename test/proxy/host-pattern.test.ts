import { expect, it } from 'vitest';
import { hostMatches } from '../../src/proxy/host-pattern.ts';

it.each([
  ['a.example', 'a.example', true],
  ['A.Example', 'a.example', true],
  ['a.example', 'b.a.example', false],
  ['*.example', 'a.example', true],
  ['*.example', 'b.a.example', true],
  ['*.example', 'example', false],
  ['*.example', 'badexample', false],
  ['*.example', '.example', false],
  ['10.0.0.1', '10.0.0.1', true],
])('%s and %s: %s', (pattern, host, matches) => {
  expect(hostMatches(pattern, host)).toBe(matches);
});
