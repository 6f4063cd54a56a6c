import { describe, expect, it } from 'vitest';
import { compileRule, indexRules, RuleProblems } from '../../../src/engine/rules/compile.ts';
import { explain } from '../../../src/engine/rules/explain.ts';
import type { RuleInput } from '../../../src/engine/rules/field.ts';
import { matchRules } from '../../../src/engine/rules/match.ts';
import { NO_SCORE } from '../../../src/engine/signals/score.ts';
import type { Signal } from '../../../src/engine/verdict.ts';
import { callOf, type FlowChange, flowTo, ruleWith } from '../sample-flow.ts';

const SIGNAL: Signal = { id: 'mcp.header.session-id', where: 'request.headers.mcp-session-id', value: '', weight: 'decisive' };

function input(url: string, change: FlowChange = {}, signals: Signal[] = []): RuleInput {
  return { flow: flowTo(url, change), signals, mcp: callOf('search'), score: NO_SCORE };
}

function matches(selection: unknown, given: RuleInput): boolean {
  return compileRule(ruleWith({ sel: selection, condition: 'sel' })).test(given);
}

function problemsOf(detection: Record<string, unknown>): string {
  try {
    compileRule(ruleWith(detection));
  } catch (error) {
    if (error instanceof RuleProblems)
      return error.problems.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
    throw error;
  }
  return '';
}

describe('a selection', () => {
  const given = input('https://Tools.Example.com:8443/mcp/v1?token=abc', {
    request: { method: 'POST', headers: { accept: 'application/json, text/event-stream', authorization: 'Bearer s3cret' } },
    response: { status: 404, headers: {} },
  });

  it.each<[unknown, boolean]>([
    [{ 'http.request.method': 'post' }, true],
    [{ 'http.request.method': ['GET', 'POST'] }, true],
    [{ 'http.request.method': 'GET' }, false],
    [{ 'url.host': 'tools.example.com' }, true],
    [{ 'url.host|endswith': '.EXAMPLE.com' }, true],
    [{ 'url.path|startswith': ['/sse', '/mcp'] }, true],
    [{ 'url.query|contains': 'token' }, true],
    [{ 'url.path|re': '^/mcp/v[0-9]+$' }, true],
    [{ 'url.path|re': '^/MCP' }, false],
    [{ 'http.request.header.accept|contains|all': ['json', 'event-stream'] }, true],
    [{ 'http.request.header.accept|contains|all': ['json', 'xml'] }, false],
    [{ 'http.request.header.mcp-session-id|exists': false }, true],
    [{ 'http.request.header.Accept|exists': true }, true],
    [{ 'http.response.status': [404, 405] }, true],
    [{ 'http.response.status|gte': 500 }, false],
    [{ 'http.response.status|lt': 500 }, true],
    [{ 'client.address|cidr': ['192.168.0.0/16', '10.0.0.0/8'] }, true],
    [{ 'client.address|cidr': '10.2.0.0/16' }, false],
    [{ 'jsonrpc.method': 'tools/call' }, true],
    [{ 'mcp.tool': 'search' }, true],
    [{ 'mcp.prompt|exists': true }, false],
    [{ 'server.learned': false }, true],
    [{ 'server.port|gt': 443 }, true],
    [[{ 'url.host': 'other.example' }, { 'http.request.method': 'POST' }], true],
    [{ 'url.host': 'tools.example.com', 'http.request.method': 'GET' }, false],
    [{ 'message.via': 'sse' }, false],
  ])('%j gives %s', (selection, expected) => {
    expect(matches(selection, given)).toBe(expected);
  });

  it('sees every method of a batch', () => {
    const batch = {
      ...given,
      mcp: {
        ...given.mcp,
        requests: [
          { id: 1, method: 'ping' },
          { id: 2, method: 'tools/list' },
        ],
      },
    };
    expect(matches({ 'jsonrpc.method': 'tools/list' }, batch)).toBe(true);
    expect(matches({ 'jsonrpc.method|all': ['ping', 'tools/list'] }, batch)).toBe(true);
    expect(matches({ 'jsonrpc.method|all': ['ping', 'tools/call'] }, batch)).toBe(false);
  });

  it('finds signals by id and by prefix', () => {
    const signalled = { ...given, signals: [SIGNAL] };
    expect(matches({ signal: 'mcp.header.session-id' }, signalled)).toBe(true);
    expect(matches({ 'signal|startswith': 'mcp.header.' }, signalled)).toBe(true);
    expect(matches({ 'signal|all': ['mcp.header.session-id', 'mcp.path'] }, signalled)).toBe(false);
  });
});

