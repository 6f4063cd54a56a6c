// The two documents of DLP. The zod schema is the type.
//
//   rules/dlp/*.yml, rules/local/dlp/*.yml   one detector each: what to look for, how sure that is, samples
//   rules/local/dlp.yml                      profiles: which detectors read which traffic, and what happens on a finding
//
// How a detector works, in this order: an anchor (a literal, or a run of digits) is in the text; a pattern or a word matches
// around it; no `allow` pattern does; the validator agrees; keywords nearby raise the confidence; `distinct` is reached.

import { z } from 'zod';
import { TRAFFIC } from '../verdict.ts';

/** What a detector looks for, as a class that profiles can name: `family:credential`. */
export const FAMILIES = [
  'financial',
  'identity',
  'contact',
  'health',
  'credential',
  'source-code',
  'classification',
  'custom',
  'prompt-injection',
] as const;
export type Family = (typeof FAMILIES)[number];

/** How sure a finding is, weakest first. */
export const CONFIDENCES = ['low', 'medium', 'high'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be words in small letters and digits, joined by hyphens');
const confidence = z.enum(CONFIDENCES, { error: 'must be low, medium or high' });
const texts = z.array(z.string().min(1)).min(1, 'is empty');

const pattern = z.strictObject({
  /** RE2 syntax. Matched on decoded text; `^` and `$` mean line ends only with `(?m)`. */
  regex: z.string().min(1),
  /** Capture group that is the sensitive part; 0 is the whole match. */
  group: z.int().min(0).default(0),
  /** Confidence without a keyword nearby; `none`: does not count then. */
  alone: z.enum([...CONFIDENCES, 'none'], { error: 'must be none, low, medium or high' }).default('medium'),
  /** Confidence with a keyword of the detector nearby. */
  near: confidence.default('high'),
});

const anchors = z.strictObject({
  /** Any of these literals, without regard to case, is part of every match or stands right beside it. */
  literals: texts.optional(),
  /** Every match holds a run of at least so many digits, single spaces, dots, slashes and hyphens between them not counted. */
  digits: z.int().min(4).max(40).optional(),
  /** Every match holds one of these invisible or unusual characters, as code point ranges `[first, last]`. */
  characters: z
    .array(z.tuple([z.int().min(128).max(0x10ffff), z.int().min(128).max(0x10ffff)]))
    .min(1)
    .optional(),
  /** There is nothing to look for first: the patterns run on all text. Costs the most. */
  none: z.literal(true).optional(),
});

/** Characters around an anchor that a pattern sees. */
const reach = z
  .strictObject({ before: z.int().min(0).max(20_000).default(100), after: z.int().min(0).max(20_000).default(300) })
  .prefault({});

const sample = z.union([
  z.string().min(1),
  /** `found`: the text that must be found, exactly. `confidence`: at least this. */
  z.strictObject({ text: z.string().min(1), found: z.string().optional(), confidence: confidence.optional() }),
]);

export const detectorSchema = z
  .strictObject({
    id,
    title: z.string().min(1),
    description: z.string().min(1),
    family: z.enum(FAMILIES),
    severity: z.enum(['low', 'medium', 'high', 'critical']).default('medium'),
    /** Where the facts come from: specifications, vendors' documents. */
    references: z.array(z.url()).default([]),
    patterns: z.array(pattern).min(1, 'is empty').optional(),
    /** Words and phrases, whole, without regard to case. Instead of patterns; they are their own anchors. */
    words: texts.optional(),
    /** Confidence of a word; as for patterns. */
    wordConfidence: confidence.default('medium'),
    anchors: anchors.optional(),
    reach,
    /** Names of checks in validators.ts that the sensitive part must all pass. */
    validators: z.array(z.string().min(1)).default([]),
    /** Exact data match: the normalised part must be in this list of salted hashes (a file beside the detector). */
    exact: z.strictObject({ file: z.string().min(1) }).optional(),
    /** Shannon entropy in bits per character that the sensitive part must reach. */
    entropy: z.number().min(0).max(8).optional(),
    /** RE2 patterns; a sensitive part that one of them matches does not count (placeholders of documentation). */
    allow: z.array(z.string().min(1)).default([]),
    /** Context words, without regard to case, whole words. */
    keywords: z.array(z.string().min(1)).default([]),
    /** Characters before and after the match in which a keyword counts; names of JSON members are part of the context. */
    proximity: z.int().min(0).max(2_000).default(80),
    /** Findings count only if one message holds at least so many different values. */
    distinct: z.int().min(1).max(10_000).default(1),
    /** Directions that are looked at. */
    directions: z
      .array(z.enum(['request', 'response']))
      .min(1)
      .default(['request', 'response']),
    /** Characters of the match that the masked sample keeps. */
    mask: z.strictObject({ start: z.int().min(0).max(8).default(0), end: z.int().min(0).max(4).default(0) }).prefault({}),
    /** Converted by `daylight dlp import`. What it was made from has no samples, so it may lack them. */
    origin: z.enum(['gitleaks'], { error: 'must be gitleaks, or absent' }).optional(),
    samples: z.strictObject({ match: z.array(sample).default([]), silent: z.array(sample).default([]) }).prefault({}),
  })
  .refine((detector) => (detector.patterns === undefined) !== (detector.words === undefined), {
    error: 'must have either patterns or words',
  })
  .refine((detector) => detector.words !== undefined || Object.keys(detector.anchors ?? {}).length > 0, {
    error: 'anchors: say what is in every match (literals, digits, characters), or `none: true`',
  })
  .superRefine(({ origin, samples }, context) => {
    for (const kind of ['match', 'silent'] as const) {
      if (origin !== undefined || samples[kind].length > 0) continue;
      const message = kind === 'match' ? 'give texts that it must find' : 'give texts that look alike and that it must not find';
      context.addIssue({ code: 'custom', path: ['samples', kind], message, input: samples[kind] });
    }
  });

export type Detector = z.infer<typeof detectorSchema>;

/** Actions of a profile; `off`: this direction is not read. */
const action = z.enum(['off', 'log', 'redact', 'block'], { error: 'must be off, log, redact or block' });

const profile = z.strictObject({
  id,
  /** Detector ids, `family:NAME`, or `all`. */
  detectors: texts,
  /** Taken out of the above, written the same way. */
  except: z.array(z.string().min(1)).default([]),
  /** Findings below this confidence do not count. */
  threshold: confidence.default('medium'),
  /** Findings of the profile that one message must hold before the action applies; below, they are logged. */
  count: z.int().min(1).max(1_000).default(1),
  request: action.default('log'),
  response: action.default('log'),
  /** Classes of traffic that are read. Others than portal and approved can only be logged. */
  traffic: z
    .array(z.enum(TRAFFIC).exclude(['none']))
    .min(1)
    .default(['portal', 'approved']),
  users: texts.optional(),
  groups: texts.optional(),
  networks: texts.optional(),
  hosts: texts.optional(),
  /** CEL, as in modes. */
  when: z.string().min(1).optional(),
  comment: z.string().optional(),
});

export type Profile = z.infer<typeof profile>;

export const dlpPolicySchema = z.strictObject({ profiles: z.array(profile).default([]) });

/** What `load.ts` reads, as plain JSON: it travels to the workers and is compiled there. */
export interface DlpSource {
  detectors: readonly Detector[];
  profiles: readonly Profile[];
  /** Lists of salted hashes by detector id. */
  exact: Readonly<Record<string, ExactList>>;
}

/** `hashes`: SHA-256 of salt + normalised value, first 16 hexadecimal digits each. */
export interface ExactList {
  salt: string;
  hashes: readonly string[];
}
