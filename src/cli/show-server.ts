// `daylight servers show`: everything about one server. Who it is, how it is reached and by whom, its tools, the findings.

import { serverKeyOfUrl } from '../engine/inventory/server-key.ts';
import { nameServer } from '../engine/rules/servers.ts';
import { DaylightError } from '../errors.ts';
import { loadServerNames } from '../load.ts';
import { type InventoryServer, listServers } from '../store/queries.ts';
import { type InventoryTool, listFindings, listTools } from '../store/tool-queries.ts';
import { type CommonOptions, configOf } from './command.ts';
import { findingLines } from './findings.ts';
import { paint, print, printJson, timestamp, visible } from './output.ts';
import { parameters } from './schema-summary.ts';
import { withStore } from './store-session.ts';

/** Lines of a description that are shown; `--json` has all that is kept. */
const LINES = 12;

export async function showServer(url: string, options: CommonOptions): Promise<void> {
  const config = configOf(options);
  const key = /^(https?|wss?):\/\//i.test(url) ? serverKeyOfUrl(url) : url;
  const found = await withStore(config, async ({ reader }) => {
    const [server] = await listServers(reader, { serverKey: key, limit: 1 });
    if (!server) return undefined;
    return {
      server,
      tools: await listTools(reader, key),
      findings: await listFindings(reader, { serverKey: key, limit: 1_000 }),
    };
  });
  if (!found) {
    throw new DaylightError(
      'ERR_USAGE',
      `${JSON.stringify(url)} was never seen here; "daylight servers list" shows the servers that were`,
    );
  }
  const { server, tools, findings } = found;
  const known_as = nameServer(server.server_key, loadServerNames(config.rules));
  if (options.json) {
    const summed = tools.map((tool) => ({ ...tool, parameters: parameters(tool.input_schema) }));
    printJson({ ...server, known_as, tools: summed, findings });
    return;
  }
  showIdentity(server, known_as);
  heading(`Tools (${tools.length})`);
  if (tools.length === 0) print('  none were listed in what was inspected');
  for (const tool of tools) showTool(tool);
  heading(`Findings (${findings.length})`);
  if (findings.length === 0) print('  none');
  for (const finding of findings) for (const line of findingLines(finding)) print(`  ${line}`);
}

function heading(text: string): void {
  print(`\n${paint('bold', text)}`);
}

function showIdentity(server: InventoryServer, knownAs: string): void {
  const facts: [string, string][] = [
    ['calls itself', server.names.join(', ')],
    ['known as', knownAs],
    ['traffic', `${server.last_traffic} (${server.traffic.join(', ')}), last outcome ${server.last_disposition}`],
    ['transport', server.transports.join(', ')],
    ['revisions', server.generations.join(', ')],
    ['login', server.authentication.join(', ')],
    [
      'seen',
      `${timestamp(server.first_seen)} to ${timestamp(server.last_seen)} UTC, ${server.n} flows, ${server.blocked} blocked`,
    ],
    ['clients', server.clients.join(', ')],
    ['users', `${server.user_count}: ${server.users.join(', ')}`],
  ];
  print(paint('bold', visible(server.server_key)));
  for (const [name, value] of facts) if (value !== '') print(`  ${name.padEnd(12)}  ${visible(value)}`);
}

function showTool(tool: InventoryTool): void {
  const variants = tool.definitions > 1 ? `, ${tool.definitions} definitions so far` : '';
  print(`  ${paint('bold', visible(tool.tool))}  ${visible(tool.title)}`);
  print(`    first seen ${timestamp(tool.first_seen)} UTC${variants}`);
  const lines = tool.description.split('\n');
  for (const line of lines.slice(0, LINES)) print(`    ${visible(line)}`);
  if (lines.length > LINES) print(`    … ${lines.length - LINES} more lines`);
  const inputs = parameters(tool.input_schema);
  if (inputs.length > 0) print(`    takes ${visible(inputs.join(', '))}`);
  for (const [at, check] of tool.checks.entries()) {
    print(`    ${paint('red', visible(check))}  ${visible(tool.evidence[at] ?? '')}`);
  }
}
