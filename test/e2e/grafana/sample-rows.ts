// A day of one company as rows: every class of traffic, every outcome, and at least one row for each thing that a dashboard shows.

import { TRAFFIC } from '../../../src/engine/verdict.ts';
import { flowEvent, uuid7 } from '../../store/sample-event.ts';

type Row = Record<string, unknown>;

const HOUR = 3_600_000;
const SPAN = 24;
const PEOPLE = ['ana@example.com', 'bo@example.com', "pat.o'neil@example.com", ''];
const DISPOSITIONS = ['blocked', 'redacted', 'logged', 'allowed', 'failed'];
const OUTCOMES = ['ok', 'tool-error', 'error', 'blocked', 'failed', 'unanswered', 'unknown'];

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;
const who = (index: number) => ({ tenant: pick(['acme', 'globex'], index >> 3), sensor: pick(['berlin', 'paris'], index >> 2) });

/** Rows by table; `now` in epoch milliseconds is the end of the day. */
export function sampleRows(now: number): Record<string, Row[]> {
  const times = Array.from({ length: SPAN * 20 }, (_, index) => now - Math.floor((index / 20) * HOUR) - 60_000);
  return {
    http_flow: times.map(flowRow),
    flow_count: times.map((ts, index) => ({
      ts,
      ...who(index),
      dst_host: 'www.example.com',
      n: 40,
      req_bytes: 9_000,
      resp_bytes: 90_000,
    })),
    mcp_call: times.map(mcpRow),
    llm_call: times.map(llmRow),
    dlp_match: times.map(dlpRow),
    tool_seen: times.slice(0, 40).map(toolRow),
    server_finding: times.slice(0, 10).map(findingRow),
    audit_log: times.slice(0, 10).map(auditRow),
  };
}

function serverOf(index: number): { dst_host: string; server_key: string } {
  const host = `mcp${index % 7}.example.net`;
  return { dst_host: host, server_key: `https://${host}/mcp` };
}

function flowRow(ts: number, index: number): Row {
  const traffic = pick(TRAFFIC, index);
  const disposition = traffic === 'none' ? pick(['allowed', 'failed'], index) : pick(DISPOSITIONS, index >> 1);
  const named = traffic === 'hosted' ? ['https://tools.example.org/mcp'] : traffic === 'attached' ? ['filesystem'] : [];
  const { kind: _, ...row } = flowEvent({
    ts,
    ...who(index),
    ...serverOf(index),
    user_id: pick(PEOPLE, index),
    traffic,
    disposition: disposition as 'blocked',
    error: disposition === 'failed' ? 'ERR_TLS: the client closed the connection during the handshake' : '',
    status: pick([200, 200, 503], index),
    inspected: pick(['yes', 'yes', 'passthrough', 'opaque'] as const, index >> 1),
    url: traffic === 'install' ? 'https://registry.example.org/mcp-server-files' : 'https://mcp.example.com/mcp',
    rules: traffic === 'none' ? [] : ['mcp-jsonrpc'],
    policy_step: index % 50 === 0 ? 'error' : 'default-mode',
    mcp_auth: pick(['bearer', 'none', ''], index),
    mcp_servers: named,
    ...(traffic === 'none' ? { server_key: '' } : {}),
  });
  return row;
}

function callRow(ts: number, index: number): Row {
  const origin = { ts, event_id: uuid7(ts), parent_id: uuid7(ts), ...who(index), dst_host: serverOf(index).dst_host };
  return { ...origin, user_id: pick(PEOPLE, index), road: 'direct', action: 'log', disposition: 'logged', status: 200 };
}

function mcpRow(ts: number, index: number): Row {
  const call = { method: pick(['tools/call', 'tools/call', 'tools/list'], index), transport: 'streamable-http' };
  const tool = call.method === 'tools/call' ? pick(['echo', 'read_file', 'send_mail'], index >> 1) : '';
  const outcome = pick(OUTCOMES, index >> 1);
  const traffic = pick(['shadow', 'bypass', 'approved', 'portal'], index >> 1);
  return { ...callRow(ts, index), ...serverOf(index), ...call, tool, outcome, traffic, duration_ms: 20 + (index % 90) };
}

function llmRow(ts: number, index: number): Row {
  const model = { provider: pick(['openai', 'anthropic'], index), model: pick(['model-a', 'model-b', 'model-c'], index) };
  const usage = { input_tokens: 900, output_tokens: 150, cost_usd: index % 5 === 0 ? null : '0.0042' };
  return { ...callRow(ts, index), ...model, ...usage, traffic: pick(['hosted', 'attached', 'none'], index) };
}

function dlpRow(ts: number, index: number): Row {
  const injection = index % 6 === 0;
  const [category, detector] = injection
    ? ['prompt-injection', 'injection-instruction']
    : pick(
        [
          ['credential', 'github-token'],
          ['financial', 'iban'],
          ['contact', 'email-bulk'],
        ],
        index,
      );
  return {
    ...{ ts, event_id: uuid7(ts), parent_id: uuid7(ts), parent_kind: 'http_flow' },
    ...who(index),
    ...serverOf(index),
    ...{ user_id: pick(PEOPLE, index), traffic: 'shadow', mcp_method: 'tools/call', mcp_tool: 'send_mail' },
    ...{
      direction: injection ? 'response' : 'request',
      detector,
      category,
      severity: 'high',
      confidence: 'high',
      validated: index % 2,
    },
    ...{
      field: 'request.body.params.arguments.text',
      offset: 3,
      length: 40,
      match_hash: `hash-${index % 30}`,
      masked: 'ghp_****',
    },
    ...{ action: 'log', disposition: pick(DISPOSITIONS, index >> 1), policy_id: 'profile' },
  };
}

function toolRow(ts: number, index: number): Row {
  const failed = index % 4 === 0;
  return {
    ...{ ts, event_id: uuid7(ts), flow_id: uuid7(ts), ...who(index), server_key: serverOf(index).server_key },
    ...{ tool: pick(['echo', 'read_file', 'send_mail'], index), tool_hash: `hash-${index % 9}`, description: 'Does a thing' },
    ...{ checks: failed ? ['hidden-text'] : [], evidence: failed ? ['description: \\u{200b}'] : [] },
  };
}

function findingRow(ts: number, index: number): Row {
  const subject = { server_key: serverOf(index).server_key, tool: 'echo', summary: 'The tool "echo" changed' };
  const kind = { finding: pick(['tool-changed', 'tool-suspicious'], index), level: pick(['low', 'medium', 'high'], index) };
  return { ts, event_id: uuid7(ts), flow_id: uuid7(ts), ...who(index), ...subject, ...kind };
}

function auditRow(ts: number, index: number): Row {
  const act = { actor: 'root', action: 'servers.approve', object_type: 'server', object_id: serverOf(index).server_key };
  return { ts, event_id: uuid7(ts), ...who(index), ...act, outcome: pick(['success', 'denied', 'error'], index) };
}
