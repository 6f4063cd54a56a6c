// The overview, the health strip, the map, people and reports.

import { z } from 'zod';
import { count, time, trafficShape, useOverTime } from './paging.ts';

const text = z.string();
/** A figure of the period, and of the period of the same length before it. */
const headline = z.object({ value: count, previous: count });

export const overview = z.object({
  headline: z.object({
    mcpServers: headline,
    shadowServers: headline,
    users: headline,
    requests: headline,
    blocked: headline,
    dlpFindings: headline,
    hosted: headline,
    tokens: headline,
    /** US dollars. */
    spend: headline,
  }),
  /** Milliseconds between points. */
  step: count,
  /** Requests by class of traffic. */
  timeline: z.array(z.object({ t: time, counts: z.record(text, count) })),
  /** Milliseconds between points of `adoption`: a day at least where the span has three. */
  adoptionStep: count,
  /** Users by the road they took. */
  adoption: z.array(z.object({ t: time, portal: count, approved: count, shadow: count })),
  top: z.object({
    servers: z.array(z.object({ serverKey: text, name: text, traffic: trafficShape, n: count, users: count, blocked: count })),
    users: z.array(z.object({ user: text, n: count, servers: count, blocked: count })),
    tools: z.array(z.object({ tool: text, serverKey: text, n: count, users: count })),
  }),
  /** What would be blocked if shadow traffic were. */
  wouldBlock: z.object({ requests: count, users: count, servers: count }),
});

export const health = z.object({
  proxy: z.object({ workers: count, connections: count.optional() }),
  ca: z.object({ subject: text, expires: time, fingerprint: text }),
  rules: z.object({ snapshot: text, count }),
  spool: z.object({ pendingBytes: count, lagMs: count }),
  clickhouse: z.object({ ready: z.boolean(), message: text }),
  sinks: z.object({ count, lagMs: count, failing: z.array(text) }),
  policy: z.object({ default: text, pauseUntil: time.nullable() }),
});

export const person = z.object({
  /** By address where nobody was identified. */
  user: text,
  groups: z.array(text),
  n: count,
  /** MCP servers; and those of them that nobody approved. */
  servers: count,
  shadow: count,
  blocked: count,
  dlp: count,
  lastSeen: time,
});

export const personDetails = person.extend({
  firstSeen: time,
  serverList: z.array(z.object({ serverKey: text, traffic: z.array(text), n: count, blocked: count, lastSeen: time })),
  tools: z.array(z.object({ tool: text, serverKey: text, n: count })),
  clients: z.array(text),
  addresses: z.array(text),
  timeline: useOverTime,
});

export const forgetBody = z
  .strictObject({
    user: z.string().min(1).max(500),
    /** The name once more, typed by who does it. */
    confirm: text,
    comment: z.string().trim().min(1, 'say why').max(2_000),
  })
  .refine(({ user, confirm }) => user === confirm, { path: ['confirm'], error: 'must be the name of the user' });

export const forgetResult = z.object({
  rows: count,
  tables: z.array(z.object({ table: text, rows: count })),
  /** Outside ClickHouse; `renamed`: their pseudonym stands there now. */
  elsewhere: z.array(z.object({ place: text, deleted: count, renamed: count })),
  /** What still names them, why, how many (where that was counted) and where. */
  kept: z.array(z.object({ what: text, why: text, n: count.optional(), where: z.array(text) })),
  /** Events still waited to be stored: some may be about the user. */
  waiting: z.boolean(),
});

export type ForgetUser = z.input<typeof forgetBody>;
export type ForgetResult = z.infer<typeof forgetResult>;

export const adoptionReport = z.object({
  step: count,
  timeline: z.array(z.object({ t: time, portal: count, approved: count, shadow: count })),
  /** Users of the period: on the portal or approved servers alone, on shadow servers alone, on both. */
  people: z.object({ sanctioned: count, shadow: count, both: count }),
  groups: z.array(z.object({ group: text, users: count, sanctioned: count, shadow: count })),
  servers: z.array(z.object({ serverKey: text, traffic: text, users: count, n: count })),
});

export const complianceReport = z.object({
  from: time,
  to: time,
  /** One line each, for print: what was counted. */
  figures: z.array(z.object({ id: text, title: text, value: count })),
  servers: z.array(z.object({ serverKey: text, state: text, owner: text, users: count, n: count, blocked: count, dlp: count })),
  detectors: z.array(z.object({ detector: text, family: text, n: count, blocked: count, redacted: count })),
  changes: z.array(z.object({ action: text, n: count })),
});

export const mapShape = z.object({
  nodes: z.array(z.object({ id: text, kind: z.enum(['user', 'server', 'tool']), label: text, traffic: text })),
  links: z.array(z.object({ source: text, target: text, n: count, traffic: text })),
});

export const settings = z.object({
  /** Days that rows of each table are kept. */
  retention: z.record(text, count),
  /** The same by key of the configuration, where it can be changed; `setBy` is the variable that sets it over the file. */
  keep: z.object({ file: text, etag: text, keys: z.array(z.object({ key: text, days: count, setBy: text })) }).nullable(),
  signIn: z.object({ oidc: z.boolean(), accounts: count }),
  ca: z.object({ subject: text, expires: time, fingerprint: text, file: text }),
  /** The configuration in force, secrets left out. */
  config: z.record(text, z.unknown()),
});

const days = z.int().min(1, 'must be at least one day').max(36_500).optional();

export const retentionBody = z.strictObject({
  days: z
    .strictObject({
      ...{ flows: days, calls: days, dlp: days, counts: days, rollups: days, tools: days, findings: days, audit: days },
      excerpts: days,
    })
    .refine((body) => Object.values(body).some((value) => value !== undefined), { error: 'say at least one' }),
  comment: z.string().trim().min(1, 'say why').max(2_000),
});

export type RetentionChange = z.input<typeof retentionBody>;
export type RetentionDays = z.output<typeof retentionBody>['days'];
export type Overview = z.infer<typeof overview>;
export type Health = z.infer<typeof health>;
export type Person = z.infer<typeof person>;
export type PersonDetails = z.infer<typeof personDetails>;
export type AdoptionReport = z.infer<typeof adoptionReport>;
export type ComplianceReport = z.infer<typeof complianceReport>;
export type MapData = z.infer<typeof mapShape>;
export type Settings = z.infer<typeof settings>;
