// A WebSocket through the proxy: handshake by HTTP/1.1, then frames in both directions, judged message by message
// (websocket-join.ts).
//
// A block by policy ends both sides with close code 1008 (RFC 6455 7.4.1). Extensions are not negotiated: a compressed frame could
// not be read as it passes. A server that does not change protocols is treated as if it had not been asked to.

import type { Duplex } from 'node:stream';
import type { Phase } from '../engine/flow.ts';
import type { Disposition, Verdict } from '../engine/verdict.ts';
import { DaylightError } from '../errors.ts';
import { Brake } from './brake.ts';
import type { Origin } from './dial.ts';
import { type Answer, answerBlocked, answerFailed } from './enforce.ts';
import { endToEnd } from './hop-headers.ts';
import { formatFields, type RequestHead } from './http1-head.ts';
import type { Http1Connection } from './http1-server.ts';
import type { Http1Upstream } from './http1-upstream.ts';
import { Inspection } from './inspection.ts';
import type { Tunnel } from './open-flow.ts';
import { ResponsePassage } from './response-passage.ts';
import type { ProxyServices } from './services.ts';
import type { BodyLength, ClientStream, ProxyRequest, ResponseSink } from './stream.ts';
import { closeFrame } from './websocket-frames.ts';
import { WebSocketJoin } from './websocket-join.ts';

const EXTENSIONS = new Set(['sec-websocket-extensions']);
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
  client.once('close', () => session.leave());
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
  /** An answer that is no handshake. */
  #passage: ResponsePassage | undefined;
  #join: WebSocketJoin | undefined;
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
    this.#block(this.#inspection.verdict);
    return false;
  }

  #block(verdict: Verdict): void {
    const { config, askLink } = this.#options.services;
    this.#refuse(answerBlocked(this.#inspection.flow, verdict, config.contact, askLink), 'blocked');
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

  responseHead(status: number, reason: string, headers: string[], body: BodyLength): void {
    this.#inspection.answered(status, headers);
    if (status !== 101) {
      this.#passage = this.#openPassage();
      this.#passage.head(status, reason, headers, body);
      return;
    }
    if (!this.mayShake('response-headers')) return;
    const kept = endToEnd(headers, EXTENSIONS).headers;
    this.#client.write(
      `HTTP/1.1 101 ${reason}\r\n${formatFields(kept)}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      'latin1',
    );
    this.#begin();
  }

  #openPassage(): ResponsePassage {
    const client = this.#client;
    const brake = new Brake((stop) => (stop ? this.#upstream?.pauseResponse() : this.#upstream?.resumeResponse()));
    client.on('drain', () => brake.release('receiver'));
    const stream: Pick<ClientStream, 'respond' | 'write' | 'flush'> = {
      respond: (status, reason, headers) =>
        client.write(`HTTP/1.1 ${status} ${reason}\r\n${formatFields(headers)}Connection: close\r\n\r\n`, 'latin1'),
      write: (chunk) => client.write(chunk),
      flush: () => {},
    };
    const cut = (): void => {
      this.end('blocked');
      this.#upstream?.abort();
      client.destroy();
    };
    const block = (verdict: Verdict): void => {
      if (this.#passage?.started) cut();
      else this.#block(verdict);
    };
    return new ResponsePassage({
      ...{ services: this.#options.services, inspection: this.#inspection, client: stream, brake, block, cut },
      mayPass: (judge) => {
        if (this.#over) return false;
        if (judge()) return true;
        block(this.#inspection.verdict);
        return false;
      },
      finish: () => {
        this.end();
        client.end();
      },
    });
  }

  responseData(chunk: Buffer): void {
    if (this.#over) return;
    this.#inspection.down += chunk.length;
    this.#passage?.data(chunk);
  }

  responseEnd(trailers: readonly string[]): void {
    if (!this.#over) this.#passage?.end(trailers);
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
    if (this.#passage?.started || this.#join) {
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

  #begin(): void {
    const upstream = this.#upstream!;
    const rest = upstream.detach();
    this.#client.off('data', this.#onEarly).off('end', this.#onEarlyEnd);
    this.#join = new WebSocketJoin({
      services: this.#options.services,
      inspection: this.#inspection,
      client: this.#client,
      server: upstream.socket,
      block: () => {
        const { flow, verdict } = this.#inspection;
        const rule = verdict.matches[0]?.title ?? verdict.traffic;
        this.#close(POLICY_VIOLATION, `Blocked by Daylight: ${rule}. Event ${flow.id}`, 'blocked');
      },
      fail: ({ message }) => {
        this.#inspection.error = message;
        this.#close(PROTOCOL_ERROR, message, 'failed');
      },
    });
    this.#join.start({ client: this.#early, server: rest.length > 0 ? [rest] : [] });
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

  /** The client has gone; what it said before that still passes. */
  leave(): void {
    if (this.#join) this.#join.drain(() => this.end());
    else this.end();
  }

  /** Writes the event, once. */
  end(disposition?: Disposition): void {
    if (this.#over) return;
    this.#over = true;
    this.#passage?.close();
    this.#join?.close();
    if (!this.#join) this.#upstream?.abort();
    this.#inspection.record(disposition);
  }
}
