// `daylight requests show`: a request with what is stored about it. Also completes requests that were filed before their event was stored.

import { type ApprovalRequest, factsOf } from '../approval-request.ts';
import type { Config } from '../config.ts';
import type { ServerFindingEvent } from '../engine/event.ts';
import { DaylightError } from '../errors.ts';
import type { ApprovalRequests } from '../store/approval-requests.ts';
import { getEvent, type InventoryServer, listServers, queryEvents } from '../store/queries.ts';
import type { StoredEvent } from '../store/rows.ts';
import { listFindings } from '../store/tool-queries.ts';
import { findingLines } from './findings.ts';
import { note, paint, print, printJson, timestamp, visible } from './output.ts';
import { withStore } from './store-session.ts';

/** What one person, or one address, did with one server lately. */
interface Use {
  flows: number;
  blocked: number;
  /** Epoch milliseconds; 0 without flows. */
  first: number;
  last: number;
  tools: string[];
}

interface Evidence {
  server: string;
  asker: Use;
  everyone: InventoryServer | undefined;
  findings: ServerFindingEvent[];
}

const SINCE_MS = 30 * 86_400_000;
const FINDINGS = 100;

/** The requests, with what is stored by now about those that lacked it. Without a store they stay as they are. */
export async function completeRequests(
  config: Config,
  requests: ApprovalRequests,
  some: readonly ApprovalRequest[],
): Promise<ApprovalRequest[]> {
  if (some.every(({ traffic }) => traffic !== '')) return [...some];
  const completed = await unlessStoreFails(() =>
    withStore(config, async ({ reader }) => {
      const result: ApprovalRequest[] = [];
      for (const each of some) {
        const event = each.traffic === '' ? await getEvent(reader, each.event_id) : undefined;
        result.push(event ? requests.complete(each.id, factsOf(event)) : each);
      }
      return result;
    }),
  );
  return completed ?? [...some];
}

export async function showRequest(config: Config, requests: ApprovalRequests, id: string, json: boolean): Promise<void> {
  const [request] = await completeRequests(config, requests, [requests.get(id)]);
  if (!request) return;
  const evidence = await unlessStoreFails(() => gatherEvidence(config, request));
  if (json) {
    printJson({ ...request, evidence: evidence ?? null });
    return;
  }
  showFacts(request);
  for (const each of evidence ?? []) showEvidence(request, each);
}

async function gatherEvidence(config: Config, request: ApprovalRequest): Promise<Evidence[]> {
  const { user, address } = request;
  return withStore(config, async ({ reader }) => {
    const found: Evidence[] = [];
    for (const server of request.servers) {
      const query = { serverKey: server, since: request.created - SINCE_MS, limit: 10_000 };
      const events = await queryEvents(reader, { ...query, ...(user === '' ? {} : { user }) });
      const [everyone] = await listServers(reader, { serverKey: server, limit: 1 });
      const findings = await listFindings(reader, { serverKey: server, limit: FINDINGS });
      const own = user === '' ? events.filter(({ src_ip }) => src_ip === address) : events;
      found.push({ server, asker: sumUp(own), everyone, findings });
    }
    return found;
  });
}

/** @param events newest first */
function sumUp(events: readonly StoredEvent[]): Use {
  return {
    flows: events.length,
    blocked: events.filter(({ disposition }) => disposition === 'blocked').length,
    first: events.at(-1)?.ts ?? 0,
    last: events[0]?.ts ?? 0,
    tools: [...new Set(events.map(({ mcp_tool }) => mcp_tool).filter((tool) => tool !== ''))].sort(),
  };
}

function showFacts(request: ApprovalRequest): void {
  const { id, state, decided, decided_by, until } = request;
  const facts: [string, string][] = [
    ['asked', `${timestamp(request.created)} UTC for ${request.days} days`],
    ['by', `${request.name} (own words)`],
    ['user', request.user || 'not identified'],
    ['address', request.address],
    ['why', request.reason],
    ['server', request.servers.join(', ') || 'not known yet: the event is not stored'],
    ['tool', request.tool],
    ['method', request.method],
    ['blocked', request.blocked],
    ['rule', request.rule],
    ['event', request.event_id],
    ['decided', state === 'pending' ? '' : `${timestamp(decided)} UTC by ${decided_by}${until && `, until ${until}`}`],
    ['comment', request.comment],
  ];
  print(`${paint('bold', id)}  ${state}`);
  for (const [name, value] of facts) if (value !== '') print(`  ${name.padEnd(8)}  ${visible(value)}`);
}

function showEvidence({ user, address }: ApprovalRequest, { server, asker, everyone, findings }: Evidence): void {
  print(`\n${paint('bold', visible(server))}`);
  const seen = asker.flows === 0 ? '' : `, ${timestamp(asker.first)} to ${timestamp(asker.last)} UTC`;
  print(`  ${visible(user || address)}, last 30 days: ${asker.flows} flows, ${asker.blocked} blocked${seen}`);
  print(`    tools called: ${visible(asker.tools.join(', ')) || 'none'}`);
  if (everyone) {
    const { n, blocked, user_count, first_seen, names } = everyone;
    const called = names.length > 0 ? `, calls itself ${names.join(', ')}` : '';
    print(`  everyone: ${n} flows, ${blocked} blocked, ${user_count} users since ${timestamp(first_seen)} UTC${visible(called)}`);
  }
  print(`  findings: ${findings.length === 0 ? 'none' : findings.length}`);
  for (const finding of findings) for (const line of findingLines(finding)) print(`    ${line}`);
}

/** A decision must not wait for ClickHouse: what cannot be read is said, and left out. */
async function unlessStoreFails<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof DaylightError)) throw error;
    note(`daylight: no evidence from the store: ${error.message}`);
    return undefined;
  }
}
