// What is stored of an event: the last gate before the spool, where configuration protects people's privacy.
//
// Order: benign flows are dropped, counted or kept (blocked and failed ones, and those on which a rule matched, are always kept);
// session ids, which let their holder into the session, always become keyed hashes, users if asked for; excerpts are removed unless
// asked for; and the rest is brought into the form that the tables can hold, so that nothing a client sends can make ClickHouse
// refuse a row.

import { createHmac } from 'node:crypto';
import type { Config } from '../config.ts';
import type { Event, HttpFlowEvent } from '../engine/event.ts';
import type { FlowCount } from './segment.ts';
import type { Spool } from './spool.ts';

export interface EmitOptions {
  spool: Pick<Spool, 'append'>;
  store: Pick<Config['store'], 'benign' | 'pseudonymise' | 'excerpts'>;
  tenant: string;
  /** Per installation (`loadInstallationKey`); only needed to pseudonymise. */
  key: Buffer;
  /** Milliseconds between writes of the benign counts. */
  countMs?: number;
}

export interface Emit {
  (event: Event): void;
  /** Writes the counts that are still in memory. Call before closing the spool. */
  close(): void;
}

const COUNT_MS = 10_000;
const MINUTE = 60_000;
/** Hosts counted at a time; a scan of random names must not take the memory. */
const MAX_COUNTS = 10_000;
const MAX_TEXT = 8_192;
const MAX_ITEMS = 100;

/** The function that every event of this process goes through. It takes the event over. */
export function createEmit(options: EmitOptions): Emit {
  const { spool, store, tenant, key } = options;
  const counts = new Map<string, FlowCount>();
  const pseudonym = createPseudonyms(key);
  const timer = setInterval(writeCounts, options.countMs ?? COUNT_MS);
  timer.unref();

  function emit(event: Event): void {
    if (event.kind !== 'http_flow') {
      // Calls to model APIs that have nothing to do with MCP are benign traffic.
      if (event.kind === 'llm_call' && event.traffic === 'none' && store.benign === 'off') return;
      hidePeople(event);
      spool.append(storable(event));
      return;
    }
    if (isBenign(event) && store.benign !== 'full') {
      if (store.benign === 'count') count(event);
      return;
    }
    spool.append(storable(protect(event)));
  }

  /** As `protect`, for what is stored beside the flows. */
  function hidePeople(event: Exclude<Event, HttpFlowEvent>): void {
    if (event.kind !== 'dlp_match' && event.kind !== 'mcp_call' && event.kind !== 'llm_call') return;
    if (store.pseudonymise && event.user_id !== undefined) event.user_id = pseudonym(event.user_id);
    if (event.kind !== 'mcp_call') return;
    if (event.session_id !== undefined) event.session_id = pseudonym(event.session_id);
    if (!store.excerpts) delete event.excerpt;
  }

  /** Changes the event in place: it was made for this call, and a copy of every row would be the dearest step here. */
  function protect(event: HttpFlowEvent): HttpFlowEvent {
    event.mcp_session_id = pseudonym(event.mcp_session_id);
    if (store.pseudonymise) {
      event.user_id = pseudonym(event.user_id);
      event.device_id = pseudonym(event.device_id);
    }
    if (!store.excerpts) event.excerpt = '';
    return event;
  }

  function count(event: HttpFlowEvent): void {
    const ts = Math.floor(event.ts / MINUTE) * MINUTE;
    const id = `${ts} ${event.dst_host}`;
    let row = counts.get(id);
    if (!row) {
      if (counts.size >= MAX_COUNTS) writeCounts();
      row = { kind: 'flow_count', ts, tenant, sensor: event.sensor, dst_host: event.dst_host, n: 0, req_bytes: 0, resp_bytes: 0 };
      counts.set(id, row);
    }
    row.n++;
    row.req_bytes += event.req_bytes;
    row.resp_bytes += event.resp_bytes;
  }

  function writeCounts(): void {
    for (const row of counts.values()) spool.append(storable(row));
    counts.clear();
  }

  function close(): void {
    clearInterval(timer);
    writeCounts();
  }

  return Object.assign(emit, { close });
}

/** HMAC-SHA256, first 128 bits: the same person or session keeps the same name, nobody can be guessed without the key. */
export function createPseudonyms(key: Buffer): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    if (name === '') return '';
    let found = known.get(name);
    if (found === undefined) {
      found = `p-${createHmac('sha256', key).update(name).digest('hex').slice(0, 32)}`;
      if (known.size >= MAX_COUNTS) known.clear();
      known.set(name, found);
    }
    return found;
  };
}

/** What matched a rule is kept whatever policy made of it: another policy might have blocked it. */
function isBenign({ traffic, disposition, rules, policy_facts }: HttpFlowEvent): boolean {
  if (traffic !== 'none' || disposition === 'blocked' || disposition === 'failed') return false;
  return rules.length === 0 && policy_facts === '';
}

/** The event itself if every value fits its column, else a copy that does. */
function storable<T extends Event | FlowCount>(event: T): T {
  let copy: T | undefined;
  // for-in without allocating: this runs for every event of the data path.
  for (const name in event) {
    // The one column that may be negative is bounded where it is filled.
    const fitting = name === 'error_code' ? event[name] : fitColumn(event[name]);
    if (fitting === event[name]) continue;
    copy ??= { ...event };
    copy[name] = fitting as T[typeof name];
  }
  return copy ?? event;
}

function fitColumn(value: unknown): unknown {
  if (typeof value === 'string') return value.length > MAX_TEXT ? value.slice(0, MAX_TEXT) : value;
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : wholeNumber(value);
  if (!Array.isArray(value)) return value;
  if (value.length > MAX_ITEMS) return value.slice(0, MAX_ITEMS).map(fitColumn);
  return value.every((item) => fitColumn(item) === item) ? value : value.map(fitColumn);
}

function wholeNumber(value: number): number {
  return Number.isFinite(value) ? Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, Math.trunc(value))) : 0;
}
