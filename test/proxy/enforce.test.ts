import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/engine/verdict.ts';
import { DaylightError } from '../../src/errors.ts';
import { answerBlocked, answerFailed, BLOCKED_CODE, FAILED_CODE } from '../../src/proxy/enforce.ts';
import { flowTo, NO_FACTS, post } from '../engine/sample-flow.ts';

const verdict = (change: Partial<Verdict['mcp']> = {}): Verdict => ({
  traffic: 'shadow',
  action: 'block',
  disposition: 'blocked',
  reason: 'Nobody approved this server.',
  confidence: 90,
  signals: [],
  matches: [{ ruleId: 'rule-1', title: 'A rule', level: 'high', tags: [], traffic: 'shadow', evidence: [] }],
  findings: [],
  mcp: { ...NO_FACTS, ...change },
  policy: { step: 'traffic-mode', id: '', mode: 'block', comment: '' },
});
const URL = 'https://tools.example/mcp?token=abcdefgh12345678abcdefgh';

describe('who is blocked reads why', () => {
  it('as a JSON-RPC error with the id, and status 200, because SDK clients hide the text of others', () => {
    const answer = answerBlocked(
      post(URL, '{}'),
      verdict({ requests: [{ id: 7, method: 'tools/list' }] }),
      'Ann <ann@example.com>',
    );
    expect(answer.status).toBe(200);
    const { id, error } = JSON.parse(answer.body.toString());
    expect(id).toBe(7);
    expect(error.code).toBe(BLOCKED_CODE);
    expect(error.message).toMatch(
      /Blocked by Daylight: Nobody approved this server\. .*A rule \(rule-1\).*Ann <ann@example.com>.*01938000-0000-7000-8000-000000000000/,
    );
    expect(error.data.daylight).toMatchObject({ rule: 'rule-1', traffic: 'shadow' });
  });

  it('as one error for each id of a batch, and none for notifications', () => {
    const requests = [
      { id: 'a', method: 'x' },
      { id: undefined, method: 'n' },
      { id: 2, method: 'y' },
    ];
    const errors = JSON.parse(answerBlocked(post(URL, '[]'), verdict({ requests, batch: true }), 'us').body.toString()) as {
      id: unknown;
    }[];
    expect(errors.map(({ id }) => id)).toEqual(['a', 2]);
  });

  it('as a page where a person looks, without markup of others in it', () => {
    const flow = flowTo('https://tools.example/<script>', { request: { headers: { accept: 'text/html,*/*' } } });
    const answer = answerBlocked(flow, { ...verdict(), reason: '<img src=x>' }, '<b>us</b>');
    expect(answer.status).toBe(403);
    expect(answer.headers).toContain('text/html; charset=utf-8');
    expect(answer.body.toString()).not.toMatch(/<script>|<img|<b>/);
  });

  it('as 403 with JSON everywhere else, with the length said, not to be kept', () => {
    const answer = answerBlocked(flowTo(URL), verdict(), 'us');
    expect(answer.status).toBe(403);
    expect(answer.headers[answer.headers.indexOf('Content-Length') + 1]).toBe(String(answer.body.length));
    expect(answer.headers).toContain('no-store');
    expect(answer.headers[answer.headers.indexOf('Daylight-Event') + 1]).toBe('01938000-0000-7000-8000-000000000000');
  });

  it('never with the credentials of the URL', () => {
    for (const flow of [flowTo(URL), post(URL, '{}'), flowTo(URL, { request: { headers: { accept: 'text/html' } } })])
      expect(answerBlocked(flow, verdict(), 'us').body.toString()).not.toContain('abcdefgh12345678abcdefgh');
  });
});

describe('a link to ask for approval', () => {
  const link = (eventId: string) => `http://daylight.internal/ask/${eventId}`;
  const LINK = 'http://daylight.internal/ask/01938000-0000-7000-8000-000000000000';
  const rpc = verdict({ requests: [{ id: 7, method: 'tools/list' }] });

  it('is part of the error that programs read, at its end and as a field of its own', () => {
    const { error } = JSON.parse(answerBlocked(post(URL, '{}'), rpc, 'us', link).body.toString());
    expect(error.message).toMatch(/ Or say why you need it: http:\/\/daylight\.internal\/ask\/[0-9a-f-]{36}$/);
    expect(error.data.daylight.askUrl).toBe(LINK);
  });

  it('is on the page that people see', () => {
    const flow = flowTo(URL, { request: { headers: { accept: 'text/html' } } });
    expect(answerBlocked(flow, verdict(), 'us', link).body.toString()).toContain(`<a href="${LINK}">Ask for approval</a>`);
  });

  it.each<[string, Partial<Verdict>]>([
    ['content was blocked', { policy: { ...verdict().policy, step: 'dlp' }, traffic: 'approved' }],
    ['content of shadow traffic was blocked', { policy: { ...verdict().policy, step: 'dlp' } }],
    ['the call is outside an approval', { policy: { ...verdict().policy, step: 'approval' }, traffic: 'approved' }],
    ['the engine failed', { policy: { ...verdict().policy, step: 'error' } }],
    ['a package was to be fetched', { traffic: 'install' }],
    ['no server is named', { traffic: 'discovery' }],
  ])('is not given where approval of a server does not help: %s', (_what, change) => {
    const { error } = JSON.parse(answerBlocked(post(URL, '{}'), { ...rpc, ...change }, 'us', link).body.toString());
    expect(error.data.daylight).not.toHaveProperty('askUrl');
    expect(error.message).not.toContain('/ask/');
    expect(error.message).toContain('send us the event id');
  });

  it('is not given where requests cannot be taken', () => {
    expect(answerBlocked(post(URL, '{}'), rpc, 'us').body.toString()).not.toContain('/ask/');
  });
});

describe('what fails says so, in the same forms', () => {
  it.each([
    ['ERR_MISDIRECTED', 421],
    ['ERR_ADDRESS_REFUSED', 403],
    ['ERR_UPSTREAM_TIMEOUT', 504],
    ['ERR_UPSTREAM_TLS', 502],
    ['ERR_DNS', 502],
  ] as const)('%s as %i', (code, status) => {
    const answer = answerFailed(flowTo(URL), { requests: [], batch: false }, new DaylightError(code, 'Because.'));
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body.toString()).error).toMatchObject({ code: FAILED_CODE, data: { daylight: { error: code } } });
  });

  it('to JSON-RPC as JSON-RPC', () => {
    const answer = answerFailed(
      post(URL, '{}'),
      { requests: [{ id: 1, method: 'x' }], batch: false },
      new DaylightError('ERR_DNS', 'No such host.'),
    );
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ id: 1, error: { code: FAILED_CODE } });
  });
});
