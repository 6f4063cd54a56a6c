// The documents of local policy, as people, git, the command line and the console write them. The zod schema is the type.
//
//   approved.yml    servers: which MCP servers are approved, for whom and for what; portals: our own; gateways: to model APIs
//   modes.yml       default, modes: what happens on a match; blocked: servers refused whatever the modes say; pause
//   exceptions.yml  exceptions: dated ways out of a block
//   groups.yml      groups: people and groups under one name, beside the groups that sign-in knows
//   passthrough.yml hosts: whose connections are not decrypted, why, and who answers for that
//
// Dates are ISO 8601 and compared with the time of the flow. A day without a time of day is UTC; `until` includes the whole
// day, `after` starts with it.

import { z } from 'zod';
import { TRAFFIC } from '../verdict.ts';

const date = z
  .string({ error: 'must be a date such as 2026-12-04 (in quotes if YAML reads it otherwise)' })
  .regex(
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/,
    'must be a date such as 2026-12-04 or 2026-12-04T18:00:00Z',
  )
  .refine(isRealDate, 'is not a day of the calendar');

function isRealDate(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1];
  return days !== undefined && day >= 1 && day <= days && !Number.isNaN(Date.parse(text));
}

/** A point in time: a day alone would leave open when on that day. */
const moment = date.refine((text) => text.length > 10, 'must be a date with a time of day, such as 2026-12-04T18:00:00Z');

const names = z.array(z.string().min(1)).min(1, 'is empty; remove the key to mean everyone');
const mode = z.enum(['off', 'log', 'block'], { error: 'must be off, log or block' });
const text = z.string().optional();
const host = z
  .string()
  .regex(/^(\*\.)?[A-Za-z0-9_.:[\]-]+$/, 'must be a host name, an address or *.suffix, without scheme and path');
/** Host patterns: exact, or `*.suffix`. */
const hosts = z.array(host).min(1, 'is empty; remove the key to mean every host');

