// Rules, the pack they come in, and trying one.

import { z } from 'zod';
import { count, modeShape, time, useOverTime } from './paging.ts';

const text = z.string();
const word = z.string().min(1).max(2_048);

export const ruleShape = z.object({
  id: text,
  title: text,
  level: text,
  traffic: text,
  tags: z.array(text),
  status: text,
  /** For everybody, today; lines for some people, networks or hosts are left out. */
  mode: modeShape,
  modeFrom: z.object({ step: text, id: text }),
  /** Modes that begin later. */
  dated: z.array(z.object({ mode: modeShape, from: text })),
  hits: count,
  users: count,
  lastHit: time,
  /** Exceptions that name the rule. */
  falsePositives: count,
});

export const ruleDetails = ruleShape.extend({
  /** YAML. */
  source: text,
  file: text,
  description: text,
  references: z.array(text),
  falsePositiveNotes: z.array(text),
  samples: z.object({ match: z.array(text), silent: z.array(text) }),
  hitsOverTime: useOverTime,
});

const rulePack = z.object({
  number: count,
  /** When it was first in force. */
  time,
  /** Of the content of its files. */
  id: text,
  /** The newest date in its rules. */
  version: text,
  /** Version of Daylight that ran it first. */
  daylight: text,
  files: count,
});

export const rulePackShape = z.object({
  /** null where packs cannot be kept. */
  current: rulePack.nullable(),
  rules: count,
  detectors: count,
  differences: z.array(
    z.object({
      kind: z.enum(['own-rule', 'own-detector', 'mode', 'switched-off', 'excepted']),
      /** Rules or detectors. */
      about: z.array(z.object({ id: text, title: text })),
      /** The mode and what says so; the class of one's own rule; how many exceptions. */
      text,
      /** Below the folder of rules. */
      file: text,
    }),
  ),
  /** Newest first; the first is the one in force. */
  history: z.array(rulePack),
});

export const packChanges = rulePack.omit({ files: true }).extend({
  before: rulePack.nullable(),
  files: z.array(
    z.object({
      file: text,
      change: z.enum(['added', 'removed', 'changed']),
      title: text,
      lines: z.array(z.object({ sign: z.enum(['+', '-', ' ']), line: count, text })),
    }),
  ),
});

/** Either an exchange, or recorded flows. */
export const ruleTestBody = z.union([
  z.strictObject({
    ruleId: word.optional(),
    /** Raw HTTP (request, and response after a line `---`), or a sample as rules carry them, as JSON. */
    request: z
      .string()
      .min(1)
      .max(256 * 1024),
  }),
  z.strictObject({ ruleId: word, since: z.union([z.number().min(0), z.string().max(40)]) }),
]);

export const ruleTestResult = z.object({
  /** Verdict of each phase. Empty for recorded flows. */
  phases: z.array(
    z.object({
      phase: text,
      traffic: text,
      action: text,
      confidence: count,
      reason: text,
      signals: z.array(z.object({ id: text, where: text, value: text, weight: text })),
      rules: z.array(z.object({ id: text, title: text, level: text, evidence: text })),
      policy: z.object({ step: text, id: text }),
    }),
  ),
  /** The rule in question matched, in the last phase or in some recorded flow. */
  matched: z.boolean(),
  /** Recorded flows on which the rule matched. */
  recorded: z.object({ n: count, users: count, servers: count, blocked: count, examples: z.array(text) }).nullable(),
});

export type RuleItem = z.infer<typeof ruleShape>;
export type RuleDetails = z.infer<typeof ruleDetails>;
export type RulePackReport = z.infer<typeof rulePackShape>;
export type PackDifference = RulePackReport['differences'][number];
export type RulePackItem = RulePackReport['history'][number];
export type PackChanges = z.infer<typeof packChanges>;
export type RuleTest = z.input<typeof ruleTestBody>;
export type RuleTestResult = z.infer<typeof ruleTestResult>;
