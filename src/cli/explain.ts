// `daylight explain`: why an event was judged as it was, or how a URL would be judged now.
//
// An event shows what was stored with it: signals, rules, the step of policy that decided. A URL is judged by the rules and
// the policy of this moment, with what the inventory knows about the server. Both end with what would change the verdict: the signals
// it hangs on, and the commands that lead to another.

import type { Command } from 'commander';
import { decide } from '../engine/decide.ts';
import { describeSignal, type ExplainedRule, explainEvent } from '../engine/explain-event.ts';
import type { Flow, Generation, LearnedServer, Transport } from '../engine/flow.ts';
import { serverKeyOfUrl } from '../engine/inventory/server-key.ts';
import { POLICY_STEPS } from '../engine/policy/steps.ts';
import { waysToChange } from '../engine/policy/ways-to-change.ts';
import { redactUrl } from '../engine/redact-url.ts';
import { explain as explainMatch } from '../engine/rules/explain.ts';
import { sampleFlows } from '../engine/rules/samples.ts';
import type { Rule, SampleFlow } from '../engine/rules/schema.ts';
import { turningPoints } from '../engine/signals/turning-points.ts';
import { compileSnapshot } from '../engine/snapshot.ts';
import type { Action, Match, PolicyStep, Traffic, Verdict } from '../engine/verdict.ts';
import { DaylightError } from '../errors.ts';
import { loadSnapshotSource } from '../load.ts';
import { getEvent, type InventoryServer, listServers } from '../store/queries.ts';
import { type CommonOptions, command, configOf } from './command.ts';
import { paint, print, printJson, timestamp, visible } from './output.ts';
import { withStore } from './store-session.ts';

/** One way to show both kinds. */
interface Explanation {
  subject: string;
  traffic: Traffic;
  action: Action;
  confidence: number;
  reason: string;
  policy: { step: string; id: string };
  signals: { id: string; weight: string; meaning: string; where?: string; value?: string }[];
  rules: { id: string; title: string; level: string; evidence: string }[];
  seen?: string;
  /** Where the stored signals do not tell all. */
  note?: string;
  /** What the evidence hangs on, or what is missing. */
  evidence: string[];
  /** Commands and edits that would lead to another verdict. */
  change: string[];
}

export function explainCommand(): Command {
  return command('explain', 'say why an event was judged as it was, or how a URL would be judged now')
    .argument('<url-or-event-id>', 'an event id from "events query", or the URL of a server')
    .action(explain);
}

async function explain(subject: string, options: CommonOptions): Promise<void> {
  const config = configOf(options);
  const { source } = loadSnapshotSource(config.rules);
  const isUrl = /^(https?|wss?):\/\//i.test(subject);
  if (!isUrl && !/^[0-9a-f-]{36}$/i.test(subject)) {
    throw new DaylightError(
      'ERR_USAGE',
      `${JSON.stringify(subject)}: must be a URL such as https://mcp.example.com/mcp, or an event id`,
    );
  }
  const explanation = await withStore(config, async (store) => {
    if (!isUrl) return describeEvent(await getEvent(store.reader, subject), subject, source.rules);
    const key = serverKeyOfUrl(subject);
    const [known] = await listServers(store.reader, { serverKey: key, limit: 1 });
    return explainUrl(subject, known, source);
  });
  if (options.json) printJson(explanation);
  else show(explanation);
}

function describeEvent(event: Awaited<ReturnType<typeof getEvent>>, id: string, rules: readonly Rule[]): Explanation {
  if (!event) throw new DaylightError('ERR_USAGE', `there is no event ${id}; "daylight events query" shows the latest`);
  const { signals, rules: matched, policy, note, evidence, change } = explainEvent(event, rules);
  return {
    subject: `${event.http_method} ${event.url} at ${timestamp(event.ts)} UTC by ${event.user_id || event.src_ip}`,
    traffic: event.traffic,
    action: event.action,
    confidence: event.confidence,
    reason: event.reason,
    policy: { step: policy.step, id: policy.id },
    signals,
    rules: matched.map((rule) => ({
      id: rule.id,
      title: rule.title || '(no longer in the pack)',
      level: rule.level,
      evidence: sentenceOf(rule),
    })),
    evidence,
    ...(note === '' ? {} : { note }),
    change,
  };
}

