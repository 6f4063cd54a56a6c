import { expect, it } from 'vitest';
import { decide } from '../../../src/engine/decide.ts';
import { readHar } from '../../../src/engine/har.ts';
import { harEntryOf } from '../../../src/engine/har-entry.ts';
import { sampleFromEvent } from '../../../src/engine/rules/sample-from-event.ts';
import { judgeSample } from '../../../src/engine/rules/samples.ts';
import { compileSnapshot } from '../../../src/engine/snapshot.ts';
import { loadSnapshotSource } from '../../../src/load.ts';
import { flowEvent } from '../../store/sample-event.ts';

const snapshot = compileSnapshot(loadSnapshotSource('rules').source);
const EVENT = {
  mcp_transport: 'streamable-http',
  mcp_generation: '2025-06-18',
  signals: ['mcp.header.protocol-version', 'mcp.header.session-id'],
} as const;

it.each([
  ['initialize', ''],
  ['tools/call', 'echo'],
  ['resources/read', ''],
  ['notifications/initialized', ''],
])('a stored %s, written as a sample, is judged as MCP again', (mcp_method, mcp_tool) => {
  const sample = sampleFromEvent(flowEvent({ ...EVENT, mcp_method, mcp_tool }));
  const verdicts = judgeSample(sample, (flow, previous) => decide(flow, snapshot, previous));
  expect(verdicts.at(-1)?.verdict).toMatchObject({ traffic: 'shadow', mcp: { method: mcp_method, tool: mcp_tool } });
});

it('what is no MCP gets no body and no headers that nobody saw', () => {
  const plain = flowEvent({ http_method: 'GET', mcp_method: '', signals: [], mcp_generation: '', mcp_transport: '' });
  const { request } = sampleFromEvent(plain);
  expect([request.body, Object.keys(request.headers)]).toEqual([undefined, plain.user_agent === '' ? [] : ['user-agent']]);
});

it('an entry of a HAR can be read again, and holds the whole event', () => {
  const event = flowEvent({ excerpt: '{"jsonrpc":"2.0"}' });
  const [entry] = readHar(JSON.stringify({ log: { entries: [harEntryOf(event)] } }));
  expect(entry?.flow).toMatchObject({ time: event.ts, request: { method: event.http_method, url: event.url } });
  expect(harEntryOf(event)._daylight).toBe(event);
});
