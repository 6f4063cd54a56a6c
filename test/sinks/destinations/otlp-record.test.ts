import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { LlmCallEvent, McpCallEvent } from '../../../src/engine/calls/call-events.ts';
import type { Event } from '../../../src/engine/event.ts';
import { recordOf, requestOf } from '../../../src/sinks/destinations/otlp-record.ts';
import { auditEvent, flowEvent } from '../../e2e/receivers/outgoing.ts';

interface Read {
  attributes: { key: string; value: Record<string, unknown> }[];
  [member: string]: unknown;
}

const read = (event: Event): Read => JSON.parse(recordOf({ event, text: 'text' }));
const attributesOf = (event: Event) => Object.fromEntries(read(event).attributes.map(({ key, value }) => [key, value]));

const call = {
  ts: 1_000,
  event_id: 'call',
  tenant: 'acme',
  sensor: 'proxy-1',
  parent_id: 'flow',
  dst_host: 'api.example.com',
  traffic: 'approved',
  road: 'direct',
  action: 'allow',
  disposition: 'allowed',
  status: 200,
  duration_ms: 3,
} as const;
const llm: LlmCallEvent = {
  ...call,
  kind: 'llm_call',
  provider: 'openai',
  api: 'chat',
  model_requested: 'gpt-x',
  model: 'gpt-x-1',
  stream: 0,
  input_tokens: 12,
  output_tokens: 0,
  cost_usd: null,
  ttft_ms: 1,
  req_bytes: 1,
  resp_bytes: 1,
};
const mcp: McpCallEvent = {
  ...call,
  kind: 'mcp_call',
  server_key: 'x',
  transport: 'streamable-http',
  method: 'tools/call',
  tool: 'search',
  outcome: 'ok',
  outcome_source: 'answer',
};

it('calls have the names of generative AI and MCP', () => {
  expect(attributesOf(llm)).toMatchObject({
    'gen_ai.provider.name': { stringValue: 'openai' },
    'gen_ai.request.model': { stringValue: 'gpt-x' },
    'gen_ai.response.model': { stringValue: 'gpt-x-1' },
    'gen_ai.usage.input_tokens': { intValue: '12' },
    'gen_ai.usage.output_tokens': { intValue: '0' },
    'daylight.parent.id': { stringValue: 'flow' },
  });
  expect(attributesOf(mcp)).toMatchObject({
    'mcp.method.name': { stringValue: 'tools/call' },
    'gen_ai.tool.name': { stringValue: 'search' },
    'daylight.outcome': { stringValue: 'ok' },
  });
});

it('what is empty is left out, and times are in nanoseconds', () => {
  const flow = flowEvent(0, { ts: 1_772_603_998_123, rules: [], error: '', user_id: '' });
  for (const key of ['daylight.rules', 'error.type', 'user.id']) expect(attributesOf(flow)).not.toHaveProperty(key);
  expect(read(flow)).toMatchObject({ timeUnixNano: '1772603998123000000', severityNumber: 17 });
});

it('records stand together by the appliance that made them', () => {
  const events = [auditEvent(0), auditEvent(1, { sensor: 'proxy-2' }), auditEvent(2)];
  const request = JSON.parse(
    requestOf(
      events.map((event) => ({ event, text: recordOf({ event, text: event.event_id }) })),
      '1.0.0',
    ),
  );
  const bodies = request.resourceLogs.map(({ scopeLogs }: { scopeLogs: [{ logRecords: { body: { stringValue: string } }[] }] }) =>
    scopeLogs[0].logRecords.map(({ body }) => body.stringValue),
  );
  expect(bodies).toEqual([[events[0]?.event_id, events[2]?.event_id], [events[1]?.event_id]]);
});

it('every attribute is documented', () => {
  const documented = readFileSync('docs/reference/sinks.md', 'utf8');
  const names = [flowEvent(0), auditEvent(0), llm, mcp].flatMap((event) => Object.keys(attributesOf(event)));
  const missing = names.filter(
    (name) => !documented.includes(`\`${name}\``) && !documented.includes(`\`${name.replace('daylight.', '.')}\``),
  );
  expect(missing).toEqual([]);
});
