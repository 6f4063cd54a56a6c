// Plays the samples of rules: each exchange goes through `decide` phase by phase, as the proxy would send it.
//
// A `match` sample must be matched by its rule in the last phase. A `silent` sample must not be matched by its rule in any
// phase: what looks like MCP only until the answer comes would already have been blocked.

import type { Body, Flow, Message, Phase } from '../flow.ts';
import { splitUrl } from '../url.ts';
import type { Verdict } from '../verdict.ts';
import type { Rule, SampleFlow } from './schema.ts';

/** `decide` with its snapshot filled in. */
export type DecideFlow = (flow: Flow, previous?: Verdict) => Verdict;

export interface SampleResult {
  ruleId: string;
  title: string;
  sample: string;
  expected: 'match' | 'silent';
  ok: boolean;
  /** What happened, for people: the phase and the verdict. */
  reason: string;
}

/** Plays every sample of every rule. Deprecated rules are not tried. */
export function runRuleSamples(rules: readonly Rule[], decideFlow: DecideFlow): SampleResult[] {
  return rules
    .filter((rule) => rule.status !== 'deprecated')
    .flatMap((rule) => [
      ...rule.samples.match.map((sample) => playSample(rule, sample, 'match', decideFlow)),
      ...rule.samples.silent.map((sample) => playSample(rule, sample, 'silent', decideFlow)),
    ]);
}

function playSample(rule: Rule, sample: SampleFlow | string, expected: 'match' | 'silent', decideFlow: DecideFlow): SampleResult {
  const result = { ruleId: rule.id, title: rule.title, expected };
  if (typeof sample === 'string') return { ...result, sample, ok: false, reason: 'the sample is a name that was not resolved' };
  const verdicts = judgeSample(sample, decideFlow);
  const hits = verdicts.filter(({ verdict }) => verdict.matches.some((match) => match.ruleId === rule.id));
  const last = verdicts.at(-1)!;
  const ok = expected === 'match' ? hits.at(-1) === last : hits.length === 0;
  const { phase, verdict } = expected === 'silent' ? (hits[0] ?? last) : last;
  const signals = verdict.signals.map((signal) => signal.id).join(', ') || 'no signals';
  return { ...result, sample: sample.name, ok, reason: `${phase}: ${verdict.traffic} (${signals})` };
}

/** The verdict of each phase of a sample. */
export function judgeSample(sample: SampleFlow, decideFlow: DecideFlow): { phase: Phase; verdict: Verdict }[] {
  const verdicts: { phase: Phase; verdict: Verdict }[] = [];
  for (const flow of sampleFlows(sample)) {
    verdicts.push({ phase: flow.phase, verdict: decideFlow(flow, verdicts.at(-1)?.verdict) });
  }
  return verdicts;
}

/** A sample as the flows of its phases, in order. */
export function sampleFlows(sample: SampleFlow): Flow[] {
  const { request, response, messages } = sample;
  const { host, port, scheme } = splitUrl(request.url);
  const head: Flow = {
    id: '00000000-0000-7000-8000-000000000000',
    time: 0,
    phase: 'request-headers',
    client: { address: '192.0.2.1', port: 50000 },
    principal: { user: '', groups: [], device: '', source: 'none' },
    server: { host, port, address: '' },
    tls: { sni: scheme === 'https' ? host : '', alpn: '', version: '', ja4: '' },
    inspected: 'yes',
    request: { method: request.method, url: request.url, httpVersion: '1.1', headers: request.headers },
    ...(sample.learned === undefined ? {} : { learned: learnedAt(sample.learned) }),
  };
  const flows = [head];
  const next = (phase: Phase, change: Partial<Flow>): void => void flows.push({ ...flows.at(-1)!, ...change, phase });
  if (request.body !== undefined) next('request-body', { request: { ...head.request, body: bodyOf(request.body) } });
  if (response !== undefined) {
    const { status, headers } = response;
    next('response-headers', { response: { status, headers } });
    if (response.body !== undefined) next('response-body', { response: { status, headers, body: bodyOf(response.body) } });
  }
  const counts = { request: 0, response: 0 };
  for (const message of messages) {
    const played: Message = { ...message, index: counts[message.direction]++ };
    next('message', { message: played });
  }
  return flows;
}

function bodyOf(text: string): Body {
  return { text, bytes: text.length, complete: true };
}

function learnedAt(url: string): NonNullable<Flow['learned']> {
  return { url, transport: 'unknown', generation: '', serverName: '', serverVersion: '', lastSeen: 0, blocked: false };
}
