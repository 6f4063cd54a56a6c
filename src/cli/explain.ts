// `daylight explain`: why an event was judged as it was, or how a URL would be judged now.
//
// An event shows what was stored with it: signals, rules, the step of policy that decided. A URL is judged by the rules and
// the policy of this moment, with what the inventory knows about the server. Both end with what would change the verdict.

import type { Command } from 'commander';
import { decide } from '../engine/decide.ts';
import type { Flow, Generation, LearnedServer, Transport } from '../engine/flow.ts';
import { serverKeyOfUrl } from '../engine/inventory/server-key.ts';
import { redactUrl } from '../engine/redact-url.ts';
import { explain as explainMatch } from '../engine/rules/explain.ts';
import { sampleFlows } from '../engine/rules/samples.ts';
import type { Rule } from '../engine/rules/schema.ts';
import { isSignalId, SIGNALS } from '../engine/signals/catalogue.ts';
import { compileSnapshot } from '../engine/snapshot.ts';
import type { Action, Traffic, Verdict } from '../engine/verdict.ts';
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
    if (!isUrl) return explainEvent(await getEvent(store.reader, subject), subject, source.rules);
    const key = serverKeyOfUrl(subject);
    const [known] = await listServers(store.reader, { serverKey: key, limit: 1 });
    return explainUrl(subject, known, source);
  });
  if (options.json) printJson(explanation);
  else show(explanation);
}

function explainEvent(event: Awaited<ReturnType<typeof getEvent>>, id: string, rules: readonly Rule[]): Explanation {
  if (!event) throw new DaylightError('ERR_USAGE', `there is no event ${id}; "daylight events query" shows the latest`);
  const known = new Map(rules.map((rule) => [rule.id, rule]));
  return {
    subject: `${event.http_method} ${event.url} at ${timestamp(event.ts)} UTC by ${event.user_id || event.src_ip}`,
    traffic: event.traffic,
    action: event.action,
    confidence: event.confidence,
    reason: event.reason,
    policy: { step: event.policy_step, id: event.policy_id },
    signals: event.signals.map(describeSignal),
    rules: event.rules.map((ruleId) => {
      const rule = known.get(ruleId);
      return {
        id: ruleId,
        title: rule?.title ?? '(no longer in the pack)',
        level: rule?.level ?? '',
        evidence: rule?.description ?? '',
      };
    }),
    change: waysToChange({ ...event, server: event.server_key, host: event.dst_host }),
  };
}

function explainUrl(url: string, known: InventoryServer | undefined, source: Parameters<typeof compileSnapshot>[0]): Explanation {
  const snapshot = compileSnapshot(source);
  const [head] = sampleFlows({ name: 'explain', request: { method: 'POST', url, headers: {} }, messages: [] });
  const flow: Flow = { ...head!, time: Date.now(), ...(known ? { learned: learnedFrom(known) } : {}) };
  const verdict = decide(flow, snapshot);
  const { policy } = verdict;
  return {
    subject: `a request to ${redactUrl(url)}, judged now`,
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
      : 'never seen here: only the address can be judged, not what it says',
    change: waysToChange({
      ...ruleIds(verdict),
      traffic: verdict.traffic,
      action: verdict.action,
      server: serverKeyOfUrl(url),
      host: flow.server.host,
    }),
  };
}

function ruleIds(verdict: Verdict): { rules: string[] } {
  return { rules: verdict.matches.map((match) => match.ruleId) };
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

function describeSignal(id: string): Explanation['signals'][number] {
  if (!isSignalId(id)) return { id, weight: '', meaning: '' };
  const { weight, meaning } = SIGNALS[id];
  return { id, weight, meaning };
}

/** Commands that lead to another verdict for the same request. */
function waysToChange(judged: {
  traffic: Traffic;
  action: Action;
  rules: readonly string[];
  server: string;
  host: string;
}): string[] {
  const { traffic, action, server, host } = judged;
  const rule = judged.rules[0]?.slice(0, 8);
  if (traffic === 'none') return ['nothing of MCP was seen; a new signal or rule would be needed'];
  const ways: string[] = [];
  if (traffic === 'approved') ways.push(`daylight servers block ${server}`);
  else if (/^https?:/.test(server)) ways.push(`daylight servers approve ${server}`);
  if (action === 'block') {
    if (rule) ways.push(`daylight rules mode ${rule} log`);
    ways.push(`daylight exceptions add --host ${host} --until DATE --comment WHY`);
  } else if (rule && traffic !== 'approved') {
    ways.push(`daylight rules mode ${rule} block`, `daylight rules mode ${traffic} block`);
  }
  return ways;
}

function show(explanation: Explanation): void {
  const { subject, traffic, action, confidence, reason, policy, signals, rules, seen, change } = explanation;
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
  heading('Rules');
  if (rules.length === 0) print('  none');
  for (const { id, title, level, evidence } of rules) print(`  ${id}  ${title} (${level})\n    ${visible(evidence)}`);
  heading('Policy');
  print(`  ${policy.step}${policy.id ? ` ${visible(policy.id)}` : ''}`);
  heading('What would change it');
  for (const way of change) print(`  ${visible(way)}`);
}
