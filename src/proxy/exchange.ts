// One request and its answer, from the first header to the stored event. Knows no protocol details: codecs sit on both sides.
//
//   request head   -> judge -> (body) gate -> judge -> upstream
//   response head  -> judge -> gate, event stream or plain stream -> judge -> client
//   end            -> event
//
// A block found before the request has left is answered in its place; found in the answer, the answer is replaced if its head
// is still here, else the stream is cut. The action only ever rises; the event is written once, when the exchange is over.

import { type FlowOutcome, toEvent } from '../engine/event.ts';
import type { Body, Flow, Phase } from '../engine/flow.ts';
import { learn } from '../engine/learn.ts';
import type { Disposition, Verdict } from '../engine/verdict.ts';
import { DaylightError } from '../errors.ts';
import { BodyGate } from './body-gate.ts';
import { type Answer, answerBlocked, answerFailed } from './enforce.ts';
import { endToEnd } from './hop-headers.ts';
import { headerValue } from './http1-head.ts';
import { judge } from './judge.ts';
import { flowHeaders, openFlow, type Tunnel } from './open-flow.ts';
import type { ProxyServices } from './services.ts';
import { SseGate } from './sse-gate.ts';
import type { BodyLength, ClientStream, ProxyRequest, RequestSink, ResponseSink, UpstreamStream } from './stream.ts';
import type { Acquire } from './upstreams.ts';
import { uuidv7 } from './uuid.ts';

/** A request whose body has not begun after this many milliseconds may be waiting for the server's first word. */
const EAGER_HEAD_MS = 20;
/** Authentication that belongs to the connection, not to the request (RFC 4559, MS-NTHT). */
const CONNECTION_BOUND = /(^|[\s,])(NTLM|Negotiate)(\s|,|$)/i;
const EXPECT = new Set(['expect']);
const NO_RPC = { requests: [], batch: false };

export interface ExchangeOptions {
  services: ProxyServices;
  tunnel: Tunnel;
  client: ClientStream;
  request: ProxyRequest;
  /** Gets a stream to the server that the tunnel leads to. */
  acquire: Acquire;
}

export class Exchange implements RequestSink, ResponseSink {
  readonly flow: Flow;
  verdict: Verdict | undefined;

  #options: ExchangeOptions;
  #requestGate: BodyGate | undefined;
  #responseGate: BodyGate | undefined;
  #sse: SseGate | undefined;
  #upstream: UpstreamStream | undefined;
  #acquiring = false;
  #retried = false;
  #outbox: Buffer[] = [];
  #outboxEnd: readonly string[] | undefined;
  #eager: NodeJS.Timeout | undefined;
  #responseStarted = false;
  #over = false;
  #requestBytes = 0;
  #responseBytes = 0;
  #ttfb = 0;
  #error = '';

  constructor(options: ExchangeOptions) {
    this.#options = options;
    const { services, tunnel, request } = options;
    const now = services.now();
    this.flow = openFlow(tunnel, request, uuidv7(now), now);
    const learned = services.memory.lookup(this.flow.request.url, now);
    if (learned) this.flow.learned = learned;
  }

