// Names of public MCP servers, so that a report can say "Sentry" for mcp.sentry.dev. A name approves nothing.

import { z } from 'zod';
import { splitUrl } from '../url.ts';

/** `servers.yml`: host, `*.suffix` or host/path prefix to name. */
export const serverNamesSchema = z.record(
  z.string().regex(/^[a-z0-9*][a-z0-9.*-]*(\/[^?#\s]*)?$/, 'must be a host or host/path in lower case'),
  z.string().min(1),
);

export type ServerNames = z.infer<typeof serverNamesSchema>;

/** The name of the server at a URL; '' if it is not a known public one. The longest path prefix wins, then the host, then `*.suffix`. */
export function nameServer(url: string, names: ServerNames): string {
  const { host, path } = splitUrl(url);
  const segments = path.split('/').filter((segment) => segment !== '');
  for (let count = Math.min(segments.length, 8); count > 0; count -= 1) {
    const key = `${host}/${segments.slice(0, count).join('/')}`;
    if (Object.hasOwn(names, key)) return names[key]!;
  }
  if (Object.hasOwn(names, host)) return names[host]!;
  for (let dot = host.indexOf('.'); dot > 0; dot = host.indexOf('.', dot + 1)) {
    const key = `*${host.slice(dot)}`;
    if (Object.hasOwn(names, key)) return names[key]!;
  }
  return '';
}
