// Requests for approval: SQLite in `<data>/requests.sqlite`, opened by the appliance (files them) and by commands (decide them).
//
// A draft is filed in one transaction, in this order: the same blocked request was asked about before, or the same person waits for
// the same server already -> that request; too many from one client -> refused; else a new one. A decision is made once.

import { join } from 'node:path';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import {
  type ApprovalRequest,
  type BlockedFacts,
  type Filing,
  REQUEST_STATES,
  type RequestDraft,
  type RequestState,
} from '../approval-request.ts';
import { DaylightError } from '../errors.ts';
import { erase, openSqlite, transaction } from '../sqlite-file.ts';

export interface ApprovalRequests {
  file(draft: RequestDraft): Filing;
  /** Whoever was blocked in `eventId` as `facts` say has asked already. */
  known(eventId: string, facts: BlockedFacts): ApprovalRequest | undefined;
  /** @throws DaylightError ERR_USAGE if there is none with this id. */
  get(id: string): ApprovalRequest;
  /** Newest first. */
  list(query?: { states?: readonly RequestState[] | undefined; limit?: number }): ApprovalRequest[];
  /** Adds what was not known when the request was filed. What was known stays. */
  complete(id: string, facts: BlockedFacts): ApprovalRequest;
  /** @throws DaylightError ERR_USAGE if it was decided already. */
  decide(id: string, decision: Decision): ApprovalRequest;
  /** Deletes requests, whatever became of them; where a person decided others, `alias` stands for them. */
  forget(isTheirs: (request: ApprovalRequest) => boolean, isPerson: (name: string) => boolean, alias: string): Forgotten;
  close(): void;
}

export interface Decision {
  state: 'approved' | 'denied';
  /** Epoch milliseconds. */
  decided: number;
  decided_by: string;
  comment: string;
  until?: string;
}

export interface Forgotten {
  deleted: number;
  renamed: number;
}

/** Filed in an hour from one client address for one server. */
const PER_HOUR = 5;
/** Undecided from one client address. */
const PENDING_PER_ADDRESS = 20;
const HOUR = 3_600_000;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS request (
    number INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT NOT NULL UNIQUE, state TEXT NOT NULL DEFAULT 'pending',
    created INTEGER NOT NULL, name TEXT NOT NULL, reason TEXT NOT NULL, days INTEGER NOT NULL,
    servers TEXT NOT NULL, traffic TEXT NOT NULL, blocked TEXT NOT NULL, rule TEXT NOT NULL, method TEXT NOT NULL, tool TEXT NOT NULL,
    user TEXT NOT NULL, address TEXT NOT NULL,
    decided INTEGER NOT NULL DEFAULT 0, decided_by TEXT NOT NULL DEFAULT '', comment TEXT NOT NULL DEFAULT '', until TEXT NOT NULL DEFAULT ''
  );
  CREATE INDEX IF NOT EXISTS request_by_address ON request (address, created);
  CREATE INDEX IF NOT EXISTS request_by_state ON request (state, created);
