// Notices when a server changes its tools: a reader of the spool, beside ClickHouse, so that nothing that was seen is missed however
// many workers saw it and whatever was killed meanwhile, and so that it works while ClickHouse does not.
//
// Each segment of `tool_seen`: compare its tools with the ledger, in order of time; then raise what the ledger has not raised, wait
// until that is on disk, and only then strike it off.

import { readFile } from 'node:fs/promises';
import type { ServerFindingEvent, ToolSeenEvent } from '../engine/event.ts';
import type { Reader } from './cursor.ts';
import type { ToolLedger } from './tool-ledger.ts';

export interface ToolWatchOptions {
  ledger: ToolLedger;
  /** Spools findings. Resolves when they are on disk; false if they cannot be taken now. */
  raise(findings: readonly ServerFindingEvent[]): Promise<boolean>;
}

/** Tools compared in one transaction, between which other work gets its turn. */
const BATCH = 500;

export interface ToolWatch extends Reader {
  /** Raises what is left from before a crash. */
  raiseWaiting(): Promise<void>;
}

export function createToolWatch({ ledger, raise }: ToolWatchOptions): ToolWatch {
  let raising = Promise.resolve();

  /** One at a time: two would spool the same findings. */
  function raiseWaiting(): Promise<void> {
    raising = raising.catch(() => {}).then(raiseAll);
    return raising;
  }

  async function raiseAll(): Promise<void> {
    for (let findings = ledger.unraised(); findings.length > 0; findings = ledger.unraised()) {
      if (!(await raise(findings))) return;
      ledger.raised(findings);
    }
  }

  return {
    name: 'inventory',
    wants: (table) => table === 'tool_seen',
    async deliver({ path }) {
      const seen = (await readFile(path, 'utf8')).split('\n').flatMap(read);
      seen.sort((a, b) => a.ts - b.ts);
      for (let from = 0; from < seen.length; from += BATCH) {
        ledger.record(seen.slice(from, from + BATCH));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await raiseWaiting();
      return 'delivered';
    },
    raiseWaiting,
  };
}

/** A line that is no event was reported by the reader that feeds ClickHouse. */
function read(line: string): ToolSeenEvent[] {
  try {
    const event = JSON.parse(line) as Partial<ToolSeenEvent>;
    const whole = typeof event.server_key === 'string' && typeof event.tool === 'string' && typeof event.tool_hash === 'string';
    return whole && typeof event.ts === 'number' && Array.isArray(event.checks) ? [event as ToolSeenEvent] : [];
  } catch {
    return [];
  }
}
