// Traffic that resembles MCP and is not: other JSON-RPC protocols, other event streams, documents about MCP, other OAuth.
//
// Where an installed package is a client of the kind (ClickHouse's, `eventsource`, `ws`) it is used; the rest is written by hand after
// the protocol's own documentation, sent by fetch, and marked synthetic.

import type { IncomingMessage, RequestListener, Server } from 'node:http';
import { createClient } from '@clickhouse/client';
import { EventSource } from 'eventsource';
import { WebSocket, WebSocketServer } from 'ws';
import { DIALOGUES, type Dialogue, MCP_CALL } from './dialogues.ts';
import { type Kind, labelAs } from './label.ts';
import type { Recording } from './session.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const kind = (client: string, transport = 'http'): Kind => ({ transport, spec: '-', client, server: 'test/corpus' });

export function lookAlikes(): Recording[] {
  return [...DIALOGUES.map(fromDialogue), clickhouse(), events(), languageServer()];
}

/** Written by hand: what is asked, and what is answered. */
function fromDialogue({ name, origin, sublabel, exchanges }: Dialogue): Recording {
  let at = 0;
  const listener: RequestListener = async (incoming, outgoing) => {
    await bodyOf(incoming);
    const { status = 200, headers = JSON_TYPE, body = '' } = exchanges[at++]?.answer ?? {};
    outgoing.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
  const talk = async (server: string): Promise<void> => {
    for (const { method = 'POST', path, headers = {}, body } of exchanges) {
      const sent = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
      const type = sent === undefined || 'content-type' in headers ? {} : JSON_TYPE;
      const init = { method, headers: { ...type, ...headers }, redirect: 'manual' as const };
      const answer = await fetch(server + path, sent === undefined ? init : { ...init, body: sent });
      await answer.text();
    }
  };
  return { name, origin, listener, talk, label: labelAs('not-mcp', sublabel, kind('fetch of Node 24'), true) };
}

/** A log store is fed messages of MCP, as a team that watches its own servers would. */
function clickhouse(): Recording {
  return {
    name: 'not-mcp/clickhouse-mcp-log',
    origin: 'https://logs.contoso.example',
    listener: async (incoming, outgoing) => {
      const sql = new URL(incoming.url ?? '/', 'http://store').searchParams.get('query') ?? '';
      const asked = `${sql}${await bodyOf(incoming)}`;
      outgoing.writeHead(200, { 'content-type': 'text/plain; charset=UTF-8', 'x-clickhouse-format': 'JSONEachRow' });
      outgoing.end(asked.includes('SELECT') ? `${JSON.stringify({ ...MCP_CALL, at: '2026-11-20' })}\n` : '');
    },
    talk: async (origin) => {
      const client = createClient({ url: origin, database: 'logs' });
      const values = [MCP_CALL, { jsonrpc: '2.0', id: 2, method: 'tools/list' }];
      await client.insert({ table: 'mcp_messages', values, format: 'JSONEachRow' });
      const found = await client.query({ query: 'SELECT * FROM mcp_messages', format: 'JSONEachRow' });
      await found.json();
      await client.close();
    },
    label: labelAs('not-mcp', 'document-store', kind('@clickhouse/client 1.23.1')),
  };
}

/** A chat whose event stream is called /sse, has an event `endpoint`, and takes messages at /messages. */
function events(): Recording {
  return {
    name: 'not-mcp/chat-events',
    origin: 'https://chat.contoso.example',
    listener: async (incoming, outgoing) => {
      if (incoming.method === 'POST') {
        await bodyOf(incoming);
        return void outgoing.writeHead(202, { 'content-type': 'text/plain' }).end('Accepted');
      }
      outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
      outgoing.write('event: welcome\ndata: {"room":7}\n\n');
      outgoing.write('event: endpoint\ndata: {"healthy":true}\n\n');
      outgoing.write('data: {"from":"ann","text":"tools/list works again"}\n\n');
    },
    talk: async (origin) => {
      const source = new EventSource(`${origin}/sse`);
      await new Promise((resolve, reject) => {
        source.onmessage = resolve;
        source.onerror = reject;
      });
      const body = JSON.stringify({ room: 7, text: 'thanks' });
      await fetch(`${origin}/messages?room=7`, { method: 'POST', headers: JSON_TYPE, body });
      source.close();
    },
    label: labelAs('not-mcp', 'sse-chat', kind('eventsource 3, fetch of Node 24')),
  };
}

/** An editor in a browser with a language server behind a WebSocket. */
function languageServer(): Recording {
  return {
    name: 'not-mcp/lsp-websocket',
    origin: 'https://editor.contoso.example',
    listener: (_incoming, outgoing) => void outgoing.writeHead(426).end(),
    prepare: (server: Server) => {
      new WebSocketServer({ server }).on('connection', (socket) => {
        socket.on('message', (data) => {
          const { id, method } = JSON.parse(String(data)) as { id?: number; method: string };
          const result =
            method === 'initialize'
              ? { capabilities: { hoverProvider: true }, serverInfo: { name: 'rust-analyzer' } }
              : { contents: 'fn' };
          if (id !== undefined) socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
        });
      });
    },
    talk: async (origin) => {
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/lsp`);
      const next = (event: string) => new Promise((resolve) => socket.once(event, resolve));
      await next('open');
      const tell = (message: object) => socket.send(JSON.stringify({ jsonrpc: '2.0', ...message }));
      const clientInfo = { name: 'editor', version: '1.0' };
      tell({ id: 1, method: 'initialize', params: { processId: null, rootUri: 'file:///src', capabilities: {}, clientInfo } });
      await next('message');
      tell({ method: 'initialized', params: {} });
      const textDocument = { uri: 'file:///src/main.rs' };
      tell({ id: 2, method: 'textDocument/hover', params: { textDocument, position: { line: 3, character: 8 } } });
      await next('message');
      socket.close();
      await next('close');
    },
    label: labelAs('not-mcp', 'lsp', kind('ws 8.23.0', 'websocket'), true),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  return Buffer.concat(await incoming.toArray()).toString();
}