`;

/**
 * Opens the requests, and makes the file if there is none.
 *
 * @param onBroken told when a damaged file was put aside; commands leave it out and get the error
 * @throws DaylightError ERR_STORE
 */
export function openApprovalRequests(dir: string, onBroken?: (message: string, cause: unknown) => void): ApprovalRequests {
  const file = join(dir, 'requests.sqlite');
  try {
    const database = openSqlite(
      file,
      SCHEMA,
      onBroken &&
        ((aside, cause) => onBroken(`${file} cannot be read and was put aside as ${aside}: the requests in it are lost`, cause)),
    );
    return requestsIn(database);
  } catch (cause) {
    throw new DaylightError('ERR_STORE', `cannot open ${file}: ${(cause as Error).message}. Check the data folder (--data)`, {
      cause,
    });
  }
}

function requestsIn(database: DatabaseSync): ApprovalRequests {
  const byNumber = database.prepare('SELECT * FROM request WHERE number = ?');
  const byEvent = database.prepare('SELECT * FROM request WHERE event_id = ?');
  const waiting = database.prepare("SELECT * FROM request WHERE state = 'pending' AND servers = ? AND user = ?");
  const waitingUnknown = database.prepare(
    "SELECT * FROM request WHERE state = 'pending' AND servers = ? AND user = '' AND address = ? AND lower(name) = lower(?)",
  );
  const recent = database.prepare(
    'SELECT count(*) AS n, min(created) AS oldest FROM request WHERE address = ? AND servers = ? AND created > ?',
  );
  const undecided = database.prepare("SELECT count(*) AS n FROM request WHERE address = ? AND state = 'pending'");
  const insert =
    database.prepare(`INSERT INTO request (event_id, created, name, reason, days, servers, traffic, blocked, rule, method,
    tool, user, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const ofStates = database.prepare(
    'SELECT * FROM request WHERE state IN (SELECT value FROM json_each(?)) ORDER BY number DESC LIMIT ?',
  );
  const fill = database.prepare(
    `UPDATE request SET servers = ?, traffic = ?, blocked = ?, rule = ?, method = ?, tool = ?, user = ?, address = ?
     WHERE number = ? AND traffic = ''`,
  );
  const decide = database.prepare(
    "UPDATE request SET state = ?, decided = ?, decided_by = ?, comment = ?, until = ? WHERE number = ? AND state = 'pending'",
  );

  const everything = database.prepare('SELECT * FROM request');
  const remove = database.prepare('DELETE FROM request WHERE number = ?');
  const rename = database.prepare('UPDATE request SET decided_by = ? WHERE number = ?');

  const get = (id: string): ApprovalRequest => {
    const row = byNumber.get(numberOf(id));
    if (!row)
      throw new DaylightError('ERR_USAGE', `there is no request ${JSON.stringify(id)}; "daylight requests list" shows them`);
    return fromRow(row);
  };
  const known = (eventId: string, facts: BlockedFacts): ApprovalRequest | undefined => {
    const identified = facts.user !== '' && facts.servers.length > 0;
    const row = byEvent.get(eventId) ?? (identified ? waiting.get(JSON.stringify(facts.servers), facts.user) : undefined);
    return row && fromRow(row);
  };

  return {
    get,
    known,
    file: (draft) =>
      transaction(database, (): Filing => {
        const { event_id, created, address, user } = draft;
        const servers = JSON.stringify(draft.servers);
        const before = known(event_id, draft);
        if (before) return { is: 'known', request: before };
        const same = user === '' && draft.servers.length > 0 ? waitingUnknown.get(servers, address, draft.name) : undefined;
        if (same) return { is: 'known', request: fromRow(same) };
        const { n, oldest } = recent.get(address, servers, created - HOUR)!;
        if (Number(n) >= PER_HOUR) {
          const retryAfter = Math.max(1, Math.ceil((Number(oldest) + HOUR - created) / 1000));
          return { is: 'refused', why: `At most ${PER_HOUR} requests an hour for one server.`, retryAfter };
        }
        if (Number(undecided.get(address)!.n) >= PENDING_PER_ADDRESS) {
          const why = `${PENDING_PER_ADDRESS} requests from your address are waiting for a decision.`;
          return { is: 'refused', why, retryAfter: HOUR / 1000 };
        }
        const { name, reason, days, traffic, blocked, rule, method, tool } = draft;
        const values = [event_id, created, name, reason, days, servers, traffic, blocked, rule, method, tool, user, address];
        const { lastInsertRowid } = insert.run(...values);
        return { is: 'filed', request: get(`rq-${lastInsertRowid}`) };
      }),
    list: ({ states = REQUEST_STATES, limit = 1_000 } = {}) => ofStates.all(JSON.stringify(states), limit).map(fromRow),
    complete(id, { servers, traffic, blocked, rule, method, tool, user, address }) {
      fill.run(JSON.stringify(servers), traffic, blocked, rule, method, tool, user, address, numberOf(id));
      return get(id);
    },
    decide(id, { state, decided, decided_by, comment, until = '' }) {
      const { changes } = decide.run(state, decided, decided_by, comment, until, numberOf(id));
      const request = get(id);
      if (Number(changes) === 1) return request;
      throw new DaylightError('ERR_USAGE', `${request.id} is decided already: ${request.state} by ${request.decided_by}`);
    },
    forget: (isTheirs, isPerson, alias) =>
      erase(database, () => {
        const all = everything.all().map(fromRow);
        const theirs = all.filter(isTheirs);
        for (const { id } of theirs) remove.run(numberOf(id));
        const decided = all.filter((each) => !theirs.includes(each) && isPerson(each.decided_by) && each.decided_by !== alias);
        for (const { id } of decided) rename.run(alias, numberOf(id));
        return { deleted: theirs.length, renamed: decided.length };
      }),
    close: () => database.close(),
  };
}

function numberOf(id: string): number {
  return /^rq-[1-9]\d{0,14}$/.test(id) ? Number(id.slice(3)) : 0;
}

function fromRow({ number, servers, ...rest }: Record<string, SQLOutputValue>): ApprovalRequest {
  return { id: `rq-${number}`, ...rest, servers: JSON.parse(String(servers)) } as ApprovalRequest;
}
