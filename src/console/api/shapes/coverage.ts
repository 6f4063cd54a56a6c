// Coverage: which programs could be inspected, which not and why, and the hosts that are not decrypted.

import { z } from 'zod';
import { count, time } from './paging.ts';

const text = z.string();
const figures = {
  /** Exchanges that were decrypted. */
  covered: count,
  /** Exchanges over http://. */
  plain: count,
  /** TLS handshakes that the client broke off. */
  refused: count,
  passthrough: count,
  opaque: count,
  lastSeen: time,
};

export const coverageShape = z.object({
  applications: z.array(z.object({ application: text, ja4: text, users: count, ...figures })),
  people: z.array(z.object({ who: text, applications: z.array(text), ...figures })),
  hosts: z.array(z.object({ host: text, applications: z.array(text), ...figures })),
  failing: z.array(
    z.object({
      application: text,
      ja4: text,
      host: text,
      n: count,
      users: z.array(text),
      lastSeen: time,
      /** What it probably is. */
      cause: z.enum(['pinned', 'not-trusting']),
      /** MCP was seen on the host: not decrypting it would hide that. */
      mcp: z.boolean(),
      /** An entry for the list below that ends by itself; null where that is not the remedy. */
      suggestion: z.object({ host: text, reason: text, until: text }).nullable(),
    }),
  ),
  /** `way`: http3, ech, not-http, or relay: and the name of the service. */
  evasion: z.array(
    z.object({ way: text, host: text, applications: z.array(text), users: z.array(text), n: count, lastSeen: time }),
  ),
  /** rules/local/passthrough.yml. */
  passthrough: z.array(
    z.object({ host: text, reason: text, owner: text, until: text.nullable(), comment: text, expired: z.boolean() }),
  ),
});

export type Coverage = z.infer<typeof coverageShape>;