/** Absolute http(s) or ws(s) URL, or the origin alone; `name:NAME` for what has no URL. What it covers: policy/origin.ts. */
const serverUrl = z
  .string()
  .regex(
    /^((https?|wss?):\/\/[^/?#\s]+([/?#]|$)|name:[A-Za-z0-9_.-]+$)/i,
    'must be a URL such as https://mcp.example.com/mcp, or name:NAME for a connector or an attached server',
  );

/** Optional CEL expression that must be true as well; variables in docs/reference/policy-format.md. */
const when = z.string().min(1).optional();

const approval = z
  .strictObject({
    url: serverUrl,
    owner: text,
    /** Who may use it: any of these groups or users. Everyone if both are absent. */
    groups: names.optional(),
    users: names.optional(),
    /** Tools and methods that may be called, exact or `prefix*`. All if absent. */
    tools: names.optional(),
    methods: names.optional(),
    /** Tools that may not be called, written the same way; they win over `tools`. */
    blockedTools: names.optional(),
    /** Tools that may not be called are taken out of what the server lists. */
    hideTools: z.boolean().optional(),
    /** `portal`: only through the portal; reached directly it is `bypass`. */
    via: z.enum(['portal', 'direct']).default('direct'),
    until: date.optional(),
    when,
    comment: text,
    by: text,
  })
  .refine((entry) => entry.hideTools !== true || (entry.tools ?? entry.blockedTools) !== undefined, {
    path: ['hideTools'],
    error: 'says what to do with tools that may not be called; add tools or blockedTools, or remove hideTools',
  });

const portal = z.strictObject({ url: serverUrl, comment: text });

/** A way to model APIs that people are meant to take. It approves nothing: calls are recorded as made through it. */
const gateway = z
  .strictObject({
    url: z
      .string()
      .regex(/^https?:\/\/[^/?#\s]+([/?#]|$)/i, 'must be a URL such as https://llm.corp.example/v1')
      .optional(),
    host: host.optional(),
    name: z.string().min(1, 'say what it is called in reports'),
    /** Who serves the models behind it, if it is one provider. */
    provider: z.string().min(1).optional(),
    comment: text,
  })
  .refine((entry) => (entry.url === undefined) !== (entry.host === undefined), {
    error: 'must have exactly one of url and host',
  });

export const approvedSchema = z.strictObject({
  servers: z.array(approval).default([]),
  /** MCP portals of our own. */
  portals: z.array(portal).default([]),
  gateways: z.array(gateway).default([]),
});

const modeEntry = z
  .strictObject({
    rule: z.string().min(1).optional(),
    tag: z.string().min(1).optional(),
    /** Approved and portal traffic is ruled by its approval, not by modes. */
    traffic: z.enum(TRAFFIC).exclude(['none', 'approved', 'portal']).optional(),
    /** Every match: a default for some people, networks or hosts, or for some time. */
    all: z.literal(true, { error: 'must be true' }).optional(),
    mode,
    /** The entry counts from this date on; before, it is as if it were not there. */
    after: date.optional(),
    /** The entry counts until this date. */
    until: date.optional(),
    /** Share of the clients for whom the entry counts, always the same ones: policy/canary.ts. */
    canary: z
      .string({ error: 'must be a share such as 10%' })
      .regex(/^([1-9]\d?|100)%$/, 'must be a share from 1% to 100%')
      .optional(),
    users: names.optional(),
    groups: names.optional(),
    /** Source networks in CIDR notation. */
    networks: names.optional(),
    hosts: hosts.optional(),
    when,
    comment: text,
    by: text,
  })
  .refine((entry) => [entry.rule, entry.tag, entry.traffic, entry.all].filter((each) => each !== undefined).length === 1, {
    error: 'must name exactly one of rule, tag, traffic and all',
  });

const blocked = z.strictObject({ url: serverUrl, until: date.optional(), comment: text, by: text });

/** Until then nothing is blocked, redacted or hidden, whatever the rest of policy says. */
const pause = z.strictObject({ until: moment, comment: z.string().min(1, 'say why'), by: text });

export const modesSchema = z.strictObject({
  default: mode.default('log'),
  pause: pause.optional(),
  /** Later lines win. */
  modes: z.array(modeEntry).default([]),
  blocked: z.array(blocked).default([]),
});

const exception = z
  .strictObject({
    id: z.string().min(1),
    rule: z.string().min(1).optional(),
    host: host.optional(),
    user: z.string().min(1).optional(),
    until: date,
    comment: z.string().min(1, 'say why'),
    by: z.string().min(1, 'say who'),
  })
  .refine((entry) => entry.rule !== undefined || entry.host !== undefined || entry.user !== undefined, {
    error: 'must name at least one of rule, host and user: an exception for everything is the default mode',
  });

export const exceptionsSchema = z.strictObject({ exceptions: z.array(exception).default([]) });

/** A group has the people it names and the people of the groups it names. */
const group = z
  .strictObject({ users: names.optional(), groups: names.optional(), comment: text })
  .refine((entry) => (entry.users ?? entry.groups) !== undefined, { error: 'must have users or groups' });

const MAX_GROUPS = 2_000;

export const groupsSchema = z.strictObject({
  groups: z
    .record(z.string().min(1), group)
    .refine((groups) => Object.keys(groups).length <= MAX_GROUPS, `must be at most ${MAX_GROUPS} groups`)
    .default({}),
});

const uninspected = z.strictObject({
  host,
  reason: z.string().min(1, 'say why these connections cannot or must not be decrypted').max(500),
  /** Who answers for it. */
  owner: z.string().min(1, 'say who answers for it').max(200),
  /** It stops working after this; without it the entry lasts. */
  until: date.optional(),
  comment: text,
});

export const passthroughSchema = z.strictObject({ hosts: z.array(uninspected).default([]) });

export const policySchema = z.strictObject({
  approved: approvedSchema,
  modes: modesSchema,
  exceptions: exceptionsSchema,
  groups: groupsSchema.prefault({}),
  passthrough: passthroughSchema.prefault({}),
});

export type Approval = z.infer<typeof approval>;
export type Gateway = z.infer<typeof gateway>;
export type ModeEntry = z.infer<typeof modeEntry>;
export type BlockedServer = z.infer<typeof blocked>;
export type Exception = z.infer<typeof exception>;
export type Pause = z.infer<typeof pause>;
export type Group = z.infer<typeof group>;
/** A host, or `*.suffix`, that is tunnelled without being decrypted. */
export type Uninspected = z.infer<typeof uninspected>;
export type Mode = z.infer<typeof mode>;
/** The documents, parsed. */
export type Policy = z.infer<typeof policySchema>;

/** Policy of a fresh installation: everything is logged, nothing is approved. */
export function emptyPolicy(): Policy {
  return policySchema.parse({ approved: {}, modes: {}, exceptions: {} });
}