describe('a rule that cannot work', () => {
  it.each<[Record<string, unknown>, string]>([
    [
      { sel: { 'http.request.metod': 'GET' } },
      'detection.sel.http.request.metod: there is no field "http.request.metod"; did you mean http.request.method?',
    ],
    [{ sel: { 'url.path|like': '/mcp' } }, 'there is no modifier "like"'],
    [{ sel: { 'url.path|contains|endswith': '/mcp' } }, 'cannot be combined'],
    [{ sel: { signal: 'mcp.header.sesion-id' } }, 'did you mean mcp.header.session-id?'],
    [{ sel: { 'signal|startswith': 'nothing.' } }, 'no signal fits'],
    [{ sel: { 'url.path': '/mcp*' } }, 'holds a wildcard'],
    [{ sel: { 'url.path|re': '(a+)+$' } }, 'repeats a repetition'],
    [{ sel: { 'url.path|re': '(?=x)' } }, 'no look-around'],
    [{ sel: { 'url.path|re': '[' } }, 'not valid RE2'],
    [{ sel: { 'client.address|cidr': '10.0.0.0/40' } }, 'is not a network'],
    [{ sel: { 'http.response.status': '200' } }, 'must be a number'],
    [{ sel: { 'http.response.status|contains': 2 } }, 'works on text'],
    [{ sel: { 'url.path|gt': 5 } }, 'the field holds text'],
    [{ sel: { 'server.learned|exists': 'yes' } }, 'must be true or false'],
    [{ sel: { 'url.path': '' } }, 'is empty'],
    [{ sel: { 'http.request.body': 'x' } }, 'there is no field'],
    [{ 'sel a': { 'url.path': '/x' }, sel: { 'url.path': '/y' } }, 'must be a word'],
    [{ sel: { 'url.path': '/x' }, spare: { 'url.path': '/y' } }, 'selection spare is not used'],
  ])('%j is refused with the reason', (detection, reason) => {
    expect(problemsOf({ condition: 'sel', ...detection })).toContain(reason);
  });

  it('names every problem at once', () => {
    const report = problemsOf({ a: { nope: 1 }, b: { 'url.path|re': '[' }, condition: 'a and c' });
    expect(report.split('\n').length).toBeGreaterThanOrEqual(3);
  });
});

describe('the index of rules', () => {
  const bySignal = compileRule(ruleWith({ sel: { signal: 'mcp.path', 'url.host': 'x.example' }, condition: 'sel' }));
  const free = compileRule(
    ruleWith({ sel: { signal: 'mcp.path' }, other: { 'url.host': 'x.example' }, condition: 'sel or other' }),
  );
  const negated = compileRule(ruleWith({ sel: { signal: 'mcp.path' }, condition: 'not sel' }));

  it('knows which rules need a signal on every path', () => {
    expect(bySignal.gate).toEqual(['mcp.path']);
    expect(free.gate).toBeUndefined();
    expect(negated.gate).toBeUndefined();
    const index = indexRules([bySignal, free, negated]);
    expect(index.always).toEqual([free, negated]);
    expect([...index.bySignal.keys()]).toEqual(['mcp.path']);
  });

  it('tries rules without a gate on flows without signals', () => {
    const given = input('https://x.example/');
    expect(matchRules(given, indexRules([bySignal, free])).map((match) => match.evidence)).toEqual([
      [{ selection: 'other', field: 'url.host', value: 'x.example' }],
    ]);
  });

  it('leaves deprecated rules out', () => {
    const old = compileRule(ruleWith({ sel: { 'url.host': 'x.example' }, condition: 'sel' }, { status: 'deprecated' }));
    expect(matchRules(input('https://x.example/'), indexRules([old]))).toEqual([]);
  });
});

describe('evidence', () => {
  it('never shows a credential', () => {
    const rule = compileRule(
      ruleWith({
        sel: {
          'http.request.header.authorization|startswith': 'Bearer',
          'url.query|contains': 'token=',
          'url.path|startswith': '/fc-',
        },
        condition: 'sel',
      }),
    );
    const given = input('https://x.example/fc-0123456789abcdef0123456789abcdef/mcp?token=abc', {
      request: { headers: { authorization: 'Bearer s3cret' } },
    });
    const [match] = matchRules(given, indexRules([rule]));
    const sentence = explain(match!);
    expect(sentence).toContain('http.request.header.authorization is (present)');
    expect(sentence).toContain('url.query is token={redacted}');
    expect(sentence).not.toMatch(/s3cret|abc|0123456789/);
  });

  it('becomes a sentence', () => {
    const rule = compileRule(ruleWith({ sel: { signal: 'mcp.header.session-id' }, condition: 'sel' }));
    const [match] = matchRules(input('https://x.example/', {}, [SIGNAL]), indexRules([rule]));
    expect(explain(match!)).toBe('A rule for a test (high): signal is mcp.header.session-id.');
  });
});
