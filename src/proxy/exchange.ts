// One request and its answer, from the first header to the stored event. Knows no protocol details: codecs sit on both sides.
//
//   request    head and body judged (body-gate.ts holds it), read where DLP asks for it, then sent (request-sender.ts)
//   response   judged, read and passed on (response-passage.ts)
//   end        event
//
// A head is judged together with its body where the body may be JSON: once, and the answer to a block can name the ids in it.
// A block found before the request has left is answered in its place; found in the answer, the answer is replaced if its head
// is still here, else the stream is cut. The action only ever rises; the event is written once, when the exchange is over.

import type { Disposition, Verdict } from '../engine/verdict.ts';
import type { DaylightError } from '../errors.ts';
import { withoutHttp3 } from './alt-svc.ts';
import { BodyGate, type GateOptions } from './body-gate.ts';
import { Brake } from './brake.ts';
import { type Answer, answerBlocked, answerFailed, blockedEvents } from './enforce.ts';
import { endToEnd, endToEndTrailers } from './hop-headers.ts';
import { headerValue } from './http1-head.ts';
import { Inspection } from './inspection.ts';
import type { Tunnel } from './open-flow.ts';
import { type RequestReading, readBody, readHead } from './request-reading.ts';
import { RequestSender } from './request-sender.ts';
import { ResponsePassage } from './response-passage.ts';
import type { ProxyServices } from './services.ts';
import type { BodyLength, ClientStream, ProxyRequest, RequestSink, ResponseSink } from './stream.ts';
import type { Acquire } from './upstreams.ts';

/** A request whose body has not begun after this many milliseconds may be waiting for the server's first word. */
const EAGER_HEAD_MS = 20;
/** Authentication that belongs to the connection, not to the request (RFC 4559, MS-NTHT). */
const CONNECTION_BOUND = /(^|[\s,])(NTLM|Negotiate)(\s|,|$)/i;
/** Interim responses (1xx) passed on: they are written without back-pressure. */
const INTERIM_RESPONSES = 16;
/** Media types of protocols that wait for the server's head before they send a body. */
const WAITS_FOR_HEAD = /^application\/(grpc|connect\+)/i;

export interface ExchangeOptions {
  services: ProxyServices;
  tunnel: Tunnel;
  client: ClientStream;
  request: ProxyRequest;
  /** Gets a stream to the server that the tunnel leads to. */
  acquire: Acquire;
}

