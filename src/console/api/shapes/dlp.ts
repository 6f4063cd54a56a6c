// DLP: what was found, what looks for it, and the test box.

import { z } from 'zod';
import { count, time } from './paging.ts';

const text = z.string();

export const dlpSummary = z.object({
  byDetector: z.array(
    z.object({
      detector: text,
      family: text,
      n: count,
      users: count,
      servers: count,
      blocked: count,
      redacted: count,
    }),
  ),
  step: count,
  timeline: z.array(z.object({ t: time, n: count, blocked: count, redacted: count })),
  /** MCP exchanges by how much of their content was read, and why not all. */
  coverage: z.object({
    covered: count,
    partly: count,
    not: count,
    reasons: z.array(z.object({ reason: text, n: count })),
  }),
});

export const dlpDetector = z.object({
  id: text,
  title: text,
  description: text,
  family: text,
  severity: text,
  directions: z.array(text),
  references: z.array(text),
  file: text,
  profiles: z.array(z.object({ profile: text, request: text, response: text })),
});

export const dlpProfile = z.looseObject({ id: text, request: text, response: text, traffic: z.array(text) });

/** What of a profile can be set in the console; what is absent stays. */
export const profileSettings = {
  threshold: z.enum(['low', 'medium', 'high']).optional(),
  count: z.int().min(1).max(1_000).optional(),
  request: z.enum(['off', 'log', 'redact', 'block']).optional(),
  response: z.enum(['off', 'log', 'redact', 'block']).optional(),
};

export const dlpTestBody = z.strictObject({
  text: z
    .string()
    .min(1)
    .max(256 * 1024),
  direction: z.enum(['request', 'response']).default('request'),
  /** A profile as it would be after a change. */
  profile: z.strictObject({ id: text, ...profileSettings }).optional(),
});

export const dlpTestResult = z.object({
  findings: z.array(
    z.object({
      detector: text,
      family: text,
      severity: text,
      confidence: text,
      validated: z.boolean(),
      where: text,
      offset: count,
      length: count,
      masked: text,
      /** What each profile would do about it. */
      profiles: z.array(z.object({ profile: text, action: text })),
    }),
  ),
  /** The text with everything replaced that was found. */
  redacted: text,
  /** Why not all of it was read; '' if it was. */
  truncated: text,
});

export type DlpSummary = z.infer<typeof dlpSummary>;
export type DlpDetector = z.infer<typeof dlpDetector>;
export type DlpProfile = z.infer<typeof dlpProfile>;
export type DlpTest = z.input<typeof dlpTestBody>;
export type DlpTestResult = z.infer<typeof dlpTestResult>;
