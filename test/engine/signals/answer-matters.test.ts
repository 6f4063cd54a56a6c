import { expect, test } from 'vitest';
import { answerMatters } from '../../../src/engine/signals/answer-matters.ts';
import { extractSignals } from '../../../src/engine/signals/extract.ts';
import { call, exchange } from './exchange.ts';

const matters = (options: Parameters<typeof exchange>[0]) => {
  const flow = exchange(options);
  return answerMatters(flow, extractSignals({ ...flow, phase: 'request-body' }));
};

test.each<[string, Parameters<typeof exchange>[0], boolean]>([
  ['a question in JSON-RPC', { body: call('tools/list', {}) }, true],
  ['another POST', { body: { item: 'chair' } }, false],
  ['OAuth metadata', { method: 'GET', url: 'https://a.example/.well-known/oauth-protected-resource' }, true],
  ['a registry', { method: 'GET', url: 'https://a.example/v0.1/servers?limit=30' }, true],
  ['a page', { method: 'GET', url: 'https://a.example/mcp' }, false],
])('the answer to %s', (_, options, expected) => expect(matters(options)).toBe(expected));
