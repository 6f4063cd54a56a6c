// `when:` in policy: an optional CEL condition beside the plain keys, compiled when policy is loaded.
//
// Variables: user, groups, device, address (of the client), host, port, path (redacted), http_method, method, tool,
// resource, client, server (names of the MCP software), generation, servers, traffic, time. A condition that fails while it
// runs counts as false: an approval or a mode that cannot be decided does not apply.

import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import type { Flow } from '../flow.ts';
import { redactUrl } from '../redact-url.ts';
import { splitUrl } from '../url.ts';
import type { McpFacts, Traffic } from '../verdict.ts';

/** What a `when:` may look at. */
export interface WhenInput {
  flow: Flow;
  mcp: McpFacts;
  traffic: Traffic;
}

export type When = (input: WhenInput) => boolean;

const environment = new Environment({ limits: { maxAstNodes: 500, maxDepth: 30 } })
  .registerVariable('user', 'string')
  .registerVariable('groups', 'list<string>')
  .registerVariable('device', 'string')
  .registerVariable('address', 'string')
  .registerVariable('host', 'string')
  .registerVariable('port', 'int')
  .registerVariable('path', 'string')
  .registerVariable('http_method', 'string')
  .registerVariable('method', 'string')
  .registerVariable('tool', 'string')
  .registerVariable('resource', 'string')
  .registerVariable('client', 'string')
  .registerVariable('server', 'string')
  .registerVariable('generation', 'string')
  .registerVariable('servers', 'list<string>')
  .registerVariable('traffic', 'string')
  .registerVariable('time', 'google.protobuf.Timestamp');

/**
 * Compiles a condition.
 *
 * @throws Error that names the mistake.
 */
export function compileWhen(source: string | undefined): When | undefined {
  if (source === undefined) return undefined;
  const program = parse(source);
  const checked = program.check();
  if (!checked.valid) throw new Error(`when: ${firstLine(checked.error?.message)} in ${JSON.stringify(source)}`);
  if (checked.type !== 'bool') throw new Error(`when: ${JSON.stringify(source)} gives ${checked.type}, not true or false`);
  if (callsMatches(program.ast)) {
    throw new Error('when: matches() runs patterns without a time bound; use startsWith, endsWith or contains');
  }
  return (input) => {
    try {
      return program(contextOf(input)) === true;
    } catch {
      return false;
    }
  };
}

function parse(source: string): ReturnType<typeof environment.parse> {
  try {
    return environment.parse(source);
  } catch (error) {
    throw new Error(`when: ${firstLine(error instanceof Error ? error.message : undefined)} in ${JSON.stringify(source)}`);
  }
}

function contextOf({ flow, mcp, traffic }: WhenInput): Record<string, unknown> {
  return {
    user: flow.principal.user,
    groups: flow.principal.groups,
    device: flow.principal.device,
    address: flow.client.address,
    host: flow.server.host,
    port: BigInt(Math.trunc(flow.server.port) || 0),
    path: redactUrl(splitUrl(flow.request.url).path),
    http_method: flow.request.method,
    method: mcp.method,
    tool: mcp.tool,
    resource: mcp.resource,
    client: mcp.clientName,
    server: mcp.serverName,
    generation: mcp.generation,
    servers: mcp.servers,
    traffic,
    time: new Date(flow.time),
  };
}

/** CEL's matches() would run a pattern that somebody wrote on V8. */
function callsMatches(node: ASTNode | unknown): boolean {
  if (Array.isArray(node)) return node.some(callsMatches);
  if (typeof node !== 'object' || node === null || !('op' in node) || !('args' in node)) return false;
  const { op, args } = node;
  if ((op === 'rcall' || op === 'call') && Array.isArray(args) && args[0] === 'matches') return true;
  return Array.isArray(args) ? args.some(callsMatches) : callsMatches(args);
}

function firstLine(text: string | undefined): string {
  return (text ?? 'is not valid CEL').split('\n')[0]!;
}
