// Judges a request that a person pasted, by the rules and the policy of now, phase by phase as the proxy would. Nothing is sent.
//
// Read as, in this order: JSON (a sample as rules carry them, or one entry of a HAR), else raw HTTP: the request, and after a line of three
// hyphens the answer.

import { z } from 'zod';
import { decide } from '../engine/decide.ts';
import type { Flow } from '../engine/flow.ts';
import { readHar } from '../engine/har.ts';
import { explain } from '../engine/rules/explain.ts';
import { sampleFlows } from '../engine/rules/samples.ts';
import type { SampleFlow } from '../engine/rules/schema.ts';
import { compileSnapshot, type Snapshot, type SnapshotSource } from '../engine/snapshot.ts';
import type { Verdict } from '../engine/verdict.ts';
import { ApiProblem } from './api/problem.ts';
import type { RuleTestResult } from './api/shapes.ts';

const headers = z.record(z.string(), z.coerce.string()).default({});
const sample = z.object({
  name: z.string().default('pasted'),
  request: z.object({ method: z.string().default('GET'), url: z.url(), headers, body: z.string().optional() }),
  response: z.object({ status: z.int().min(100).max(599), headers, body: z.string().optional() }).optional(),
  messages: z
    .array(
      z.object({
        direction: z.enum(['request', 'response']).default('response'),
        via: z.enum(['sse', 'websocket']).default('sse'),
        event: z.string().default('message'),
        text: z.string(),
      }),
    )
    .max(1_000)
    .default([]),
  learned: z.url().optional(),
});

/** @param now epoch milliseconds, for dated policy @throws ApiProblem that says what cannot be read */
export function testRequest(text: string, source: SnapshotSource, now: number): RuleTestResult['phases'] {
  const snapshot = snapshotOf(source);
  const phases: RuleTestResult['phases'] = [];
  let previous: Verdict | undefined;
  for (const flow of flowsOf(text)) {
    const verdict = decide({ ...flow, time: now }, snapshot, previous);
    phases.push(phaseOf(flow, verdict));
    previous = verdict;
  }
  return phases;
}

let compiled: { source: SnapshotSource; snapshot: Snapshot } | undefined;

/** The last one is kept: compiling takes a while, and people try things several times. */
function snapshotOf(source: SnapshotSource): Snapshot {
  if (compiled?.source !== source) compiled = { source, snapshot: compileSnapshot(source) };
  return compiled.snapshot;
}

function phaseOf({ phase }: Flow, verdict: Verdict): RuleTestResult['phases'][number] {
  const { traffic, action, confidence, reason, policy } = verdict;
  return {
    ...{ phase, traffic, action, confidence, reason },
    signals: verdict.signals.map(({ id, where, value, weight }) => ({ id, where, value, weight })),
    rules: verdict.matches.map((match) => ({
      id: match.ruleId,
      title: match.title,
      level: match.level,
      evidence: explain(match),
    })),
    policy: { step: policy.step, id: policy.id },
  };
}

function flowsOf(text: string): Flow[] {
  try {
    return sampleFlows(text.trimStart().startsWith('{') ? readJson(text) : readHttp(text));
  } catch (error) {
    if (error instanceof ApiProblem) throw error;
    throw unreadable((error as Error).message);
  }
}

function readJson(text: string): SampleFlow {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw unreadable(`is not JSON: ${(error as Error).message}`);
  }
  if (isHarEntry(data)) return sampleOfHar(data);
  const parsed = sample.safeParse(data);
  if (parsed.success) return parsed.data as SampleFlow;
  const [issue] = parsed.error.issues;
  throw unreadable(`${issue?.path.join('.') || 'the sample'}: ${issue?.message}`);
}

function isHarEntry(data: unknown): boolean {
  const entry = data as { request?: { headers?: unknown }; log?: unknown };
  return Array.isArray(entry.request?.headers) || entry.log !== undefined;
}

function sampleOfHar(data: unknown): SampleFlow {
  const whole = (data as { log?: unknown }).log === undefined ? { log: { entries: [data] } } : data;
  const [entry] = readHar(JSON.stringify(whole));
  if (!entry) throw unreadable('the recording has no entry');
  const { request, response } = entry.flow;
  return {
    name: 'pasted',
    request: { method: request.method, url: request.url, headers: { ...request.headers }, body: request.body?.text },
    ...(response && { response: { status: response.status, headers: { ...response.headers }, body: response.body?.text } }),
    messages: entry.messages.map(({ direction, via, event, text }) => ({ direction, via, event, text })),
  };
}

function readHttp(text: string): SampleFlow {
  const [asked = '', answered] = text.replaceAll('\r\n', '\n').split(/^---[ \t]*\n/m);
  const request = readMessage(asked.trimStart());
  const [method = '', target = ''] = request.start.split(/\s+/);
  if (!/^[A-Z]{1,20}$/.test(method) || target === '')
    throw unreadable('begin with a request line such as "POST https://mcp.example.com/mcp HTTP/1.1"');
  const host = request.headers.host;
  const url = /^[a-z]+:\/\//i.test(target) ? target : host === undefined ? '' : `https://${host}${target}`;
  if (!URL.canParse(url)) throw unreadable('name the whole URL in the request line, or add a Host header');
  const response = answered === undefined ? undefined : readMessage(answered.trimStart());
  const status = Number(/^HTTP\/[\d.]+\s+(\d{3})/.exec(response?.start ?? '')?.[1]);
  if (response && !(status >= 100 && status <= 599)) throw unreadable('begin the answer with a line such as "HTTP/1.1 200 OK"');
  return {
    name: 'pasted',
    request: { method, url, headers: request.headers, body: request.body },
    ...(response && { response: { status, headers: response.headers, body: response.body } }),
    messages: [],
  };
}

function readMessage(text: string): { start: string; headers: Record<string, string>; body: string | undefined } {
  const end = text.indexOf('\n\n');
  const [start = '', ...lines] = (end < 0 ? text : text.slice(0, end)).split('\n');
  const read: Record<string, string> = {};
  for (const line of lines.filter((each) => each.trim() !== '')) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (name === '')
      throw unreadable(
        `${JSON.stringify(line.slice(0, 80))} is no header; write "Name: value", and an empty line before the body`,
      );
    const value = line.slice(colon + 1).trim();
    read[name] = read[name] === undefined ? value : `${read[name]}, ${value}`;
  }
  const body = end < 0 ? '' : text.slice(end + 2).replace(/\n$/, '');
  return { start: start.trim(), headers: read, body: body === '' ? undefined : body };
}

function unreadable(why: string): ApiProblem {
  return new ApiProblem(400, { code: 'invalid', message: `request: ${why}`, field: 'request' });
}
