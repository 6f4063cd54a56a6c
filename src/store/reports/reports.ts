// All reports behind one object: what the console asks the store.

import type { ClickHouseClient } from '@clickhouse/client';
import type { DlpMatchEvent, HttpFlowEvent, ServerFindingEvent } from '../../engine/event.ts';
import { EVERYTHING } from '../../engine/filter/tree.ts';
import { DaylightError } from '../../errors.ts';
import { listMatches } from '../dlp-queries.ts';
import { getEvent } from '../queries.ts';
import { listFindings } from '../tool-queries.ts';
import { adoptionReport } from './adoption.ts';
import { type AuditSearch, findAct, listAudit } from './audit.ts';
import { complianceReport } from './compliance.ts';
import { coverageReport } from './coverage.ts';
import { dlpSummary, listFound } from './dlp.ts';
import { countEvents, listEvents } from './events.ts';
import { findingQueue } from './findings.ts';
import { serverMap } from './map.ts';
import { overviewReport } from './overview.ts';
import { listPeople, personReport } from './people.ts';
import type { ListPage, ReportScope } from './period.ts';
import { ruleHistory, ruleRecord, ruleUse } from './rules.ts';
import { listServerUse, serverReport } from './servers.ts';
import { callsOf } from './tools.ts';

const MOST = 10_000;

/**
 * @param client the reading client, undefined while there is none. Each report then rejects with ERR_NOT_RUNNING.
 * @param now epoch milliseconds
 */
export function createReports(client: () => ClickHouseClient | undefined, now: () => number = Date.now) {
  const reader = (): ClickHouseClient => {
    const found = client();
    if (found === undefined) throw new DaylightError('ERR_NOT_RUNNING', 'ClickHouse is not ready yet; try again in a moment');
    return found;
  };
  return {
    overview: async (scope: ReportScope) => overviewReport(reader(), scope),
    events: async (scope: ReportScope, page: ListPage) => listEvents(reader(), scope, page),
    countEvents: async (scope: ReportScope) => countEvents(reader(), scope),
    event: async (id: string): Promise<HttpFlowEvent | undefined> => {
      const found = await getEvent(reader(), id);
      if (found === undefined) return undefined;
      const { ingest_ts: _, ...event } = found;
      return event;
    },
    callsOf: async (event: HttpFlowEvent) => callsOf(reader(), event),
    matches: async (scope: ReportScope, page: ListPage, detector?: string) => listFound(reader(), scope, page, detector),
    match: async (id: string): Promise<DlpMatchEvent | undefined> => (await listMatches(reader(), { eventId: id, limit: 1 }))[0],
    matchesOf: async (eventId: string): Promise<DlpMatchEvent[]> => listMatches(reader(), { parent: eventId, limit: 1_000 }),
    servers: async (scope: ReportScope, page: ListPage) => listServerUse(reader(), scope, page),
    server: async (key: string, scope: ReportScope) => serverReport(reader(), key, scope),
    toolFindings: async ({ from, to }: ReportScope): Promise<ServerFindingEvent[]> =>
      listFindings(reader(), { since: from, until: to, limit: MOST }),
    findings: async (scope: ReportScope) => findingQueue(reader(), scope),
    ruleUse: async (scope: ReportScope) => ruleUse(reader(), scope),
    ruleHistory: async (id: string, scope: ReportScope) => ruleHistory(reader(), id, scope),
    ruleRecorded: async (id: string, since: number) => ruleRecord(reader(), id, { from: since, to: now(), filter: EVERYTHING }),
    dlpSummary: async (scope: ReportScope) => dlpSummary(reader(), scope),
    people: async (scope: ReportScope, page: ListPage) => listPeople(reader(), scope, page),
    person: async (user: string, scope: ReportScope) => personReport(reader(), user, scope),
    adoption: async (scope: ReportScope) => adoptionReport(reader(), scope),
    compliance: async (scope: ReportScope) => complianceReport(reader(), scope),
    audit: async (scope: Pick<ReportScope, 'from' | 'to'>, page: ListPage, search?: AuditSearch) =>
      listAudit(reader(), scope, page, search),
    act: async (id: string) => findAct(reader(), id),
    coverage: async (scope: ReportScope) => coverageReport(reader(), scope),
    map: async (scope: ReportScope) => serverMap(reader(), scope),
  };
}
