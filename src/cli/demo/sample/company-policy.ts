// The policy of the company that does not exist (company.ts).

import { stringify } from 'yaml';
import { DOMAIN, PEOPLE, PORTAL, STAFF } from './company.ts';

const day = (now: number, days: number): string => new Date(now + days * 86_400_000).toISOString().slice(0, 10);

/** Local policy: what was approved, what is blocked since when, and what DLP does. By file below rules/local. */
export function companyPolicy(now: number): Record<string, string> {
  const by = PEOPLE[0]!.user;
  const approved = {
    servers: [
      { url: `https://mcp.tracker.${DOMAIN}/mcp`, owner: 'platform-team', comment: 'our own server', by },
      { url: `https://mcp.wiki.${DOMAIN}/mcp`, owner: 'platform-team', comment: 'our own server', by },
      {
        ...{ url: `https://warehouse.data.${DOMAIN}/mcp`, owner: 'data-team', groups: ['data', 'finance'] },
        ...{ until: day(now, 120), comment: 'read-only account', by },
      },
      {
        ...{ url: 'https://mcp.crm-cloud.example/mcp', owner: 'sales-operations', via: 'portal' },
        ...{ until: day(now, 60), comment: 'through the portal, where DLP reads it', by },
      },
    ],
    portals: [{ url: PORTAL }],
  };
  const modes = {
    default: 'log',
    modes: [
      {
        traffic: 'shadow',
        mode: 'block',
        groups: ['finance'],
        after: day(now, -3),
        comment: 'first the people with the books',
        by,
      },
      { traffic: 'shadow', mode: 'block', after: day(now, 10), comment: 'then everybody', by },
    ],
    blocked: [{ url: 'https://mailmate-agent.example/mcp', comment: 'its tool asks for private keys', by }],
  };
  const exceptions = {
    exceptions: [
      {
        id: 'ex-1',
        host: 'ledger-copilot.example',
        user: `marta.silva@${DOMAIN}`,
        until: day(now, 12),
        comment: 'quarter end',
        by,
      },
    ],
  };
  const everywhere = ['portal', 'approved', 'shadow', 'bypass'];
  const dlp = {
    profiles: [
      {
        ...{ id: 'no-keys-out', detectors: ['family:credential'], threshold: 'medium', request: 'block', response: 'redact' },
        comment: 'keys belong into the vault',
      },
      {
        ...{ id: 'personal-data', detectors: ['family:financial', 'family:identity', 'family:contact'], threshold: 'medium' },
        ...{ request: 'redact', response: 'log' },
      },
      {
        ...{ id: 'what-leaks', detectors: ['all'], except: ['family:prompt-injection'], threshold: 'medium' },
        ...{ request: 'log', response: 'log', traffic: everywhere },
      },
      { id: 'prompt-injection', detectors: ['family:prompt-injection'], request: 'off', response: 'log', traffic: everywhere },
    ],
  };
  const members = (group: string) => ({
    users: PEOPLE.filter(({ groups }) => groups.includes(group)).map(({ user }) => user),
  });
  const groups = { groups: Object.fromEntries(Object.keys(STAFF).map((group) => [group, members(group)])) };
  const files = { approved, modes, exceptions, dlp, groups };
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${name}.yml`, stringify(content)]));
}
