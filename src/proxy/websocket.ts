// A WebSocket through the proxy: handshake by HTTP/1.1, then frames in both directions, judged message by message.
//
// Bytes are forwarded as they came once the messages that end in them have been judged, so the last bytes of a message that
// is blocked never leave. A block ends both sides with close code 1008 (RFC 6455 7.4.1). Extensions are not negotiated: a
// compressed frame could not be read as it passes.

import type { Duplex } from 'node:stream';
import type { Phase } from '../engine/flow.ts';
import type { Disposition } from '../engine/verdict.ts';
import { DaylightError } from '../errors.ts';
import type { Origin } from './dial.ts';
import { type Answer, answerBlocked, answerFailed } from './enforce.ts';
import { endToEnd } from './hop-headers.ts';
import { formatFields, headerValue, type RequestHead } from './http1-head.ts';
import type { Http1Connection } from './http1-server.ts';
import type { Http1Upstream } from './http1-upstream.ts';
import { Inspection } from './inspection.ts';
import type { Tunnel } from './open-flow.ts';
import type { ProxyServices } from './services.ts';
import { isEventStream, SseGate } from './sse-gate.ts';
import type { ProxyRequest, ResponseSink } from './stream.ts';
import { closeFrame, FrameReader } from './websocket-frames.ts';

const EXTENSIONS = new Set(['sec-websocket-extensions']);
const MESSAGES_JUDGED = 1000;
const POLICY_VIOLATION = 1008;
const PROTOCOL_ERROR = 1002;

export interface WebSocketOptions {
  services: ProxyServices;
  tunnel: Tunnel;
  origin: Origin;
  connection: Http1Connection;
  head: RequestHead;
  request: ProxyRequest;
}

export async function serveWebSocket(options: WebSocketOptions): Promise<void> {
  const { services, connection } = options;
  const client = connection.socket;
  const early = connection.detach();
  const session = new WebSocketSession(options);
  client.on('error', () => {});
  client.once('close', () => session.end());
  client.on('timeout', () => session.expire());
  client.setTimeout(services.config.proxy.timeouts.request);
  session.listen(early);
  if (!session.mayShake()) return;
  try {
    const upstream = await services.upstreams.dialHttp1({ ...options.origin, alpn: ['http/1.1'] }, session);
    session.shake(upstream);
  } catch (error) {
    session.upstreamFailed(error instanceof DaylightError ? error : new DaylightError('ERR_UPSTREAM_CONNECT', String(error)));
  }
}

class WebSocketSession implements ResponseSink {
  #options: WebSocketOptions;
  #inspection: Inspection;
  #client: Duplex;
  #upstream: Http1Upstream | undefined;
  #early: Buffer[] = [];
  #events: SseGate | undefined;
  #answered = false;
  #joined = false;
  #over = false;

  constructor(options: WebSocketOptions) {
    this.#options = options;
    this.#inspection = new Inspection(options.services, options.tunnel, options.request);
    this.#client = options.connection.socket;
  }

  /** Keeps what the client says before it is answered, and sees it leave. */
  listen(early: Buffer): void {
    if (early.length > 0) this.#early.push(early);
    this.#client.on('data', this.#onEarly);
    this.#client.on('end', this.#onEarlyEnd);
    this.#client.resume();
  }

