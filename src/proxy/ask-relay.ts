// Requests to the appliance's own host, http://daylight.internal: handed on to the page for requests for approval, and to nothing else.
//
// They are no traffic to a server: nothing is resolved or dialled for them but the one loopback port of that page, and no event is
// written, because their path lets its holder ask. Bodies and answers are small and held whole.

import { request as sendRequest } from 'node:http';
import { OWN_HOST } from '../ask-token.ts';
import { headerValue } from './http1-head.ts';
import type { ClientStream, ProxyRequest, RequestSink } from './stream.ts';

/** Where the page listens, and the word by which it knows the proxy. */
export interface AskDoor {
  port: number;
  secret: string;
}

export interface AskRelayOptions {
  client: ClientStream;
  request: ProxyRequest;
  /** Address of the client. */
  address: string;
  door: AskDoor;
  contact: string;
}

const MAX_BODY = 64 * 1024;
const MAX_ANSWER = 256 * 1024;
const TIMEOUT_MS = 10_000;
const METHODS = /^(GET|HEAD|POST)$/;
const PASSED_ON = ['accept', 'accept-language', 'content-type', 'origin', 'sec-fetch-site', 'user-agent'];
const GIVEN_BACK = [
  ...['allow', 'cache-control', 'content-security-policy', 'content-type', 'referrer-policy', 'retry-after'],
  'x-content-type-options',
];

/** Answers one request. Its whole body is read before anything is answered. */
export class AskRelay implements RequestSink {
  #options: AskRelayOptions;
  #body: Buffer[] = [];
  #bytes = 0;
  #over = false;

  constructor(options: AskRelayOptions) {
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
    const { request } = this.#options;
    if (!/^\/ask\/[^/?#]+$/.test(request.path)) {
      this.#say(404, 'Not Found', `Only links to ask for approval lead to ${OWN_HOST}.`);
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
    const { request, address, door } = this.#options;
    const body = Buffer.concat(this.#body);
    const headers: Record<string, string> = { host: OWN_HOST, 'daylight-door': door.secret, 'daylight-client': address };
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
      `Requests cannot be taken at the moment. Try again in a minute, or send ${contact} the event id of the message.`,
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
