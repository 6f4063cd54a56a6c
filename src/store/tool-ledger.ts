// The tools that are known, and the findings that are still to be raised: SQLite in `<data>/inventory.sqlite`.
//
// Both change in one transaction, so a finding is neither forgotten nor found again when the appliance is killed in between. One
// process writes. A file that cannot be read is put aside: then every tool is seen for the first time again, which is told.

import { join } from 'node:path';
import type { ServerFindingEvent, ToolSeenEvent } from '../engine/event.ts';
import { compareTool, type KnownTool } from '../engine/inventory/compare.ts';
import { openSqlite, transaction } from '../sqlite-file.ts';

export interface ToolLedger {
  /** Compares tools with what is known, and keeps what follows from it. */
  record(seen: readonly ToolSeenEvent[]): void;
  /** Findings that were not raised yet, oldest first. */
  unraised(): ServerFindingEvent[];
  /** They are safe elsewhere. */
  raised(findings: readonly ServerFindingEvent[]): void;
  close(): void;
}

export interface ToolLedgerOptions {
  /** The data folder. */
  dir: string;
  /** Makes event ids. */
  newId(now: number): string;
  onBroken(message: string, cause: unknown): void;
  /** Tools kept; those that were seen longest ago are forgotten first. */
  limit?: number;
}

const LIMIT = 200_000;
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tool (
    server_key TEXT NOT NULL, tool TEXT NOT NULL, last INTEGER NOT NULL, known TEXT NOT NULL,
    PRIMARY KEY (server_key, tool)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS tool_by_age ON tool (last);
  CREATE TABLE IF NOT EXISTS unraised (id INTEGER PRIMARY KEY, finding TEXT NOT NULL);
`;

/** Opens the ledger, and makes it if there is none. */
export function openToolLedger(options: ToolLedgerOptions): ToolLedger {
  const { dir, newId, onBroken, limit = LIMIT } = options;
  const file = join(dir, 'inventory.sqlite');
  const database = openSqlite(file, SCHEMA, (aside, cause) =>
    onBroken(`${file} cannot be read and was put aside as ${aside}: changes of tools since the last sight go unnoticed`, cause),
  );
  const find = database.prepare('SELECT known FROM tool WHERE server_key = ? AND tool = ?');
  const put = database.prepare('INSERT OR REPLACE INTO tool (server_key, tool, last, known) VALUES (?, ?, ?, ?)');
  const add = database.prepare('INSERT INTO unraised (finding) VALUES (?)');
  const count = database.prepare('SELECT count(*) AS n FROM tool');
  const forget = database.prepare(
    'DELETE FROM tool WHERE (server_key, tool) IN (SELECT server_key, tool FROM tool ORDER BY last LIMIT ?)',
  );
  const waiting = database.prepare('SELECT finding FROM unraised ORDER BY id LIMIT 1000');
  const drop = database.prepare("DELETE FROM unraised WHERE json_extract(finding, '$.event_id') = ?");

  return {
    record(seen) {
      transaction(database, () => {
        for (const each of seen) {
          const row = find.get(each.server_key, each.tool);
          const before = row === undefined ? undefined : (JSON.parse(String(row.known)) as KnownTool);
          const { known, findings } = compareTool(before, each);
          put.run(each.server_key, each.tool, known.last, JSON.stringify(known));
          for (const finding of findings) add.run(JSON.stringify({ ...finding, event_id: newId(finding.ts) }));
        }
        const excess = Number(count.get()?.n) - limit;
        if (excess > 0) forget.run(excess);
      });
    },
    unraised: () => waiting.all().map((row) => JSON.parse(String(row.finding)) as ServerFindingEvent),
    raised(findings) {
      transaction(database, () => {
        for (const { event_id } of findings) drop.run(event_id);
      });
    },
    close: () => database.close(),
  };
}