export class Exchange implements RequestSink, ResponseSink {
  #options: ExchangeOptions;
  #inspection: Inspection;
  #sender: RequestSender;
  #requestBrake: Brake;
  #responseBrake: Brake;
  #requestGate: BodyGate | undefined;
  #reading: RequestReading;
  #response: ResponsePassage;
  #eager: NodeJS.Timeout | undefined;
  #interim = 0;
  #over = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    const { services, tunnel, request, acquire, client } = options;
    this.#inspection = new Inspection(services, tunnel, request);
    this.#requestBrake = new Brake((stop) => (stop ? client.pauseRequest() : client.resumeRequest()));
    this.#responseBrake = new Brake((stop) => (stop ? this.#sender.pauseResponse() : this.#sender.resumeResponse()));
    this.#sender = new RequestSender({
      request,
      acquire,
      sink: this,
      pause: () => this.#requestBrake.press('receiver'),
      resume: () => this.#requestBrake.release('receiver'),
      fail: (error) => this.fail(error),
    });
    const block = (verdict: Verdict): void => this.#block(verdict);
    this.#reading = { inspection: this.#inspection, sender: this.#sender, request, block };
    this.#response = new ResponsePassage({
      ...{ services, client, block, inspection: this.#inspection, brake: this.#responseBrake },
      mayPass: (judge) => this.#mayPass(judge),
      cut: () => this.#cut(),
      finish: (trailers) => this.#end(trailers),
    });
  }

  /** Starts the exchange. Call once, when the codec is ready for the answer. */
  start(): void {
    const { request, client } = this.#options;
    if (expectsContinue(request)) client.inform(100, []);
    if (request.body.kind === 'none') {
      if (this.#headMayPass()) this.#sender.start();
      return;
    }
    this.#requestGate = this.#gate(request.headers, {
      sniffed: (mayBeJson) => mayBeJson || this.#headMayPass(),
      judge: (body, final) => this.#mayPass(() => this.#inspection.bodyMayPass('request', body, final)),
      covered: () => this.#inspection.covers('request'),
      read: (body, send) => readBody(this.#reading, body, send),
      forward: (chunk) => this.#sender.write(chunk),
      finish: (trailers) => this.#sender.end(trailers),
      pace: (stop) => this.#requestBrake.set('inspection', stop),
    });
    this.#requestGate.onLate = () => this.#sender.flush();
    // Never hold the head of such a request back; its body is sniffed all the same.
    const waits = WAITS_FOR_HEAD.test(headerValue(request.headers, 'content-type'));
    if (waits && this.#headMayPass()) this.#sender.start();
  }

  /** Answers with an error instead of starting: the request must not leave. */
  refuse(error: DaylightError): void {
    const { request, client } = this.#options;
    if (request.body.kind === 'none') {
      this.fail(error);
      return;
    }
    if (expectsContinue(request)) client.inform(100, []);
    const conclude = (): boolean => {
      this.fail(error);
      return false;
    };
    // The body is read first, so that the error can carry the ids of the JSON-RPC requests in it.
    this.#requestGate = this.#gate(request.headers, {
      sniffed: (mayBeJson) => mayBeJson || conclude(),
      judge: (body) => {
        this.#inspection.bodyMayPass('request', body, true);
        return conclude();
      },
      forward: () => {},
      finish: () => {},
    });
  }

  // ---- what the client's codec says

  requestData(chunk: Buffer): void {
    this.#inspection.up += chunk.length;
    this.#requestGate?.data(chunk);
  }

  requestEnd(trailers: readonly string[]): void {
    clearTimeout(this.#eager);
    this.#requestGate?.end(trailers);
  }

  requestFlush(): void {
    if (this.#over) return;
    this.#sender.flush();
    if (this.#requestGate && !this.#requestGate.started && !this.#eager && !this.#sender.started) {
      this.#eager = setTimeout(() => this.#sendHeadEarly(), EAGER_HEAD_MS);
    }
  }

  clientDrain(): void {
    this.#responseBrake.release('receiver');
  }

  clientGone(error?: DaylightError): void {
    if (this.#over) return;
    // An event stream ends when its reader leaves; everything else was cut short.
    if (!this.#response.isEventStream)
      this.#inspection.error = error?.message ?? 'The client closed the connection before the response was complete';
    this.#sender.abort();
    this.#finish(this.#response.started ? undefined : 'failed');
  }

  // ---- what the server's codec says

  responseInformation(status: number, headers: readonly string[]): void {
    // Daylight has answered Expect itself; a second 100 would confuse the client. And no server needs to say more than this.
    if (this.#over || status === 100 || this.#interim >= INTERIM_RESPONSES) return;
    this.#interim++;
    this.#options.client.inform(status, endToEnd(headers).headers);
  }

  responseHead(status: number, reason: string, headers: string[], body: BodyLength): void {
    if (this.#over) return;
    const inspection = this.#inspection;
    inspection.answered(status, headers);
    const { request: asked, response } = inspection.flow;
    const authentication = [response?.headers['www-authenticate'], asked.headers.authorization];
    if (authentication.some((value) => value && CONNECTION_BOUND.test(value))) this.#sender.pin();
    const { removeAltSvc } = this.#options.services.config.proxy.inspect;
    this.#response.head(status, reason, removeAltSvc ? withoutHttp3(headers) : headers, body);
  }

  responseData(chunk: Buffer): void {
    if (this.#over) return;
    this.#inspection.down += chunk.length;
    this.#response.data(chunk);
  }

  responseEnd(trailers: readonly string[]): void {
    if (this.#over) return;
    // The connection serves others from now on, whether or not all has been read.
    this.#sender.close();
    this.#response.end(trailers);
  }

  responseFlush(): void {
    if (!this.#over) this.#options.client.flush();
  }

  upstreamDrain(): void {
    this.#requestBrake.release('receiver');
  }

  upstreamFailed(error: DaylightError, retryable: boolean): void {
    if (this.#over) return;
    if (!this.#sender.retry(retryable && !this.#response.started)) this.fail(error);
  }

  /** Ends the exchange with an error page, or breaks it off if an answer is under way. */
  fail(error: DaylightError): void {
    if (this.#over) return;
    this.#inspection.error = `${error.code}: ${error.message}`;
    this.#sender.abort();
    if (this.#response.started) {
      this.#finish();
      this.#options.client.reset();
      return;
    }
    this.#answer(answerFailed(this.#inspection.flow, this.#inspection.verdict.mcp, error), 'failed');
  }

  // ---- steps

  #gate(headers: readonly string[], rest: Omit<GateOptions, 'coding' | 'prefix' | 'limit'>): BodyGate {
    const { prefix, dlp } = this.#options.services.config.proxy.inspect;
    return new BodyGate({ coding: headerValue(headers, 'content-encoding'), prefix, limit: dlp, ...rest });
  }

  /** A head that is blocked waits: the answer can name the ids in the body once that is here. So does one that DLP may rewrite. */
  #sendHeadEarly(): void {
    if (this.#over || this.#requestGate?.started || this.#sender.started) return;
    const mayBeJson = /json/i.test(headerValue(this.#options.request.headers, 'content-type'));
    if (!this.#inspection.mayPass('request-headers') || this.#inspection.covers('request')) return;
    if (!mayBeJson || !this.#inspection.mayCover('request')) this.#sender.start();
  }

  /** Judges and reads the head of a request whose body cannot be JSON. */
  #headMayPass(): boolean {
    return this.#mayPass(() => this.#inspection.mayPass('request-headers')) && readHead(this.#reading);
  }

  /** Asks `judge`; a block is carried out at once. */
  #mayPass(judge: () => boolean): boolean {
    if (this.#over) return false;
    if (judge()) return true;
    this.#block(this.#inspection.verdict);
    return false;
  }

  /** In place of an answer, or by breaking it off. */
  #block(verdict: Verdict): void {
    if (this.#over) return;
    if (this.#response.started) {
      this.#cut();
      return;
    }
    this.#sender.abort();
    const { config, askLink } = this.#options.services;
    this.#answer(answerBlocked(this.#inspection.flow, verdict, config.contact, askLink), 'blocked');
  }

  #end(trailers: readonly string[]): void {
    if (this.#over) return;
    this.#finish();
    this.#options.client.end(endToEndTrailers(trailers));
  }

  #answer(answer: Answer, disposition: Disposition): void {
    const { client, request } = this.#options;
    this.#inspection.flow.response ??= { status: answer.status, headers: {} };
    this.#finish(disposition);
    client.respond(answer.status, answer.reason, answer.headers, { kind: 'length', length: answer.body.length });
    if (request.method !== 'HEAD') client.write(answer.body);
    client.end([]);
  }

  /** What is already going to the client ends with an error for whoever awaits an answer in it, or is broken off. */
  #cut(): void {
    const { client, services } = this.#options;
    const { flow, verdict } = this.#inspection;
    if (!this.#response.started && verdict.action === 'block') {
      this.#block(verdict);
      return;
    }
    this.#sender.abort();
    const tells = this.#response.takesEvents && verdict.action === 'block' && flow.request.method === 'POST';
    const last = tells ? blockedEvents(flow, verdict, services.config.contact, services.askLink) : '';
    this.#finish('blocked');
    if (last === '') {
      client.reset();
      return;
    }
    client.write(Buffer.from(last));
    client.end([]);
  }

  #finish(disposition?: Disposition): void {
    this.#over = true;
    clearTimeout(this.#eager);
    this.#requestGate?.close();
    this.#response.close();
    this.#sender.close();
    this.#inspection.record(disposition);
  }
}

function expectsContinue(request: ProxyRequest): boolean {
  return /^100-continue$/i.test(headerValue(request.headers, 'expect'));
}