  #onEarly = (chunk: Buffer): void => {
    this.#early.push(chunk);
    this.#client.pause();
  };

  #onEarlyEnd = (): void => {
    this.#inspection.error ||= 'The client closed the connection before the response was complete';
    this.end('failed');
    this.#client.end();
  };

  /** Judges the handshake; a block is answered. */
  mayShake(phase: Phase = 'request-headers'): boolean {
    if (this.#inspection.mayPass(phase)) return true;
    const { flow, verdict } = this.#inspection;
    this.#refuse(answerBlocked(flow, verdict, this.#options.services.config.contact), 'blocked');
    return false;
  }

  /** Sends the handshake to the server. */
  shake(upstream: Http1Upstream): void {
    if (this.#over) {
      upstream.abort();
      return;
    }
    this.#upstream = upstream;
    this.#options.tunnel.server.address ||= upstream.address;
    const { head, request } = this.#options;
    const { headers } = endToEnd(head.headers, EXTENSIONS);
    upstream.sendRaw(
      'GET',
      `GET ${request.path} HTTP/1.1\r\n${formatFields(headers)}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
    );
  }

  responseInformation(): void {}

  responseHead(status: number, reason: string, headers: string[]): void {
    this.#inspection.answered(status, headers);
    if (!this.mayShake('response-headers')) return;
    this.#answered = true;
    const kept = endToEnd(headers, EXTENSIONS).headers;
    const hop = status === 101 ? 'Connection: Upgrade\r\nUpgrade: websocket\r\n' : 'Connection: close\r\n';
    this.#client.write(`HTTP/1.1 ${status} ${reason}\r\n${formatFields(kept)}${hop}\r\n`, 'latin1');
    if (status === 101) {
      this.#join();
      return;
    }
    // The server did not change protocols. What it says instead is judged as it would be without the Upgrade.
    this.#client.on('drain', () => this.#upstream?.resumeResponse());
    if (!isEventStream(headers)) return;
    this.#events = new SseGate({
      coding: headerValue(headers, 'content-encoding'),
      judge: ({ event, data, index }) =>
        this.#inspection.messageMayPass({ direction: 'response', via: 'sse', event, text: data, index }),
      forward: (chunk) => this.#write(chunk),
      cut: () => {
        this.end('blocked');
        this.#upstream?.abort();
        this.#client.destroy();
      },
    });
  }

  responseData(chunk: Buffer): void {
    if (this.#over) return;
    this.#inspection.down += chunk.length;
    if (this.#events) this.#events.data(chunk);
    else this.#write(chunk);
  }

  #write(chunk: Buffer): void {
    if (!this.#client.write(chunk)) this.#upstream?.pauseResponse();
  }

  responseEnd(): void {
    this.end();
    this.#client.end();
  }

  /** Nothing has passed for too long. */
  expire(): void {
    if (!this.#over) this.#inspection.error = 'ERR_TIMEOUT: Nothing passed for too long';
    this.end('failed');
    this.#client.destroy();
  }

  responseFlush(): void {}
  upstreamDrain(): void {}

  upstreamFailed(error: DaylightError): void {
    this.#inspection.error = `${error.code}: ${error.message}`;
    if (this.#answered) {
      this.end('failed');
      this.#client.destroy();
    } else {
      const { flow, verdict } = this.#inspection;
      this.#refuse(answerFailed(flow, verdict.mcp, error), 'failed');
    }
  }

  /** Answers the handshake with an error. */
  #refuse(answer: Answer, disposition: Disposition): void {
    if (this.#over) return;
    this.#inspection.flow.response ??= { status: answer.status, headers: {} };
    this.end(disposition);
    this.#client.write(
      `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${formatFields(answer.headers)}Connection: close\r\n\r\n`,
      'latin1',
    );
    this.#client.end(answer.body);
    this.#client.resume();
  }

  #join(): void {
    const upstream = this.#upstream!;
    this.#joined = true;
    const rest = upstream.detach();
    const server = upstream.socket;
    const readers = { client: this.#reader('client'), server: this.#reader('server') };
    this.#client.off('data', this.#onEarly).off('end', this.#onEarlyEnd);
    const forward = (from: Duplex, to: Duplex, side: 'client' | 'server', first: readonly Buffer[]): void => {
      const pass = (chunk: Buffer): void => {
        if (this.#over) return;
        if (side === 'client') this.#inspection.up += chunk.length;
        else this.#inspection.down += chunk.length;
        if (!this.#inspect(readers[side], chunk)) return;
        if (!to.write(chunk)) from.pause();
      };
      from.on('data', pass);
      to.on('drain', () => from.resume());
      from.on('end', () => to.end());
      // What is still on its way out goes out first.
      from.on('close', () => to.end(() => to.destroy()));
      from.on('error', () => {});
      for (const chunk of first) pass(chunk);
      from.resume();
    };
    forward(server, this.#client, 'server', rest.length > 0 ? [rest] : []);
    forward(this.#client, server, 'client', this.#early);
  }

  #reader(side: 'client' | 'server'): FrameReader {
    let index = 0;
    return new FrameReader(side, this.#options.services.config.proxy.inspect.prefix, ({ text }) => {
      if (index >= MESSAGES_JUDGED || this.#over) return;
      const direction = side === 'client' ? 'request' : 'response';
      const inspection = this.#inspection;
      if (inspection.messageMayPass({ direction, via: 'websocket', event: '', text, index: index++ })) return;
      const { flow, verdict } = inspection;
      const rule = verdict.matches[0]?.title ?? verdict.traffic;
      this.#close(POLICY_VIOLATION, `Blocked by Daylight: ${rule}. Event ${flow.id}`, 'blocked');
    });
  }

  /** @returns whether the chunk may pass. */
  #inspect(reader: FrameReader, chunk: Buffer): boolean {
    try {
      reader.push(chunk);
    } catch (error) {
      this.#inspection.error = (error as Error).message;
      this.#close(PROTOCOL_ERROR, this.#inspection.error, 'failed');
    }
    return !this.#over;
  }

  #close(code: number, reason: string, disposition: Disposition): void {
    if (this.#over) return;
    this.end(disposition);
    this.#client.end(closeFrame(code, reason, false));
    this.#upstream?.socket.end(closeFrame(code, reason, true));
    // Both were told; whoever does not end by itself is ended.
    setTimeout(() => {
      this.#client.destroy();
      this.#upstream?.abort();
    }, 2000).unref();
  }

  /** Writes the event, once. */
  end(disposition?: Disposition): void {
    if (this.#over) return;
    this.#over = true;
    this.#events?.close();
    if (!this.#joined) this.#upstream?.abort();
    this.#inspection.record(disposition);
  }
}
