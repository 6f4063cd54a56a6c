// Records sample traffic in the data folder of an appliance, on the same road as real traffic: the engine judges each exchange with the
// rules and policy of that appliance, and the spool takes the events to ClickHouse. Only the traffic is made up, and the appliance's name
// in it says so.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { factsOf } from '../../../approval-request.ts';
import type { Config } from '../../../config.ts';
import { toLlmCallEvent } from '../../../engine/calls/llm-call.ts';
import { hasCalls, seenCall, toMcpCallEvent } from '../../../engine/calls/mcp-call.ts';
import { readModelAnswer } from '../../../engine/calls/model-answer.ts';
import { modelApiOf } from '../../../engine/calls/model-api.ts';
import { readModelRequest } from '../../../engine/calls/model-request.ts';
import type { CallResult } from '../../../engine/calls/outcome.ts';
import { answersIn, callsOf } from '../../../engine/calls/read-calls.ts';
import { decide } from '../../../engine/decide.ts';
import { applyScan } from '../../../engine/dlp/apply.ts';
import { coverageOf } from '../../../engine/dlp/coverage.ts';
import { toMatchEvents } from '../../../engine/dlp/match-events.ts';
import { scanAll } from '../../../engine/dlp/scan.ts';
import { type EventOrigin, type FlowOutcome, type HttpFlowEvent, toEvent } from '../../../engine/event.ts';
import type { Hidden } from '../../../engine/excerpt.ts';
import type { Flow, LearnedServer } from '../../../engine/flow.ts';
import { judgeHar } from '../../../engine/har.ts';
import { compileSnapshot, type Snapshot, type SnapshotSource } from '../../../engine/snapshot.ts';
import type { Verdict } from '../../../engine/verdict.ts';
import { scanTools } from '../../../proxy/content-scan.ts';
import { createToolSightings } from '../../../proxy/tool-sightings.ts';
import { uuidv7 } from '../../../proxy/uuid.ts';
import { openApprovalRequests } from '../../../store/approval-requests.ts';
import { createClientCounts } from '../../../store/client-counts.ts';
import { createEmit } from '../../../store/emit.ts';
import { loadInstallationKey } from '../../../store/installation-key.ts';
import { processIdentity } from '../../../store/process-identity.ts';
import { openSpool } from '../../../store/spool.ts';
import { sampleClients } from './programs.ts';
import { sampleTraffic } from './traffic.ts';

const TENANT = 'default';
export const SAMPLE_SENSOR = 'sample data';
/** Days of which traffic is made up: two weeks, and two before to compare them with; and days for which servers were blocked by name. */
const DAYS = 28;
const BLOCKED_DAYS = 2;
const DAY = 86_400_000;
/** What somebody who was blocked at a host writes. */
const ASKED = [
  { host: 'mailmate-agent.example', reason: 'It answers routine mail for me.', days: 365 },
  { host: 'travel-desk.example', reason: 'I book the trips of the team with it.', days: 30 },
  { host: 'pdf-wizard.example', reason: 'Tables out of supplier PDFs.', days: 90 },
  { host: 'ledger-copilot.example', reason: 'I match 300 invoices a month with it.', days: 90 },
] as const;

/**
 * Fills the spool of an appliance with sample traffic: four weeks, unless told.
 *
 * @param source rules and policy to judge by
 * @param now epoch milliseconds; the end of it
 * @returns how many exchanges there are
 * @throws DaylightError if the spool cannot be written
 */
