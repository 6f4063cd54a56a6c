// A small, steady load: kept-alive TLS connections through the proxy, one request after the other on each. A connection that
// breaks is replaced by a new one, and so is one that has been used for a while, so that all workers get their share. Each request carries an id of its own, `c<connection>-r<request>`, in its path; every
// fourth is an MCP call that carries it as the name of its tool, so that detections are part of the load.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { openTls } from '../clients/tunnel.ts';

export interface LoadOptions {
  proxyUrl: string;
  /** PEM of the proxy's CA. */
  ca: Buffer;
  /** HOST:PORT of the server. */
  authority: string;
  connections?: number;
  /** Milliseconds between an answer and the next request. */
  pauseMs?: number;
}

export interface LoadConnection {
  number: number;
  /** Ids answered with 200, in order. */
  answered: string[];
  /** Ended by the load because it was used enough (`renewed`) or all is over (`closed`); by the other side (`broken`). */
  state: 'open' | 'renewed' | 'closed' | 'broken';
  /** The id that was under way when it broke, '' if none was. */
  unanswered: string;
}

export interface Load {
  /** All there ever were, oldest first. */
  connections: LoadConnection[];
  /** Answers other than 200, as `id status`. */
  refused: string[];
  open(): LoadConnection[];
  broken(): LoadConnection[];
  /** Ids of all answers. */
  answered(): string[];
  /** Waits until every one of the connections has got an answer to a request that it sent from now on. */
  answeredAgain(patience?: number): Promise<void>;
  /** Lets what is under way finish and closes the connections. */
  stop(): Promise<void>;
}

const ANSWER_MS = 10_000;
const RETRY_MS = 40;
const CALL_EVERY = 4;
const REQUESTS_PER_CONNECTION = 40;

export function startLoad({ proxyUrl, ca, authority, connections: width = 8, pauseMs = 15 }: LoadOptions): Load {
  const connections: LoadConnection[] = [];
  const refused: string[] = [];
  /** Requests answered, by loop. */
  const turns = Array.from({ length: width }, () => ({ started: 0, answered: 0 }));
  let stopped = false;

  async function keepGoing(turn: { started: number; answered: number }): Promise<void> {
    while (!stopped) {
      const socket = await openTls(proxyUrl, authority, { ca }).catch(() => undefined);
      if (!socket) {
        await sleep(RETRY_MS);
        continue;
      }
      const connection: LoadConnection = { number: connections.length, answered: [], state: 'open', unanswered: '' };
      connections.push(connection);
      await use(socket, connection, turn);
      socket.destroy();
    }
  }

  async function use(socket: TLSSocket, connection: LoadConnection, turn: { started: number; answered: number }): Promise<void> {
    for (let request = 1; !stopped && request <= REQUESTS_PER_CONNECTION; request++) {
      const id = `c${connection.number}-r${request}`;
      const round = ++turn.started;
      connection.unanswered = id;
      const status = await ask(socket, requestFor(id, authority)).catch(() => 0);
      if (status === 0) {
        connection.state = 'broken';
        return;
      }
      connection.unanswered = '';
      if (status === 200) connection.answered.push(id);
      else refused.push(`${id} ${status}`);
      turn.answered = round;
      await sleep(pauseMs);
    }
    connection.state = stopped ? 'closed' : 'renewed';
  }

  const running = turns.map(keepGoing);
  return {
    connections,
    refused,
    open: () => connections.filter(({ state }) => state === 'open'),
    broken: () => connections.filter(({ state }) => state === 'broken'),
    answered: () => connections.flatMap(({ answered }) => answered),
    async answeredAgain(patience = 30_000) {
      const before = turns.map(({ started }) => started);
      for (const giveUp = Date.now() + patience; ; await sleep(10)) {
        const waiting = turns.filter(({ answered }, index) => answered <= (before[index] ?? 0)).length;
        if (waiting === 0) return;
        if (Date.now() > giveUp) throw new Error(`${waiting} of ${width} clients got no answer for ${patience} ms`);
      }
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
    },
  };
}

/** What the load talks to: answers calls as an MCP server does, and everything else with a few bytes. */
export function answerLoad(request: IncomingMessage, response: ServerResponse): void {
  const answer = (type: string, body: string): void => void response.writeHead(200, { 'content-type': type }).end(body);
  if (request.method === 'GET') {
    answer('text/plain', `answer to ${request.url}`);
    return;
  }
  let text = '';
  request.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  request.on('end', () => {
    const { id } = JSON.parse(text) as { id: number };
    answer('application/json', JSON.stringify({ jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'done' }] } }));
  });
}

/** The id in a request's target, '' if there is none. */
export function idInTarget(target: string): string {
  return /c\d+-r\d+$/.exec(target)?.[0] ?? '';
}

/** The id that a request's event carries, '' if it is none of the load's. As SQL: LOAD_ID. */
export function loadIdOf(event: { path?: string; mcp_tool?: string }): string {
  return /^c\d+-r\d+$/.exec(event.mcp_tool || (event.path ?? '').slice(1))?.[0] ?? '';
}

export const LOAD_ID = "extract(if(mcp_tool != '', mcp_tool, substring(path, 2)), '^(c[0-9]+-r[0-9]+)$')";

/** Whether the request of this id is an MCP call. Calls and benign requests go through different lanes of the spool. */
export function isCall(id: string): boolean {
  return Number(id.slice(id.indexOf('r') + 1)) % CALL_EVERY === 0;
}

function requestFor(id: string, authority: string): string {
  if (!isCall(id)) return `GET /${id} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`;
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: id, arguments: {} } });
  const fields = [
    `Host: ${authority}`,
    'Content-Type: application/json',
    'Accept: application/json, text/event-stream',
    'MCP-Protocol-Version: 2025-06-18',
    `Content-Length: ${body.length}`,
  ];
  return `POST /mcp?call=${id} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n${body}`;
}

/** Sends one request and reads its answer whole. @returns the status @throws Error if the connection ends before */
function ask(socket: TLSSocket, request: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      settle();
    };
    const onEnd = (): void => finish(() => reject(new Error(`the connection ended after ${JSON.stringify(seen)}`)));
    const onData = (chunk: Buffer): void => {
      seen += chunk.toString('latin1');
      const head = seen.indexOf('\r\n\r\n');
      if (head < 0) return;
      const fields = seen.slice(0, head + 2);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(fields)?.[1] ?? -1);
      const body = seen.slice(head + 4);
      const whole = length >= 0 ? body.length >= length : body.endsWith('0\r\n\r\n');
      if (whole) finish(() => resolve(Number(seen.split(' ')[1])));
    };
    const timer = setTimeout(onEnd, ANSWER_MS);
    socket.on('data', onData).on('end', onEnd).on('close', onEnd);
    if (socket.destroyed || socket.readableEnded) onEnd();
    else socket.write(request);
  });
}
