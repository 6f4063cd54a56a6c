// DLP findings in the real ClickHouse engine: as they are written by the spool's format, and as they come back.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DlpMatchEvent } from '../../src/engine/event.ts';
import { listMatches } from '../../src/store/dlp-queries.ts';
import { uuid7 } from '../store/sample-event.ts';
import { openTemporaryStore, type TemporaryStore } from './temporary-store.ts';

const T = Date.now() - 60_000;
const FLOW = uuid7(T);

function match(fields: Partial<DlpMatchEvent>): DlpMatchEvent {
  return {
    kind: 'dlp_match',
    ts: T,
    event_id: uuid7(T),
    tenant: 'default',
    sensor: 'test',
    parent_id: FLOW,
    parent_kind: 'http_flow',
    user_id: 'ann@example.com',
    user_groups: ['finance'],
    dst_host: 'mcp.example.com',
    server_key: 'https://mcp.example.com/mcp',
    traffic: 'approved',
    mcp_method: 'tools/call',
    mcp_tool: 'create_ticket',
    direction: 'request',
    detector: 'payment-card',
    category: 'financial',
    severity: 'high',
    confidence: 'high',
    validated: 1,
    field: 'request.body.params.arguments.note',
    offset: 12,
    length: 16,
    decoded: '',
    match_hash: 'a'.repeat(32),
    masked: '************1111',
    action: 'redact',
    disposition: 'redacted',
    policy_id: 'sensitive-data',
    evidence: '',
    ...fields,
  };
}

const CARD = match({});
const KEY = match({
  ts: T + 1000,
  detector: 'private-key',
  category: 'credential',
  severity: 'critical',
  direction: 'response',
  field: 'response.body.result.content.0.text',
  validated: 0,
  confidence: 'medium',
  decoded: 'base64',
  match_hash: 'b'.repeat(32),
  action: 'block',
  disposition: 'blocked',
  parent_id: uuid7(T),
  evidence: 'eyJ.a.b.c.d',
});

let store: TemporaryStore;

beforeAll(async () => {
  store = await openTemporaryStore();
  await store.insert('dlp_match', [CARD, KEY]);
});

afterAll(async () => {
  await store?.close();
});

test('findings come back as they were written, newest first', async () => {
  expect(await listMatches(store.reader)).toEqual([KEY, CARD]);
});

test('they are found by detector, family, value, exchange, user, server and time', async () => {
  const found = async (query: Parameters<typeof listMatches>[1]) =>
    (await listMatches(store.reader, query)).map(({ detector }) => detector);
  expect(await found({ detector: 'payment-card' })).toEqual(['payment-card']);
  expect(await found({ detector: 'credential' })).toEqual(['private-key']);
  expect(await found({ hash: 'a'.repeat(32) })).toEqual(['payment-card']);
  expect(await found({ parent: FLOW })).toEqual(['payment-card']);
  expect(await found({ eventId: KEY.event_id })).toEqual(['private-key']);
  expect(await found({ user: 'nobody' })).toEqual([]);
  expect(await found({ serverKey: CARD.server_key, since: T + 500 })).toEqual(['private-key']);
  expect(await found({ until: T + 500, limit: 1 })).toEqual(['payment-card']);
});