export async function recordSample(config: Config, source: SnapshotSource, now: number, days = DAYS): Promise<number> {
  const dir = join(config.data, 'spool');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const today = compileSnapshot(source);
  const modes = { ...source.policy.modes, blocked: [] };
  const before = compileSnapshot({ ...source, policy: { ...source.policy, modes } });
  const snapshotAt = (time: number): Snapshot => (time > now - BLOCKED_DAYS * DAY ? today : before);

  const key = loadInstallationKey(config.data);
  const tools = scanTools(key);
  const origin: EventOrigin = { tenant: TENANT, sensor: SAMPLE_SENSOR, excerpts: true };
  let fault: unknown;
  const spool = openSpool({ dir, writer: processIdentity('sample'), onError: (error) => (fault = error) });
  const emit = createEmit({ spool, store: { ...config.store, excerpts: true }, tenant: TENANT, key });
  const clients = createClientCounts({ spool, store: config.store, key });
  let clock = 0;
  const blocked: HttpFlowEvent[] = [];
  const sightings = createToolSightings({
    ...{ emit, origin, newId: uuidv7, now: () => clock, later: (work: () => void) => work() },
    onFault: (error) => (fault = error),
  });

  /** What DLP makes of one direction. */
  function scan(flow: Flow, verdict: Verdict, direction: 'request' | 'response', values: string[]): Verdict {
    const text = flow[direction]?.body?.text ?? '';
    const coverage = text.startsWith('{') && coverageOf(flow, verdict, snapshotAt(flow.time).dlp, direction);
    if (!coverage) return verdict;
    const result = scanAll({ kind: 'json', text, where: `${direction}.body` }, coverage, { tools, session: flow.id });
    values.push(...result.values);
    return applyScan(verdict, result, 'open');
  }

  const exchanges = sampleTraffic(now, days);
  const learned = new Map<string, LearnedServer>();
  const judged = judgeHar(exchanges, (flow, previous) => {
    if (flow.learned) learned.set(flow.id, flow.learned);
    return decide(flow, snapshotAt(flow.time), previous);
  });
  for (const [index, { entry, verdict: last, requestVerdict }] of judged.entries()) {
    clock = entry.flow.time;
    const values: string[] = [];
    const asked = scan(entry.flow, requestVerdict, 'request', values);
    const stopped = asked.action === 'block';
    const server = learned.get(entry.flow.id);
    const whole: Flow = { ...entry.flow, ...(server && { learned: server }) };
    const { response, ...request } = whole;
    const flow: Flow = stopped ? request : whole;
    const found = { ...last, findings: asked.findings, scan: asked.scan };
    const redacted =
      asked.action === 'redact' ? { action: asked.action, disposition: asked.disposition, reason: asked.reason } : {};
    const verdict = stopped ? asked : scan(flow, { ...found, ...redacted } as Verdict, 'response', values);
    const outcome: FlowOutcome = {
      endTime: clock + (stopped ? 2 : exchanges[index]!.took),
      requestBytes: flow.request.body?.bytes ?? 0,
      responseBytes: flow.response?.body?.bytes ?? 0,
      ttfbMs: stopped ? 0 : exchanges[index]!.took * 0.8,
      disposition: verdict.disposition,
      error: '',
    };
    const hidden: Hidden = { credentials: (text) => text, places: new Set(verdict.findings.map(({ where }) => where)), values };
    const event = toEvent(flow, verdict, outcome, origin, hidden);
    if (event.disposition === 'blocked') blocked.push({ ...event });
    clients.add(event);
    emit(event);
    for (const match of toMatchEvents(flow, verdict, outcome.disposition, origin, uuidv7)) emit(match);
    recordCalls(flow, verdict, outcome, hidden);
    if (!stopped && flow.response?.status === 200) sightings.see(flow, verdict, flow.response?.body?.text ?? '');
  }

  function recordCalls(flow: Flow, verdict: Verdict, outcome: FlowOutcome, hidden: Hidden): void {
    const { body } = flow.request;
    if (!body) return;
    if (hasCalls(verdict.traffic)) {
      for (const call of callsOf(verdict.mcp, body)) {
        const message = { text: body.text, where: 'request.body', bytes: body.bytes, time: flow.time };
        const end = { ...resultOf(flow, outcome), time: outcome.endTime, bytes: flow.response?.body?.bytes };
        const seen = seenCall(call, message, verdict, origin, hidden);
        emit(toMcpCallEvent(flow, verdict, seen, { ...end, disposition: outcome.disposition }, origin, uuidv7(flow.time)));
      }
    }
    const api = modelApiOf(flow.request.url);
    const request = api && readModelRequest(api, body.text, body.outline);
    if (!api || !request) return;
    const { prices, policy } = snapshotAt(flow.time);
    const answer = readModelAnswer(flow.response?.body?.text ?? '', '');
    const model = { api, request, answer, gateway: policy.gatewayOf(flow) };
    emit(toLlmCallEvent(flow, verdict, model, outcome, prices, origin, uuidv7(flow.time)));
  }

  emit.close();
  for (const seen of sampleClients(now, days)) clients.add({ ...seen, sensor: SAMPLE_SENSOR });
  clients.close();
  await spool.close();
  fileRequests(config.data, blocked);
  if (fault) throw fault;
  return exchanges.length;
}

/** What people of the company asked for when they were blocked. */
function fileRequests(data: string, blocked: readonly HttpFlowEvent[]): void {
  const requests = openApprovalRequests(data);
  try {
    const asked = ASKED.flatMap(({ host, ...words }) => {
      const event = blocked.findLast(({ dst_host }) => dst_host === host);
      return event ? [{ event, ...words }] : [];
    });
    for (const { event, reason, days } of asked.sort((one, other) => one.event.ts - other.event.ts)) {
      const [name = ''] = event.user_id.split('@');
      requests.file({ event_id: event.event_id, created: event.ts + 90_000, name, reason, days, ...factsOf(event) });
    }
  } finally {
    requests.close();
  }
}

function resultOf(flow: Flow, { disposition }: FlowOutcome): CallResult {
  if (disposition === 'blocked') return { outcome: 'blocked', source: 'exchange', code: 0, error: 'blocked' };
  const text = flow.response?.body?.text ?? '';
  const [answer] = text.startsWith('{') ? answersIn(text) : [];
  if (!answer) return { outcome: 'ok', source: 'status', code: 0, error: '' };
  return { outcome: answer.outcome, source: 'answer', code: answer.code, error: answer.outcome === 'ok' ? '' : answer.outcome };
}
