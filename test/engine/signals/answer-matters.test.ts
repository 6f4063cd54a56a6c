import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/engine/decide.ts';
import type { Flow } from '../../../src/engine/flow.ts';
import { emptyPolicy } from '../../../src/engine/policy/schema.ts';
import { answerIsSettled } from '../../../src/engine/signals/answer-matters.ts';
import { compileSnapshot } from '../../../src/engine/snapshot.ts';
import { loadSnapshotSource } from '../../../src/load.ts';

const { rules } = loadSnapshotSource('rules').source;
const snapshot = compileSnapshot({ rules, policy: emptyPolicy() });

function settled(
  method: string,
  { headers = {}, learned = true, status = 200 }: { headers?: object; learned?: boolean; status?: number } = {},
) {
  const text = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { name: 'query', arguments: {} } });
  const flow: Flow = {
    id: '01a1f804-df25-773c-b0b7-e589bd5e6e0b',
    time: 1_795_161_600_000,
    phase: 'request-body',
    client: { address: '192.0.2.1', port: 50_000 },
    principal: { user: '', groups: [], device: '', source: 'address' },
    server: { host: 'tools.example', port: 443, address: '198.51.100.1' },
    tls: { sni: 'tools.example', alpn: 'http/1.1', version: 'TLSv1.3', ja4: '' },
    inspected: 'yes',
    request: {
      method: 'POST',
      url: 'https://tools.example/mcp',
      httpVersion: '1.1',
      headers: { 'content-type': 'application/json', ...headers },
      body: { text, bytes: text.length, complete: true },
    },
  };
  if (learned) {
    flow.learned = {
      ...{ url: 'https://tools.example/mcp', transport: 'streamable-http', generation: '2025-06-18', serverName: 'tools' },
      ...{ serverVersion: '1', lastSeen: flow.time, blocked: false },
    };
  }
  const verdict = decide(flow, snapshot);
  flow.response = { status, headers: {} };
  return answerIsSettled(flow, verdict);
}

const SESSION = { 'mcp-session-id': '0d9c6f5a', 'mcp-protocol-version': '2025-06-18' };

describe('an answer is settled', () => {
  test('when a known server is asked for content by a request that says MCP in its headers', () => {
    expect(settled('tools/call', { headers: SESSION })).toBe(true);
  });

  test('but not when it describes the server or its tools', () => {
    for (const method of ['initialize', 'tools/list', 'server/discover'])
      expect(settled(method, { headers: SESSION })).toBe(false);
  });

  test('but not when only the body says so, when the server is new, or when it refuses', () => {
    expect(settled('tools/call')).toBe(false);
    expect(settled('tools/call', { headers: SESSION, learned: false })).toBe(false);
    expect(settled('tools/call', { headers: SESSION, status: 401 })).toBe(false);
  });
});
