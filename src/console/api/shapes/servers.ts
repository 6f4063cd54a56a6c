// The inventory of servers, the queue of findings, requests for approval.

import { z } from 'zod';
import { REQUEST_STATES } from '../../../approval-request.ts';
import type { Approval, BlockedServer } from '../../../engine/policy/schema.ts';
import { serverFinding } from './events.ts';
import { count, time, useOverTime } from './paging.ts';

const text = z.string();

/** `approved` and `blocked` are what policy says; the others are what people noted. */
export const serverState = z.enum(['new', 'in-review', 'approved', 'blocked']);

export const server = z.object({
  serverKey: text,
  /** What it calls itself or is known as, '' if neither is known. */
  name: text,
  state: serverState,
  owner: text,
  note: text,
  risk: z.object({ level: z.enum(['low', 'medium', 'high']), reasons: z.array(text) }),
  transport: z.array(text),
  generation: z.array(text),
  users: count,
  n: count,
  blocked: count,
  tools: count,
  findings: count,
  clients: z.array(text),
  authentication: z.array(text),
  traffic: z.array(text),
  firstSeen: time,
  lastSeen: time,
});

export const approvalRequest = z.object({
  id: text,
  event_id: text,
  state: z.enum(REQUEST_STATES),
  created: time,
  name: text,
  reason: text,
  days: count,
  servers: z.array(text).readonly(),
  traffic: text,
  blocked: text,
  rule: text,
  method: text,
  tool: text,
  user: text,
  address: text,
  decided: time,
  decided_by: text,
  comment: text,
  until: text,
});

/** An entry of policy as written. */
const entryOf = <Entry>() => z.record(text, z.unknown()) as unknown as z.ZodType<Entry>;

export const serverDetails = server.extend({
  toolList: z.array(
    z.object({
      name: text,
      title: text,
      description: text,
      inputSchema: text,
      hash: text,
      firstSeen: time,
      lastSeen: time,
      definitions: count,
      checks: z.array(text),
      evidence: z.array(text),
    }),
  ),
  changes: z.array(serverFinding),
  userList: z.array(z.object({ user: text, n: count, lastSeen: time })),
  timeline: useOverTime,
  approval: entryOf<Approval>().nullable(),
  block: entryOf<BlockedServer>().nullable(),
  requests: z.array(approvalRequest),
});

export const reviewBody = z.strictObject({
  serverKey: z.string().min(1).max(2_048),
  state: z.enum(['new', 'in-review']),
  owner: z.string().max(200).optional(),
  note: z.string().max(2_000).optional(),
});

export const FINDING_STATES = ['new', 'acknowledged', 'resolved'] as const;

/** One per kind, server and user. */
export const finding = z.object({
  id: text,
  kind: z.enum(['shadow', 'bypass', 'hosted', 'attached', 'dlp', 'tool-changed', 'tool-suspicious']),
  level: z.enum(['low', 'medium', 'high']),
  serverKey: text,
  /** '' for what is about the server as such. */
  user: text,
  summary: text,
  count,
  firstSeen: time,
  lastSeen: time,
  state: z.enum(FINDING_STATES),
  assignee: text,
  note: text,
  /** Something came to it since the reader looked last. */
  changed: z.boolean(),
});

export const findingBody = z
  .strictObject({
    state: z.enum(FINDING_STATES).optional(),
    assignee: z.string().max(200).optional(),
    note: z.string().max(2_000).optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), { error: 'say state, assignee or note' });

export const MOST_FINDINGS = 500;

/** The same for many findings at once. */
export const findingsBody = z
  .strictObject({
    ids: z.array(z.string().min(1).max(100)).min(1).max(MOST_FINDINGS),
    state: z.enum(FINDING_STATES).optional(),
    assignee: z.string().max(200).optional(),
  })
  .refine(({ state, assignee }) => (state ?? assignee) !== undefined, { error: 'say state or assignee' });

/** What was done and what was not: one that fails does not keep the others from being done. */
export const findingsResult = z.object({
  done: z.array(text),
  failed: z.array(z.object({ id: text, message: text })),
});

const names = z.array(z.string().min(1).max(500)).min(1).max(1_000);

export const approveRequestBody = z.strictObject({
  /** Last day; as long as was asked for unless told. */
  until: z.iso.date().optional(),
  groups: names.optional(),
  users: names.optional(),
  tools: names.optional(),
  owner: z.string().max(200).optional(),
  /** What is approved; the server of the blocked request unless told. */
  server: z.string().min(1).max(2_048).optional(),
  comment: z.string().max(2_000).default(''),
});
export const denyRequestBody = z.strictObject({ comment: z.string().trim().min(1, 'say why').max(2_000) });

export type Server = z.infer<typeof server>;
export type ServerState = z.infer<typeof serverState>;
export type ServerDetails = z.infer<typeof serverDetails>;
export type Finding = z.infer<typeof finding>;
export type FindingChange = z.infer<typeof findingBody>;
export type FindingsChange = z.infer<typeof findingsBody>;
export type FindingsResult = z.infer<typeof findingsResult>;
export type ReviewChange = z.infer<typeof reviewBody>;
export type RequestForApproval = z.infer<typeof approvalRequest>;
export type ApproveRequest = z.input<typeof approveRequestBody>;
export type DenyRequest = z.input<typeof denyRequestBody>;
