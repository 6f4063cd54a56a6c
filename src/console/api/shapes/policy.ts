// Policy and its changes, simulation. Dates are as in policy files (src/engine/policy/schema.ts), which check them as well.

import { z } from 'zod';
import type { Policy } from '../../../engine/policy/schema.ts';
import type { SimulationResult } from '../../../engine/policy/simulate.ts';
import { profileSettings } from './dlp.ts';
import { count, modeShape, time } from './paging.ts';

const text = z.string();
const word = z.string().min(1).max(2_048);
const names = z.array(z.string().min(1).max(500)).min(1).max(1_000);
const day = z.string().min(10).max(40);

/** One change of policy. */
export const policyChange = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('mode'),
    /** A rule id, a tag, a traffic class, or default. */
    target: word,
    mode: modeShape,
    users: names.optional(),
    groups: names.optional(),
    networks: names.optional(),
    hosts: names.optional(),
    after: day.optional(),
    until: day.optional(),
    canary: z.string().max(10).optional(),
  }),
  z.strictObject({
    kind: z.literal('approve'),
    url: word,
    /** An approval of the same server that is there already loses what is not said here. */
    replace: z.boolean().optional(),
    owner: z.string().max(200).optional(),
    groups: names.optional(),
    users: names.optional(),
    tools: names.optional(),
    methods: names.optional(),
    blockedTools: names.optional(),
    hideTools: z.boolean().optional(),
    via: z.enum(['portal', 'direct']).optional(),
    until: day.optional(),
  }),
  z.strictObject({
    kind: z.literal('unapprove'),
    url: word,
    /** Place in `servers` of approved.yml, from 0: one of several approvals of the same URL. All of them if absent. */
    at: z.int().min(0).optional(),
  }),
  z.strictObject({ kind: z.literal('block'), url: word, until: day.optional() }),
  z.strictObject({ kind: z.literal('unblock'), url: word }),
  z.strictObject({
    kind: z.literal('exception'),
    rule: word.optional(),
    host: word.optional(),
    user: word.optional(),
    until: day,
  }),
  z.strictObject({ kind: z.literal('remove-exception'), id: word }),
  z.strictObject({
    kind: z.literal('passthrough'),
    /** A host, or `*.suffix`, that is not decrypted from now on. */
    host: word,
    reason: z.string().min(1).max(500),
    owner: z.string().min(1).max(200),
    until: day.optional(),
  }),
  z.strictObject({ kind: z.literal('remove-passthrough'), host: word }),
  z
    .strictObject({ kind: z.literal('dlp-profile'), id: word, ...profileSettings })
    .refine(({ threshold, count, request, response }) => (threshold ?? count ?? request ?? response) !== undefined, {
      error: 'say threshold, count, request or response',
    }),
  z.strictObject({ kind: z.literal('pause'), until: day }),
  z.strictObject({ kind: z.literal('resume') }),
]);

export const simulateBody = z
  .strictObject({
    mode: modeShape.optional(),
    /** A rule id, a tag, a traffic class, or default; everything that has a mode if absent. */
    target: word.optional(),
    /** Epoch milliseconds, a span such as 14d, or a date. */
    since: z.union([z.number().min(0), z.string().min(1).max(40)]).default('14d'),
    until: z.union([z.number().min(0), z.string().min(1).max(40)]).optional(),
    at: z.union([z.number().min(0), z.string().min(1).max(40)]).optional(),
    /** A change that is asked for, tried before it is made; in place of mode and target. */
    change: policyChange.optional(),
    /** Texts that replace the policy files of these names. */
    policy: z.record(z.string().max(100), z.string().max(1024 * 1024)).optional(),
    limit: z.int().min(1).max(1_000).default(20),
  })
  .refine(({ mode, change, policy, at }) => (mode ?? change ?? policy ?? at) !== undefined, {
    path: ['mode'],
    error: 'say what to try: a mode, a change, policy files, or a date (at)',
  })
  .refine(({ mode, target }) => target === undefined || mode !== undefined, {
    path: ['mode'],
    error: 'say which mode to try for the target',
  });

/** Lines of the answer (NDJSON): progress, then one result or one error. */
export type SimulationLine =
  | { type: 'progress'; events: number; share: number }
  | { type: 'result'; result: SimulationResult }
  | { type: 'error'; error: { code: string; message: string } };
export type Simulated = SimulationResult;

const comment = z.string().trim().min(1, 'say why').max(2_000);

export const policyChangeBody = z.strictObject({ change: policyChange, comment });
export const rollbackBody = z.strictObject({ n: z.int().min(1), comment });
export const falsePositiveBody = z.strictObject({ until: z.iso.date(), comment });

/** What a change did; `before` and `after` as JSON, '' where there is none. `files` is empty if policy said so already. */
export const changeResult = z.object({
  etag: text,
  change: z.object({ action: text, object: text, before: text, after: text, files: z.array(text).readonly() }),
});

const document = z.record(text, z.unknown());
/** Checked where it is read. */
const documentOf = <Document>() => document as unknown as z.ZodType<Document>;

export const policyShape = z.object({
  /** Of the content of the files; to be sent as If-Match with a change. */
  etag: text,
  approved: documentOf<Policy['approved']>(),
  modes: documentOf<Policy['modes']>(),
  exceptions: documentOf<Policy['exceptions']>(),
  groups: documentOf<Policy['groups']>(),
  passthrough: documentOf<Policy['passthrough']>(),
  dlp: document,
  /** Files by name, as written. */
  texts: z.record(text, text),
  warnings: z.array(text),
});

export const policyVersion = z.object({
  number: count,
  time,
  id: text,
  actor: text,
  action: text,
  object: text,
  reason: text,
  /** What is different from the version before, one line each. */
  changes: z.array(text),
});
export const policyVersionDetails = policyVersion.extend({
  diff: z.array(
    z.object({
      file: text,
      lines: z.array(z.object({ sign: z.enum(['+', '-', ' ']), line: count, text })),
    }),
  ),
});

export type PolicyChange = z.infer<typeof policyChange>;
export type ChangeResult = z.infer<typeof changeResult>;
export type PolicyDocuments = z.infer<typeof policyShape>;
export type PolicyVersionItem = z.infer<typeof policyVersion>;
export type PolicyVersionDetails = z.infer<typeof policyVersionDetails>;
