// Which programs Daylight could look into, counted by hour: what the page Coverage shows. Most exchanges are not stored one by one.
//
// Who went where is counted together only where inspection failed or was evaded, because somebody has to look into that. Of everything
// else there are two counts: by person and program, without the host; and by host and program, without the person. Without benign flows
// (`store.benign: off`) there is no count by host either.

import type { Config } from '../config.ts';
import { applicationOf } from '../engine/coverage/application.ts';
import { coverageOf } from '../engine/coverage/coverage.ts';
import type { HttpFlowEvent } from '../engine/event.ts';
import { createPseudonyms } from './emit.ts';
import type { ClientCount } from './segment.ts';
import type { Spool } from './spool.ts';

export interface ClientCountsOptions {
  spool: Pick<Spool, 'append'>;
  store: Pick<Config['store'], 'benign' | 'pseudonymise'>;
  /** Per installation (`loadInstallationKey`); only needed to pseudonymise. */
  key: Buffer;
  /** Milliseconds between writes. */
  countMs?: number;
}

/** What is counted of an exchange. */
export type SeenClient = Pick<
  HttpFlowEvent,
  | 'ts'
  | 'tenant'
  | 'sensor'
  | 'inspected'
  | 'url'
  | 'error'
  | 'user_id'
  | 'src_ip'
  | 'user_agent'
  | 'ja4'
  | 'dst_host'
  | 'evasion'
>;

export interface ClientCounts {
  /** Call before the event is given away. */
  add(seen: SeenClient): void;
  /** Writes what is still in memory. Call before closing the spool. */
  close(): void;
}

const COUNT_MS = 5_000;
const HOUR = 3_600_000;
/** Rows counted at a time: invented names must not take the memory. */
const MAX_ROWS = 10_000;
const MAX_TEXT = 500;

export function createClientCounts({ spool, store, key, countMs = COUNT_MS }: ClientCountsOptions): ClientCounts {
  const rows = new Map<string, ClientCount>();
  const pseudonym = createPseudonyms(key);
  const timer = setInterval(write, countMs);
  timer.unref();

  function count(event: SeenClient, part: Pick<ClientCount, 'state' | 'who' | 'application' | 'ja4' | 'dst_host'>): void {
    const ts = Math.floor(event.ts / HOUR) * HOUR;
    const id = `${ts}\n${part.state}\n${part.who}\n${part.application}\n${part.ja4}\n${part.dst_host}`;
    let row = rows.get(id);
    if (!row) {
      if (rows.size >= MAX_ROWS) write();
      row = { kind: 'client_count', ts, tenant: event.tenant, sensor: event.sensor, ...part, n: 0, last_ts: event.ts };
      rows.set(id, row);
    }
    row.n++;
    if (event.ts > row.last_ts) row.last_ts = event.ts;
  }

  function write(): void {
    for (const row of rows.values()) spool.append(row);
    rows.clear();
  }

  return {
    add(event) {
      const state = coverageOf(event);
      const named = event.user_id === '' ? event.src_ip : event.user_id;
      const who = (store.pseudonymise && event.user_id !== '' ? pseudonym(named) : named).slice(0, MAX_TEXT);
      const application = applicationOf(event.user_agent);
      const { ja4, dst_host } = event;
      if (state === 'refused') count(event, { state, who, application, ja4, dst_host });
      else if (state !== undefined) {
        count(event, { state, who, application, ja4, dst_host: '' });
        if (store.benign !== 'off') count(event, { state, who: '', application, ja4: '', dst_host });
      }
      for (const way of event.evasion) {
        // What browsers and servers do all the time is no reason to note who went where.
        const host = way === 'http3' || way === 'ech' ? '' : dst_host;
        count(event, { state: way, who, application, ja4: '', dst_host: host });
        if (host === '' && store.benign !== 'off') count(event, { state: way, who: '', application, ja4: '', dst_host });
      }
    },
    close() {
      clearInterval(timer);
      write();
    },
  };
}
