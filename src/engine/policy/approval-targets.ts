// Which URLs an approval has to name so that it covers a flow.

import type { Traffic } from '../verdict.ts';

export interface Aimed {
  traffic: Traffic;
  /** What the inventory files the flow under: origin and path, '' if no server is named. */
  server: string;
  /** Servers that a model API was asked to call, or that are attached to the client. */
  servers: readonly string[];
}

/**
 * The servers in question: for a model API those that it is told of, not the API. What has no URL is approved by name. Empty where
 * no approval helps: fetching a package is no use of a server.
 */
export function approvalTargets({ traffic, server, servers }: Aimed): string[] {
  if (traffic === 'none' || traffic === 'install') return [];
  if (traffic === 'hosted' || traffic === 'attached') {
    return servers.map((each) => (each.includes('://') ? each : `name:${each}`));
  }
  return /^https?:/.test(server) ? [server] : [];
}
