// Says in one sentence why a rule matched.

import type { Match } from '../verdict.ts';

/** E.g. `MCP initialize request (high): signal is mcp.body.initialize = 2025-06-18, and http.request.method is POST.` */
export function explain(match: Match): string {
  const lines = [...new Set(match.evidence.map(({ field, value }) => `${field} is ${value}`))];
  const why = lines.length === 0 ? 'none of what it excludes was seen' : lines.join(', and ');
  return `${match.title} (${match.level}): ${why}.`;
}
