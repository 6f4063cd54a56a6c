// MCP clients that are programs or parts of frameworks: the AI SDK's, the bridge mcp-remote, the Inspector's command line. Each
// connects, lists the tools, calls `echo` where it can, and says what it saw.
//
// As a program (`agent-clients.ts KIND=URL ...`) they are configured by HTTPS_PROXY and a CA file in the environment, as people do.

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createMCPClient } from '@ai-sdk/mcp';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { type ClientReport, failed } from './mcp-clients.ts';

const execute = promisify(execFile);
const WAIT = { timeout: 30_000 };
const ECHO = { message: 'hello' };

/** The AI SDK's client over streamable HTTP. */
export async function aiSdk(url: string): Promise<ClientReport> {
  const client = await createMCPClient({ transport: { type: 'http', url }, clientName: 'ai-sdk-agent' });
  try {
    const { echo } = await client.tools();
    const answer = await echo?.execute?.(ECHO, { toolCallId: 'call-1', messages: [], context: {} });
    const { serverInfo, protocolVersion } = client.initializeResult;
    return report(serverInfo.name, protocolVersion, answer);
  } finally {
    await client.close();
  }
}

/** A client that only knows stdio, with mcp-remote as the bridge to HTTP. */
export async function mcpRemote(url: string): Promise<ClientReport> {
  const home = mkdtempSync(join(tmpdir(), 'daylight-mcp-remote-'));
  const bridge = new StdioClientTransport({
    command: process.execPath,
    args: [fileOf('mcp-remote', 'dist/proxy.js'), url, '--enable-proxy', '--transport', 'http-only'],
    env: { ...environment(), HOME: home, MCP_REMOTE_CONFIG_DIR: join(home, 'auth') },
    stderr: 'ignore',
  });
  const client = new Client({ name: 'desktop-app', version: '0.9.0' });
  try {
    await client.connect(bridge, WAIT);
    await client.listTools(undefined, WAIT);
    const { content } = await client.callTool({ name: 'echo', arguments: ECHO }, undefined, WAIT);
    return report(client.getServerVersion()?.name, '', { content });
  } finally {
    await client.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** The Inspector on the command line; it makes one call per run. */
export async function inspector(url: string): Promise<ClientReport> {
  const program = fileOf('@modelcontextprotocol/inspector-cli', 'build/cli.js');
  const ask = async (...method: string[]): Promise<{ tools?: { name: string }[] }> => {
    // It starts `node` by name, and finds its own package.json only from its own folder.
    const env = { ...environment(), PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
    const args = [program, '--cli', url, '--transport', 'http', '--method', ...method];
    const { stdout } = await execute(process.execPath, args, { env, cwd: dirname(program), ...WAIT });
    return JSON.parse(stdout);
  };
  const { tools = [] } = await ask('tools/list');
  if (!tools.some(({ name }) => name === 'echo')) throw new Error('the server has no tool "echo"');
  return report('', '', await ask('tools/call', '--tool-name', 'echo', '--tool-arg', `message=${ECHO.message}`));
}

/** A file of an installed package, also where the package does not export it. */
function fileOf(name: string, path: string): string {
  const [found] = (createRequire(import.meta.url).resolve.paths(name) ?? [])
    .map((folder) => join(folder, name, path))
    .filter((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is not installed`);
  return found;
}

function environment(): Record<string, string> {
  return Object.fromEntries(Object.entries(process.env).filter((each): each is [string, string] => each[1] !== undefined));
}

function report(server: string | undefined, protocol: string | undefined, answer: unknown): ClientReport {
  const content = (answer as { content?: { text?: unknown }[] } | undefined)?.content;
  return { ok: true, server: server ?? '', protocol: protocol ?? '', text: String(content?.[0]?.text ?? '') };
}

const KINDS = { aiSdk, mcpRemote, inspector };
export type AgentKind = keyof typeof KINDS;

if (import.meta.main) {
  const jobs = process.argv.slice(2).map((job) => job.split(/=(.*)/) as [AgentKind, string]);
  const reports = await Promise.all(jobs.map(([kind, url]) => KINDS[kind](url).catch(failed)));
  for (const each of reports) process.stdout.write(`${JSON.stringify(each)}\n`);
  setTimeout(() => process.exit(), 1_000).unref();
}
