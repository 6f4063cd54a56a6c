// Flows and rules for tests of the engine.

import type { Flow, FlowRequest, Phase } from '../../src/engine/flow.ts';
import { type Rule, ruleSchema } from '../../src/engine/rules/schema.ts';
import { splitUrl } from '../../src/engine/url.ts';
import type { Match, McpFacts } from '../../src/engine/verdict.ts';

export type FlowChange = Partial<Omit<Flow, 'request'>> & { request?: Partial<FlowRequest> };

/** A flow to a URL, by default a GET by nobody in particular on 2026-11-20 at noon UTC. */
export function flowTo(url: string, change: FlowChange = {}): Flow {
  const { host, port, scheme } = splitUrl(url);
  const { request, ...rest } = change;
  return {
    id: '01938000-0000-7000-8000-000000000000',
    time: Date.parse('2026-11-20T12:00:00Z'),
    phase: 'request-headers',
    client: { address: '10.1.2.3', port: 40000 },
    principal: { user: '', groups: [], device: '', source: 'none' },
    server: { host, port, address: '' },
    tls: { sni: scheme === 'https' ? host : '', alpn: 'http/1.1', version: 'TLSv1.3', ja4: '' },
    inspected: 'yes',
    request: { method: 'GET', url, httpVersion: '1.1', headers: {}, ...request },
    ...rest,
  };
}

/** A POST of JSON at phase request-body. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}, phase: Phase = 'request-body'): Flow {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return flowTo(url, {
    phase,
    request: {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: { text, bytes: text.length, complete: true },
    },
  });
}

export const NO_FACTS: McpFacts = {
  transport: 'unknown',
  generation: '',
  method: '',
  requests: [],
  batch: false,
  tool: '',
  resource: '',
  prompt: '',
  sessionId: '',
  clientName: '',
  clientVersion: '',
  serverName: '',
  serverVersion: '',
  endpoint: '',
  servers: [],
};

/** Facts of a call of one tool. */
export function callOf(tool: string): McpFacts {
  return { ...NO_FACTS, method: 'tools/call', tool, requests: [{ id: 1, method: 'tools/call' }] };
}

export function matchOf(traffic: Match['traffic'], change: Partial<Match> = {}): Match {
  return { ruleId: 'rule-1', title: 'A rule', level: 'high', tags: ['mcp.test'], traffic, evidence: [], ...change };
}

/** A rule with a detection of one's own; everything else is filled in. */
export function ruleWith(detection: Record<string, unknown>, change: Record<string, unknown> = {}): Rule {
  return ruleSchema.parse({
    title: 'A rule for a test',
    id: '3f2b8c1e-6a54-4d0b-9f3e-2a7c5d1e8b90',
    status: 'test',
    level: 'high',
    description: 'A rule that exists for a test.',
    author: 'Tests',
    date: '2026-11-20',
    traffic: 'shadow',
    detection,
    falsepositives: ['None known'],
    samples: { match: ['a'], silent: ['b'] },
    ...change,
  });
}
