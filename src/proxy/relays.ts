// Known tunnel services, by host: rules/relays.yml, or the shipped list where the folder of rules has none.

import { z } from 'zod';
import { formatProblem, parseAs, readDocument } from '../document.ts';
import type { RelayOf } from '../engine/coverage/evasion.ts';
import { normaliseHost } from '../engine/url.ts';
import { DaylightError } from '../errors.ts';

const relaysSchema = z.strictObject({
  /** Day on which the list was made. */
  compiled: z.string(),
  relays: z.array(
    z.strictObject({
      host: z.string().regex(/^(\*\.)?[A-Za-z0-9_.-]+$/, 'must be a host or *.suffix'),
      name: z.string().min(1).max(40),
      source: z.url(),
    }),
  ),
});

/** @throws DaylightError ERR_CONFIG_INVALID with file and line */
export function loadRelays(file: string): RelayOf {
  const document = readDocument(file);
  const found = parseAs(document, relaysSchema);
  if (document.problems.length > 0 || !found)
    throw new DaylightError('ERR_CONFIG_INVALID', document.problems.map(formatProblem).join('\n'));
  const hosts = new Map(found.relays.map(({ host, name }) => [normaliseHost(host), name]));
  return (host) => {
    const exact = hosts.get(host);
    if (exact !== undefined) return exact;
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const name = hosts.get(`*${host.slice(dot)}`);
      if (name !== undefined) return name;
    }
    return undefined;
  };
}
