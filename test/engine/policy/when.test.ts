import { describe, expect, it } from 'vitest';
import { compileWhen } from '../../../src/engine/policy/when.ts';
import { callOf, flowTo } from '../sample-flow.ts';

const input = {
  flow: flowTo('https://tools.example/mcp', {
    principal: { user: 'ann', groups: ['engineering', 'oncall'], device: 'laptop-7', source: 'proxy-auth' },
  }),
  mcp: callOf('read_file'),
  traffic: 'shadow' as const,
};

describe('a when condition', () => {
  it.each([
    ['user == "ann" && "oncall" in groups', true],
    ['host.endsWith(".example") && port == 443', true],
    ['tool.startsWith("read_") || traffic == "hosted"', true],
    ['time < timestamp("2026-11-20T12:00:00Z")', false],
    ['time < timestamp("2026-11-20T12:00:01Z") && path == "/mcp"', true],
    ['groups.exists(g, g == "finance")', false],
    ['size(servers) == 0', true],
    ['1 / size(servers) == 1', false],
  ])('%s gives %s', (source, expected) => {
    expect(compileWhen(source)!(input)).toBe(expected);
  });

  it.each([
    ['user ==', 'when'],
    ['usr == "ann"', 'usr'],
    ['user', 'not true or false'],
    ['user == 5', 'when'],
    ['user.matches("(a+)+$")', 'matches()'],
    ['groups.all(g, g.matches("x"))', 'matches()'],
  ])('%s is refused when it is loaded', (source, reason) => {
    expect(() => compileWhen(source)).toThrow(reason);
  });
});
