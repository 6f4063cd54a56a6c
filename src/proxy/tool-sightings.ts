// Reads the tools that servers list as their answers pass by, and emits what is new to this process.
//
// Looked at: whole answers to `tools/list` in JSON, and the messages of event streams and WebSockets of servers that speak MCP, where
// answers carry no sign of what was asked. Other traffic costs two comparisons. It is read after the answer has been judged and handed
// on, in a turn of its own.
//
// New is: a definition that this process has not emitted for a day. A tool that is defined anew again and again, and a server that
// invents tools, are emitted only so often a day, unless a definition fails a check that none of the tool failed before.

import { createHash } from 'node:crypto';
import type { EventOrigin, ToolSeenEvent } from '../engine/event.ts';
import type { Flow } from '../engine/flow.ts';
import { checkTool, type Suspicion } from '../engine/inventory/check-tool.ts';
import { readTools } from '../engine/inventory/read-tools.ts';
import { serverKeyOf } from '../engine/inventory/server-key.ts';
import { storedTool, type ToolDefinition } from '../engine/inventory/tool.ts';
import type { Verdict } from '../engine/verdict.ts';

export interface ToolSightings {
  /** An answer, or a message of one, has been judged. */
  see(flow: Flow, verdict: Verdict, text: string): void;
}

export interface ToolSightingsOptions {
  emit(event: ToolSeenEvent): void;
  origin: EventOrigin;
  /** Epoch milliseconds. */
  now(): number;
  newId(now: number): string;
  /** Takes credentials out of a text that is stored. */
  hide?(text: string): string;
  /** An answer could not be read because of a fault of ours. */
  onFault(error: unknown): void;
  /** Runs work after the present turn. */
  later?(work: () => void): void;
}

/** Definitions emitted since a time. */
interface Tally {
  since: number;
  count: number;
}

/** What this process has emitted of one tool. */
interface Emitted extends Tally {
  /** When each definition was emitted, by hash. */
  hashes: Map<string, number>;
  checks: Set<string>;
}

const CAPACITY = 20_000;
const DAY = 86_400_000;
/** New definitions of one tool emitted in a day. */
const EMITTED_A_DAY = 16;
/** And of one server. */
const SERVER_A_DAY = 4_096;
/** Milliseconds of one turn; long lists, which may be made to be slow, take several. */
const TURN_MS = 8;
/** As many requests of a flow are known; what was asked beyond that is not. */
const REQUESTS_KNOWN = 256;

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export function createToolSightings(options: ToolSightingsOptions): ToolSightings {
  const { emit, origin, now, newId, hide = (text) => text, onFault, later = setImmediate } = options;
  const known = new Map<string, Emitted>();
  const servers = new Map<string, Tally>();

  function read(flow: Flow, verdict: Verdict, text: string, asked: boolean): void {
    const { tools, cut } = readTools(text, asked, sha256);
    if (tools.length === 0 && !cut) return;
    const server = serverKeyOf(flow, verdict);
    if (cut) consider(server, unread(tools.length), flow, () => [unreadList(tools.length)]);
    let at = 0;
    const some = (): void => {
      const until = now() + TURN_MS;
      while (at < tools.length) {
        const tool = tools[at++]!;
        consider(server, tool, flow, () => checkTool(tool));
        if (now() >= until) break;
      }
      if (at < tools.length) soon(some);
    };
    some();
  }

  function soon(work: () => void): void {
    later(() => {
      try {
        work();
      } catch (error) {
        onFault(error);
      }
    });
  }

  function consider(server: string, tool: ToolDefinition, flow: Flow, check: () => Suspicion[]): void {
    const time = now();
    const newEntry = (): Emitted => ({ hashes: new Map(), checks: new Set(), since: time, count: 0 });
    const emitted = renewed(known, `${server}\n${tool.name.slice(0, 512)}`, time, newEntry);
    const last = emitted.hashes.get(tool.hash);
    if (last !== undefined && time - last < DAY) return;
    const total = renewed(servers, server, time, () => ({ since: time, count: 0 }));
    const suspicions = check();
    const isNews = suspicions.some((suspicion) => !emitted.checks.has(suspicion.check));
    if ((emitted.count >= EMITTED_A_DAY || total.count >= SERVER_A_DAY) && !isNews) return;
    emitted.count++;
    total.count++;
    for (const suspicion of suspicions) emitted.checks.add(suspicion.check);
    emitted.hashes.delete(tool.hash);
    emitted.hashes.set(tool.hash, time);
    if (emitted.hashes.size > 2 * EMITTED_A_DAY) emitted.hashes.delete(emitted.hashes.keys().next().value!);
    const texts = storedTool(tool);
    emit({
      kind: 'tool_seen',
      ts: time,
      event_id: newId(time),
      tenant: origin.tenant,
      sensor: origin.sensor,
      server_key: server,
      ...texts,
      description: hide(texts.description),
      input_schema: hide(texts.input_schema),
      output_schema: hide(texts.output_schema),
      tool_hash: tool.hash,
      checks: suspicions.map((suspicion) => suspicion.check),
      evidence: suspicions.map((suspicion) => hide(`${suspicion.where}: ${suspicion.evidence}`)),
      flow_id: flow.id,
    });
  }

  return {
    see(flow, verdict, text) {
      const { traffic, mcp } = verdict;
      if (traffic !== 'shadow' && traffic !== 'bypass' && traffic !== 'approved' && traffic !== 'portal') return;
      const isPost = flow.request.method === 'POST';
      const asked =
        isPost && (mcp.requests.length >= REQUESTS_KNOWN || mcp.requests.some(({ method }) => method === 'tools/list'));
      // In a stream nobody knows what is answered. Escapes can hide the word from this glance.
      if (!asked && (isPost || !/inputSchema|\\u00/.test(text))) return;
      if (text !== '') soon(() => read(flow, verdict, text, asked));
    },
  };
}

/** The entry of a key, as the one used last; its count starts again each day. The one not used for longest makes room. */
function renewed<T extends Tally>(entries: Map<string, T>, key: string, time: number, create: () => T): T {
  const entry = entries.get(key) ?? create();
  entries.delete(key);
  entries.set(key, entry);
  if (entries.size > CAPACITY) entries.delete(entries.keys().next().value!);
  if (time - entry.since >= DAY) {
    entry.since = time;
    entry.count = 0;
  }
  return entry;
}

function unread(count: number): ToolDefinition {
  const nothing = { title: '', description: '', inputSchema: undefined, outputSchema: undefined, annotations: undefined };
  return { name: '', ...nothing, hash: `unread after ${count > 0 ? 'some' : 'none'}` };
}

function unreadList(count: number): Suspicion {
  return { check: 'unread-list', where: 'tools/list', evidence: `${count} tools were read before the list was cut off` };
}
