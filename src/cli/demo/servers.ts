// The servers of the demo: two MCP servers that nobody approved and a harmless API, each behind TLS with a certificate of a
// throwaway authority, on free loopback ports. Names below `.localhost` always lead here (RFC 6761), so nothing is looked up.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, type RequestListener, request, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecureContext } from 'node:tls';

export interface DemoServers {
  /** The public everything server of the MCP project, SDK 1.x. */
  everything: string;
  /** A small server of SDK 2.x that speaks the stateless revision. */
  notes: string;
  api: string;
  lsp: string;
  stop(): Promise<void>;
}

/** Starts all of them. `contextFor` has a certificate for a host name. */
export async function startServers(contextFor: (host: string) => Promise<SecureContext>): Promise<DemoServers> {
  const everything = await startEverything();
  try {
    const [first, second, third] = await Promise.all([
      listen('everything.localhost', contextFor, forwardTo(everything.port)),
      listen('notes.localhost', contextFor, await notesServer()),
      listen('api.localhost', contextFor, answer),
    ]);
    return {
      everything: `${first.origin}/mcp`,
      notes: `${second.origin}/mcp`,
      api: `${third.origin}/v1/orders`,
      lsp: `${third.origin}/lsp`,
      async stop() {
        for (const { server } of [first, second, third]) {
          server.close();
          server.closeAllConnections();
        }
        await everything.stop();
      },
    };
  } catch (error) {
    await everything.stop();
    throw error;
  }
}

async function listen(
  host: string,
  contextFor: (host: string) => Promise<SecureContext>,
  listener: RequestListener,
): Promise<{ origin: string; server: Server }> {
  const context = await contextFor(host);
  const server = createServer({ SNICallback: (_name, done) => done(null, context) }, listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { origin: `https://${host}:${(server.address() as AddressInfo).port}`, server };
}

/** The everything server, as its package runs it: a process that listens for plain HTTP. It ends with this process. */
async function startEverything(): Promise<{ port: number; stop(): Promise<void> }> {
  const packageFile = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json');
  const port = await freePort();
  const child = fork(join(dirname(packageFile), 'dist/index.js'), ['streamableHttp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, PORT: String(port) },
    execArgv: ['--import', `data:text/javascript,process.once('disconnect',()=>process.exit())`],
  });
  const stop = () => end(child);
  const giveUp = Date.now() + 15_000;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > giveUp) {
      await stop();
      throw new Error(`the everything server did not start (exit status ${child.exitCode})`);
    }
    await sleep(50);
  }
  return { port, stop };
}

/** Ends a child process: asks it to (SIGTERM unless told otherwise), and uses force after `patience` milliseconds. */
export async function end(child: ChildProcess, patience = 3_000, ask: () => void = () => child.kill('SIGTERM')): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  ask();
  const force = setTimeout(() => child.kill('SIGKILL'), patience);
  await gone;
  clearTimeout(force);
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/mcp`, { signal: AbortSignal.timeout(1_000) }).then(
    () => true,
    () => false,
  );
}

/** TLS in front of a plain server. */
function forwardTo(port: number): RequestListener {
  return (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, url: path, headers } = incoming;
    const onward = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      outgoing.writeHead(response.statusCode ?? 502, response.headers);
      outgoing.flushHeaders();
      response.pipe(outgoing);
    });
    outgoing.on('close', () => onward.destroy());
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  };
}

async function notesServer(): Promise<RequestListener> {
  const { McpServer, createMcpHandler } = await import('@modelcontextprotocol/server');
  const { toNodeHandler } = await import('@modelcontextprotocol/node');
  const { z } = await import('zod');
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'team-notes', version: '2.3.0' });
    server.registerTool(
      'search_notes',
      { description: 'Search the notes of the team', inputSchema: z.object({ query: z.string() }) },
      async ({ query }) => ({ content: [{ type: 'text', text: `3 notes mention "${query}"` }] }),
    );
    return server;
  });
  const handle = toNodeHandler(handler);
  return (incoming, outgoing) => void handle(incoming as Parameters<typeof handle>[0], outgoing);
}

/** The harmless side: an order API and a language server behind HTTP. */
function answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  const hover = { jsonrpc: '2.0', id: 1, result: { contents: 'fn main()' } };
  const body = incoming.url === '/lsp' ? hover : { orders: [{ id: 1, status: 'shipped' }] };
  outgoing.writeHead(200, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify(body));
}
