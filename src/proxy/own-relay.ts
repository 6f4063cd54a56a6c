// Requests to the appliance's own host, daylight.internal: handed on to the setup pages and the page for requests for approval, and to
// nothing else.
//
// They are no traffic to a server: nothing is resolved or dialled for them but the one loopback port of those pages, and no event is
// written, because the path of a request for approval lets its holder ask. Bodies and answers are small and held whole.

import { request as sendRequest } from 'node:http';
import { OWN_HOST } from '../ask-token.ts';
import { headerValue } from './http1-head.ts';
import type { ClientStream, ProxyRequest, RequestSink } from './stream.ts';

/** Where the pages listen, and the word by which they know the proxy. */
export interface OwnDoor {
  port: number;
  secret: string;
  /** Whether requests for approval are taken there. */
  asks: boolean;
}

export interface OwnRelayOptions {
  client: ClientStream;
  request: ProxyRequest;
  /** Address of the client. */
  address: string;
  door: OwnDoor;
  contact: string;
  /** It was sent to the port of the proxy as if that were a web server: it did not come through the proxy. */
  direct?: boolean;
}

const MAX_BODY = 64 * 1024;
/** The bundle of public roots is the largest. */
const MAX_ANSWER = 1024 * 1024;
const TIMEOUT_MS = 10_000;
const METHODS = /^(GET|HEAD|POST)$/;
/** A page at the top, or a link to ask. */
const SETUP_PATH = /^\/[A-Za-z0-9._-]{0,40}(\?[\x21-\x7e]{0,500})?$/;
const ASK_PATH = /^\/ask\/[^/?#]+$/;
const PASSED_ON = ['accept', 'accept-language', 'content-type', 'origin', 'sec-fetch-site', 'user-agent'];
const GIVEN_BACK = [
  ...[
    'allow',
    'cache-control',
    'content-disposition',
    'content-security-policy',
    'content-type',
    'referrer-policy',
    'retry-after',
  ],
  ...['vary', 'x-content-type-options'],
];

/** Whether a request that names no server, sent to the port of the proxy, is for its setup pages. */
export function isSetupTarget(method: string, target: string): boolean {
  return (method === 'GET' || method === 'HEAD') && SETUP_PATH.test(target);
}

/** Answers one request. Its whole body is read before anything is answered. */
export class OwnRelay implements RequestSink {
  #options: OwnRelayOptions;
  #body: Buffer[] = [];
  #bytes = 0;
  #over = false;

  constructor(options: OwnRelayOptions) {
    this.#options = options;
  }

  requestData(chunk: Buffer): void {
    if (this.#over) return;
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_BODY) this.#say(413, 'Content Too Large', 'This is too long.');
    else this.#body.push(Buffer.from(chunk));
  }

  requestEnd(): void {
    if (this.#over) return;
    const { request, door, direct = false } = this.#options;
    if (!SETUP_PATH.test(request.path) && !(ASK_PATH.test(request.path) && door.asks && !direct)) {
      this.#say(404, 'Not Found', `There is no such page. Begin at http://${OWN_HOST}/`);
    } else if (!METHODS.test(request.method)) {
      this.#say(405, 'Method Not Allowed', 'Only GET, HEAD and POST are answered here.');
    } else this.#handOn();
  }

  requestFlush(): void {}
  clientDrain(): void {}

  clientGone(): void {
    this.#over = true;
  }

  #handOn(): void {
    const { request, address, door, direct = false } = this.#options;
    const body = Buffer.concat(this.#body);
    const headers: Record<string, string> = {
      ...{ host: OWN_HOST, 'daylight-door': door.secret, 'daylight-client': address },
      'daylight-scheme': direct ? 'direct' : request.scheme,
    };
    for (const name of PASSED_ON) {
      const value = headerValue(request.headers, name);
      if (value !== '') headers[name] = value;
    }
    if (request.method === 'POST') headers['content-length'] = String(body.length);
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { method, path } = request;
    const sent = sendRequest({ host: '127.0.0.1', port: door.port, agent: false, method, path, headers, signal });
    sent.on('error', () => this.#unreachable());
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', () => this.#unreachable());
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > MAX_ANSWER) sent.destroy(new Error('the answer is too long'));
        else chunks.push(chunk);
      });
      response.on('end', () => {
        const fields = GIVEN_BACK.flatMap((name) => {
          const value = response.headers[name];
          return value === undefined ? [] : [name, String(value)];
        });
        this.#answer(response.statusCode ?? 502, response.statusMessage ?? '', fields, Buffer.concat(chunks));
      });
    });
    sent.end(body);
  }

  #unreachable(): void {
    const { contact } = this.#options;
    this.#say(
      503,
      'Service Unavailable',
      `This page cannot be shown at the moment. Try again in a minute. To ask for approval, send ${contact} the event id of the message.`,
    );
  }

  #say(status: number, reason: string, text: string): void {
    const fields = ['content-type', 'text/plain; charset=utf-8', 'cache-control', 'no-store'];
    this.#answer(status, reason, fields, Buffer.from(`${text}\n`));
  }

  #answer(status: number, reason: string, headers: readonly string[], body: Buffer): void {
    if (this.#over) return;
    this.#over = true;
    const { client } = this.#options;
    client.respond(status, reason, [...headers, 'content-length', String(body.length)], { kind: 'length', length: body.length });
    if (this.#options.request.method !== 'HEAD') client.write(body);
    client.end([]);
  }
}
