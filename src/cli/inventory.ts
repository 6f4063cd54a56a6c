// `daylight servers list`: the MCP servers that were seen, with names where the list of public servers knows them.

import { nameServer, type ServerNames } from '../engine/rules/servers.ts';
import { loadServerNames } from '../load.ts';
import { type InventoryServer, listServers } from '../store/queries.ts';
import { type ServerTally, tallyServers } from '../store/tool-queries.ts';
import { type CommonOptions, configOf } from './command.ts';
import { print, printJson, table, timestamp } from './output.ts';
import { withStore } from './store-session.ts';
import { parseCount, parseTime } from './values.ts';

interface ListOptions extends CommonOptions {
  since: string;
  limit: string;
}

type Listed = InventoryServer & ServerTally;

export async function listServersSeen(options: ListOptions): Promise<void> {
  const config = configOf(options);
  const since = parseTime(options.since, '--since');
  const limit = parseCount(options.limit, '--limit', 10_000);
  const names = loadServerNames(config.rules);
  const servers = await withStore(config, async (store): Promise<Listed[]> => {
    const found = await listServers(store.reader, { since, limit });
    const tallies = await tallyServers(
      store.reader,
      found.map(({ server_key }) => server_key),
    );
    return found.map((server) => ({ ...server, ...(tallies.get(server.server_key) ?? { tools: 0, findings: 0 }) }));
  });
  if (options.json) for (const server of servers) printJson({ ...server, known_as: nameServer(server.server_key, names) });
  else if (servers.length === 0) print(`No MCP server was seen in the last ${options.since}.`);
  else print(inventoryTable(servers, names));
}

const HEADINGS = [
  ...['server', 'traffic', 'name', 'revisions', 'login', 'tools', 'findings', 'users', 'clients'],
  ...['flows', 'blocked', 'last seen (UTC)'],
];

function inventoryTable(servers: readonly Listed[], names: ServerNames): string {
  const rows = servers.map((server) => [
    server.server_key,
    server.last_traffic,
    server.names.join(', ') || nameServer(server.server_key, names),
    server.generations.join(' '),
    server.authentication.join(' '),
    server.tools,
    server.findings,
    server.user_count,
    server.clients.join(', '),
    server.n,
    server.blocked,
    timestamp(server.last_seen),
  ]);
  return table(HEADINGS, rows);
}