  /** Judges the head and starts. Call once, when the codec is ready for the answer. */
  start(): void {
    const { request, client, services } = this.#options;
    this.#judge('request-headers');
    const blocked = this.verdict?.action === 'block';
    if (/^100-continue$/i.test(headerValue(request.headers, 'expect'))) client.inform(100, []);
    if (request.body.kind === 'none') {
      if (blocked) this.#answerBlocked();
      else this.#connect();
      return;
    }
    this.#requestGate = new BodyGate({
      coding: headerValue(request.headers, 'content-encoding'),
      prefix: services.config.proxy.inspect.prefix,
      sniffed: (mayBeJson) => {
        if (!mayBeJson && blocked) this.#answerBlocked();
        return mayBeJson || !blocked;
      },
      judge: (body) => this.#judgeRequest(body),
      forward: (chunk) => this.#sendBody(chunk),
      finish: (trailers) => this.#sendEnd(trailers),
    });
    this.#requestGate.onLate = () => this.#upstream?.flush();
    // gRPC and its kin wait for the server's head before they send: never hold the head back (the body is still sniffed).
    if (!blocked && /^application\/(grpc|connect\+)/i.test(headerValue(request.headers, 'content-type'))) this.#connect();
  }

  /** Answers with an error instead of starting: the request must not leave. */
  refuse(error: DaylightError): void {
    this.#judge('request-headers');
    const { body } = this.#options.request;
    if (body.kind === 'none') {
      this.fail(error);
      return;
    }
    // The body is read first, so that the error can carry the ids of the JSON-RPC requests in it.
    const conclude = (): boolean => {
      this.fail(error);
      return false;
    };
    this.#requestGate = new BodyGate({
      coding: headerValue(this.#options.request.headers, 'content-encoding'),
      prefix: this.#options.services.config.proxy.inspect.prefix,
      sniffed: (mayBeJson) => mayBeJson || conclude(),
      judge: (content) => {
        this.flow.request.body = content;
        this.#judge('request-body');
        return conclude();
      },
      forward: () => {},
      finish: () => {},
    });
  }

  // ---- what the client's codec says

  requestData(chunk: Buffer): void {
    this.#requestBytes += chunk.length;
    this.#requestGate?.data(chunk);
  }

  requestEnd(trailers: readonly string[]): void {
    clearTimeout(this.#eager);
    if (this.#requestGate) this.#requestGate.end(trailers);
    else if (this.#upstream) this.#upstream.end(trailers);
    else this.#outboxEnd = trailers;
  }

  requestFlush(): void {
    if (this.#over) return;
    this.#upstream?.flush();
    const gate = this.#requestGate;
    if (gate && !gate.started && !this.#eager && !this.#acquiring && !this.#upstream && this.verdict?.action !== 'block') {
      this.#eager = setTimeout(() => this.#connect(), EAGER_HEAD_MS);
    }
  }

  clientDrain(): void {
    this.#upstream?.resumeResponse();
  }

  clientGone(error?: DaylightError): void {
    if (this.#over) return;
    if (!this.#responseStarted || !this.#sse)
      this.#error = error?.message ?? 'The client closed the connection before the response was complete';
    this.#upstream?.abort();
    this.#finish(this.#responseStarted ? undefined : 'failed');
  }

  // ---- what the server's codec says

  responseInformation(status: number, headers: readonly string[]): void {
    // Daylight has answered Expect itself; a second 100 would confuse the client.
    if (!this.#over && status !== 100) this.#options.client.inform(status, headers);
  }

  responseHead(status: number, reason: string, headers: string[], body: BodyLength): void {
    if (this.#over) return;
    const { services, client } = this.#options;
    this.#ttfb = services.now() - this.flow.time;
    this.flow.response = { status, headers: flowHeaders(headers) };
    if (CONNECTION_BOUND.test(this.flow.response.headers['www-authenticate'] ?? this.flow.request.headers.authorization ?? '')) {
      this.#upstream?.pin?.();
    }
    this.#judge('response-headers');
    if (this.verdict?.action === 'block') {
      this.#answerBlocked();
      return;
    }
    const kept = endToEnd(headers).headers;
    const respond = () => {
      this.#responseStarted = true;
      client.respond(status, reason, kept, body);
    };
    if (body.kind === 'none') {
      respond();
      return;
    }
    const coding = headerValue(headers, 'content-encoding');
    if (/^text\/event-stream/i.test(headerValue(headers, 'content-type'))) {
      respond();
      this.#sse = new SseGate({
        coding,
        judge: (event) => this.#judgeMessage(event.event, event.data, event.index),
        forward: (chunk) => this.#writeResponse(chunk),
        cut: () => this.#cut(),
      });
    } else if (this.#options.request.method === 'POST' && (this.verdict?.mcp.requests.length ?? 0) > 0) {
      this.#responseGate = new BodyGate({
        coding,
        prefix: services.config.proxy.inspect.prefix,
        judge: (answer) => this.#judgeResponse(answer),
        forward: (chunk) => {
          if (!this.#responseStarted) respond();
          this.#writeResponse(chunk);
        },
        finish: (trailers) => {
          if (!this.#responseStarted) respond();
          this.#endResponse(trailers);
        },
      });
      this.#responseGate.onLate = () => client.flush();
    } else {
      respond();
    }
  }

  responseData(chunk: Buffer): void {
    if (this.#over) return;
    this.#responseBytes += chunk.length;
    if (this.#responseGate) this.#responseGate.data(chunk);
    else if (this.#sse) this.#sse.data(chunk);
    else this.#writeResponse(chunk);
  }

  responseEnd(trailers: readonly string[]): void {
    if (this.#over) return;
    if (this.#responseGate) this.#responseGate.end(trailers);
    else this.#endResponse(trailers);
  }

  responseFlush(): void {
    if (!this.#over) this.#options.client.flush();
  }

  upstreamDrain(): void {
    this.#options.client.resumeRequest();
  }

  upstreamFailed(error: DaylightError, retryable: boolean): void {
    if (this.#over) return;
    this.#upstream = undefined;
    if (retryable && !this.#retried && this.#mayRetry()) {
      this.#retried = true;
      this.#connect();
      return;
    }
    this.fail(error);
  }

  /** Ends the exchange with an error page, or breaks it off if an answer is under way. */
  fail(error: DaylightError): void {
    if (this.#over) return;
    this.#error = `${error.code}: ${error.message}`;
    this.#upstream?.abort();
    if (this.#responseStarted) {
      this.#finish(undefined);
      this.#options.client.reset();
      return;
    }
    this.#answer(answerFailed(this.flow, this.verdict?.mcp ?? NO_RPC, error), 'failed');
  }

  // ---- towards the server

  #connect(): void {
    if (this.#over || this.#acquiring || this.#upstream) return;
    clearTimeout(this.#eager);
    this.#acquiring = true;
    const { acquire, request } = this.#options;
    acquire(this, this.#retried, (stream, error) => {
      this.#acquiring = false;
      if (!stream) {
        this.fail(error ?? new DaylightError('ERR_UPSTREAM_CONNECT', 'No connection to the server'));
        return;
      }
      if (this.#over) {
        stream.abort();
        return;
      }
      this.#upstream = stream;
      const { headers, trailers } = endToEnd(request.headers, EXPECT);
      // The server is told that trailers are read: towards it, we are the client (RFC 9110 6.5.1).
      if (trailers) headers.push('TE', 'trailers', 'Connection', 'TE');
      stream.send(request, headers);
      const outbox = this.#outbox;
      this.#outbox = [];
      for (const chunk of outbox) stream.write(chunk);
      if (this.#outboxEnd || request.body.kind === 'none') stream.end(this.#outboxEnd ?? []);
      else stream.flush();
      if (outbox.length > 0) this.#options.client.resumeRequest();
    });
  }

  #sendBody(chunk: Buffer): void {
    if (this.#upstream) {
      if (!this.#upstream.write(chunk)) this.#options.client.pauseRequest();
      return;
    }
    this.#outbox.push(chunk);
    this.#connect();
    // Not connected yet: what follows waits on the client's side.
    if (!this.#upstream && this.#outboxEnd === undefined) this.#options.client.pauseRequest();
  }

  #sendEnd(trailers: readonly string[]): void {
    if (this.#upstream) {
      this.#upstream.end(trailers);
      return;
    }
    this.#outboxEnd = trailers;
    this.#connect();
  }

  /** Only what may be repeated without harm, and only if nothing of a body was sent (RFC 9112 9.3.1). */
  #mayRetry(): boolean {
    const { request } = this.#options;
    return !this.#responseStarted && request.body.kind === 'none' && /^(GET|HEAD|OPTIONS|PUT|DELETE|TRACE)$/.test(request.method);
  }

  // ---- towards the client

  #writeResponse(chunk: Buffer): void {
    if (!this.#options.client.write(chunk)) this.#upstream?.pauseResponse();
  }

  #endResponse(trailers: readonly string[]): void {
    if (this.#over) return;
    const { client } = this.#options;
    this.#finish(undefined);
    client.end(trailers);
  }

  #answerBlocked(): void {
    if (this.#over || !this.verdict) return;
    this.#upstream?.abort();
    this.#answer(answerBlocked(this.flow, this.verdict, this.#options.services.config.contact), 'blocked');
  }

  #answer(answer: Answer, disposition: Disposition): void {
    const { client, request } = this.#options;
    this.flow.response ??= { status: answer.status, headers: {} };
    this.#finish(disposition);
    client.respond(answer.status, answer.reason, answer.headers, { kind: 'length', length: answer.body.length });
    if (request.method !== 'HEAD') client.write(answer.body);
    client.end([]);
  }

  /** A stream that is already going to the client shows what policy blocks. */
  #cut(): void {
    this.#upstream?.abort();
    this.#finish('blocked');
    this.#options.client.reset();
  }

  // ---- judgement

  #judge(phase: Phase): void {
    this.flow.phase = phase;
    const { services } = this.#options;
    this.verdict = judge(services, this.flow, this.verdict);
    if (this.verdict.traffic !== 'none') services.memory.remember(learn(this.flow, this.verdict));
  }

  #judgeRequest(body: Body): boolean {
    if (this.#over) return false;
    this.flow.request.body = body;
    this.#judge('request-body');
    if (this.verdict?.action !== 'block') return true;
    this.#answerBlocked();
    return false;
  }

  #judgeResponse(body: Body): boolean {
    if (this.#over || !this.flow.response) return false;
    this.flow.response.body = body;
    this.#judge('response-body');
    if (this.verdict?.action !== 'block') return true;
    if (this.#responseStarted) this.#cut();
    else this.#answerBlocked();
    return false;
  }

  #judgeMessage(event: string, text: string, index: number): boolean {
    if (this.#over) return false;
    this.flow.message = { direction: 'response', via: 'sse', event, text, index };
    this.#judge('message');
    return this.verdict?.action !== 'block';
  }

  #finish(disposition: Disposition | undefined): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#eager);
    this.#requestGate?.close();
    this.#responseGate?.close();
    this.#sse?.close();
    const { services } = this.#options;
    const verdict = this.verdict ?? judge(services, this.flow, undefined);
    const outcome: FlowOutcome = {
      endTime: services.now(),
      requestBytes: this.#requestBytes,
      responseBytes: this.#responseBytes,
      ttfbMs: this.#ttfb,
      disposition: disposition ?? verdict.disposition,
      error: this.#error,
    };
    services.emit(toEvent(this.flow, verdict, outcome, services.origin));
  }
}
