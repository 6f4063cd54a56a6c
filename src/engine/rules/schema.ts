// A detection rule as a person writes it: Sigma's shape, with samples beside it. The zod schema is the type.
//
// What zod checks is the shape. What the words mean (fields, modifiers, conditions, patterns) is checked by compile.ts.

import { z } from 'zod';
import { TRAFFIC } from '../verdict.ts';

/** The classes a rule may assign. `approved`, `bypass` and `portal` are for policy to say, `none` for nobody. */
const RULE_TRAFFIC = TRAFFIC.filter(
  (traffic) => traffic !== 'none' && traffic !== 'approved' && traffic !== 'bypass' && traffic !== 'portal',
) as readonly ('suspect' | 'install' | 'discovery' | 'attached' | 'hosted' | 'shadow')[];

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const value = z.union([scalar, z.array(scalar).min(1)], {
  error: 'must be a text, a number, true or false, or a list of them (for "absent" write FIELD|exists: false)',
});

/** `field|modifier: value`; a list of values is any of them, with `|all` all of them. */
const fields = z.record(z.string(), value).refine((map) => Object.keys(map).length > 0, 'must name at least one field');

/** One map: all of its fields. A list of maps: any of them. */
const selection = z.union([fields, z.array(fields).min(1)], {
  error: 'must be a map of FIELD: VALUE, or a list of such maps',
});

const headers = z.record(
  z.string().regex(/^[a-z0-9!#$%&'*+.^_`|~-]+$/, 'header names are written in lower case'),
  z.coerce.string(),
);

const sampleMessage = z.strictObject({
  direction: z.enum(['request', 'response']).default('response'),
  via: z.enum(['sse', 'websocket']).default('sse'),
  event: z.string().default('message'),
  text: z.string(),
});

/** A small exchange. `body` is the whole decoded body; `messages` are those of an event stream or a WebSocket. */
const sampleFlow = z.strictObject({
  name: z.string().min(1),
  request: z.strictObject({
    method: z.string().default('GET'),
    url: z.url({ error: 'must be an absolute URL' }),
    headers: headers.default({}),
    body: z.string().optional(),
  }),
  response: z
    .strictObject({ status: z.number().int().min(100).max(599), headers: headers.default({}), body: z.string().optional() })
    .optional(),
  messages: z.array(sampleMessage).default([]),
  /** The server has spoken MCP before, at this URL. */
  learned: z.url().optional(),
});

/** An exchange written in place, or the name of one in `samples.yml`; `load.ts` replaces names by exchanges. */
const sample = z.union([sampleFlow, z.string().min(1)], {
  error: 'must be an exchange {name, request, ...} or the name of one in samples.yml',
});

const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date such as 2026-11-20');

export const ruleSchema = z.strictObject({
  title: z.string().min(3).max(110),
  id: z.uuid({ error: 'must be a UUID; it never changes, even when the rule does' }),
  status: z.enum(['experimental', 'test', 'stable', 'deprecated']),
  level: z.enum(['informational', 'low', 'medium', 'high', 'critical']),
  description: z.string().min(10),
  references: z.array(z.url()).default([]),
  author: z.string().min(1),
  date,
  modified: date.optional(),
  tags: z.array(z.string().regex(/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/, 'must look like mcp.transport.sse')).default([]),
  traffic: z.enum(RULE_TRAFFIC),
  detection: z.object({ condition: z.string().min(1) }).catchall(selection),
  falsepositives: z.array(z.string().min(1)).min(1, 'say what could look alike, or "None known"'),
  samples: z.strictObject({
    match: z.array(sample).min(1, 'needs at least one exchange that the rule must find'),
    silent: z.array(sample).min(1, 'needs at least one look-alike that the rule must not find'),
  }),
});

/** `samples.yml`: exchanges that several rules share, by name. */
export const sharedSamplesSchema = z.record(
  z.string().regex(/^[a-z0-9-]+$/, 'names are lower-case words with hyphens'),
  sampleFlow.omit({ name: true }),
);

export type Rule = z.infer<typeof ruleSchema>;
export type Selection = z.infer<typeof selection>;
export type SampleFlow = z.infer<typeof sampleFlow>;
export type SharedSamples = z.infer<typeof sharedSamplesSchema>;