function sentenceOf({ id, title, level, description, evidence }: ExplainedRule): string {
  if (evidence.length === 0) return description;
  return explainMatch({ ruleId: id, title, level: level as Match['level'], tags: [], traffic: 'none', evidence });
}

/** Judges by the rules and policy of now. A server that is known is judged by what an MCP client would ask it first. */
function explainUrl(url: string, known: InventoryServer | undefined, source: Parameters<typeof compileSnapshot>[0]): Explanation {
  const snapshot = compileSnapshot(source);
  const flows = sampleFlows({ name: 'explain', request: openingOf(url), messages: [] }).map(
    (flow): Flow => ({ ...flow, time: Date.now(), ...(known ? { learned: learnedFrom(known) } : {}) }),
  );
  const session = flows.reduce<Verdict | undefined>((previous, flow) => decide(flow, snapshot, previous), undefined)!;
  const [head] = flows as [Flow, ...Flow[]];
  const verdict = known ? session : decide({ ...head, request: { ...head.request, headers: {} } }, snapshot);
  const { policy } = verdict;
  return {
    subject: known
      ? `the first request of an MCP client to ${redactUrl(url)}, judged now`
      : `a request to ${redactUrl(url)}, judged now`,
    traffic: verdict.traffic,
    action: verdict.action,
    confidence: verdict.confidence,
    reason: verdict.reason,
    policy: { step: policy.step, id: policy.id },
    signals: verdict.signals.map(({ id, weight, where, value }) => ({ ...describeSignal(id), weight, where, value })),
    rules: verdict.matches.map((match) => ({
      id: match.ruleId,
      title: match.title,
      level: match.level,
      evidence: explainMatch(match),
    })),
    seen: known
      ? `${known.n} flows since ${timestamp(known.first_seen)}, last ${known.last_traffic} ${known.last_disposition}; ${known.names.join(', ')}`
      : `never seen here: only the address can be judged; an MCP session there would be ${session.traffic}, ${session.action}`,
    evidence: turningPoints(verdict.signals),
    change: waysToChange({
      traffic: session.traffic,
      action: session.action,
      step: session.policy.step,
      decidedBy: session.policy.id,
      rules: session.matches.map((match) => match.ruleId),
      server: serverKeyOfUrl(url),
      host: head.server.host,
      servers: [],
    }),
  };
}

/** What a client of the revisions up to 2025-11-25 says first. */
function openingOf(url: string): SampleFlow['request'] {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'client', version: '1' } };
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params }),
  };
}

function learnedFrom(server: InventoryServer): LearnedServer {
  return {
    url: server.server_key,
    transport: (server.transports.at(-1) ?? 'unknown') as Transport,
    generation: (server.generations.at(-1) ?? '') as Generation | '',
    serverName: server.names.at(-1) ?? '',
    serverVersion: '',
    lastSeen: server.last_seen,
    blocked: false,
  };
}

function show(explanation: Explanation): void {
  const { subject, traffic, action, confidence, reason, policy, signals, rules, seen, note, evidence, change } = explanation;
  const heading = (text: string) => print(`\n${paint('bold', text)}`);
  print(visible(subject));
  print(`${paint('bold', traffic)}, ${action}, confidence ${confidence}`);
  print(visible(reason));
  if (seen) print(visible(seen));
  heading('Signals');
  if (signals.length === 0) print('  none');
  for (const { id, weight, meaning, where, value } of signals) {
    print(`  ${weight.padEnd(8)}  ${id}  ${visible(where ? `${where} = ${value}` : meaning)}`);
  }
  if (note) print(`  (${note})`);
  heading('Rules');
  if (rules.length === 0) print('  none');
  for (const { id, title, level, evidence } of rules) print(`  ${id}  ${title} (${level})\n    ${visible(evidence)}`);
  heading('Policy');
  print(`  ${policy.step}${policy.id ? ` ${visible(policy.id)}` : ''}: ${POLICY_STEPS[policy.step as PolicyStep['step']] ?? ''}`);
  heading('What would change it');
  for (const point of evidence) print(`  ${visible(point)}`);
  for (const way of change) print(`  ${visible(way)}`);
}
