// HTTP towards receivers of sinks: one request, one answer, under limits.
//
// TLS is verified, against the public authorities or against those of `ca` alone. Redirects are refused, because they could lead
// anywhere with the secret. An answer is read up to a limit; half an answer is none. Connections are kept; when a kept one turns out
// to be closed before anything came back, the request is made once more on a new one.

import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  Agent as PlainAgent,
  type RequestOptions,
  request as requestPlain,
} from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import type { LookupFunction, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { SinkError } from '../sink.ts';
import { clean, describeConnectionError, readTlsFiles } from './connection-error.ts';

/** A connection to a receiver by way of a proxy; undefined where it is reached directly. */
export type Tunnel = (to: { host: string; port: number }) => Promise<Socket> | undefined;

export interface HttpPostOptions {
  /** PEM file. */
  ca?: string | undefined;
  /** Milliseconds from the start of a request to the end of its answer. */
  timeout: number;
  /** Bytes of an answer that are read; a longer one is an error. */
  answerLimit?: number;
  /** Looks names up, and may refuse where they lead; the system's way unless told. */
  lookup?: LookupFunction;
  /** TLS with the receiver goes through it and is verified here all the same. */
  tunnel?: Tunnel | undefined;
}

export interface PostRequest {
  url: string;
  method?: 'POST' | 'PUT';
  headers: Record<string, string>;
  body: string | Buffer;
  /** Compress the body. */
  gzip?: boolean;
  /** Secrets besides the Authorization header that must not show up in what is said of the answer. */
  secrets?: readonly string[];
}

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Status and beginning of the answer, fit for a message. */
  said: string;
  /** Milliseconds that the receiver asks to be left alone. */
  retryAfterMs: number | undefined;
}

export interface HttpPost {
  /** @throws SinkError if there is no whole answer, or a redirect */
  post(request: PostRequest, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

const ANSWER_LIMIT = 1024 ** 2;
const LONGEST_WAIT_MS = 3_600_000;
const compress = promisify(gzip);

/** @throws DaylightError ERR_CONFIG_INVALID if `ca` cannot be used */
export function createHttpPost({ ca, timeout, answerLimit = ANSWER_LIMIT, lookup, tunnel }: HttpPostOptions): HttpPost {
  const dial = { keepAlive: true, ...(lookup ? { lookup } : {}) };
  const tls = new TlsAgent({ ...dial, minVersion: 'TLSv1.2', ...readTlsFiles({ ca }) });
  const plain = new PlainAgent(dial);
  if (tunnel) {
    // Whoever read the proxy's answer left it paused; TLS starts reading by itself.
    goThrough(plain, tunnel, (_options, socket) => socket.resume());
    const secure = tls.createConnection.bind(tls);
    goThrough(tls, tunnel, (options, socket) => secure(Object.assign({}, options, { socket })));
  }

  function exchange(url: URL, request: PostRequest, body: Buffer, signal: AbortSignal): Promise<Answer & { location: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer & { location: string }>();
    const headers = { ...request.headers, 'Content-Length': String(body.length), 'Accept-Encoding': 'identity' };
    const options = { method: request.method ?? 'POST', headers, signal };
    const sent =
      url.protocol === 'https:' ? requestTls(url, { ...options, agent: tls }) : requestPlain(url, { ...options, agent: plain });
    sent.on('response', (response) => {
      readAnswer(response, answerLimit).then(
        (text) =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            said: said(response.statusCode ?? 0, text, request),
            retryAfterMs: retryAfterOf(response.headers['retry-after']),
            location: response.headers.location ?? '',
          }),
        (error) => {
          sent.destroy();
          reject(error);
        },
      );
    });
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const stale = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? Object.assign(error, { stale }) : error);
    });
    sent.end(body);
    return promise;
  }

  return {
    async post(request, signal) {
      const url = new URL(request.url);
      const to = url.origin;
      const limit = AbortSignal.timeout(timeout);
      const either = AbortSignal.any([signal, limit]);
      const body = request.gzip ? await compress(request.body) : Buffer.from(request.body);
      const zipped = request.gzip ? { ...request, headers: { ...request.headers, 'Content-Encoding': 'gzip' } } : request;
      const attempt = () => exchange(url, zipped, body, either);
      try {
        const answer = await attempt().catch((error) => (error.stale ? attempt() : Promise.reject(error)));
        if (answer.status >= 300 && answer.status < 400)
          throw new SinkError(
            `${to} answers with a redirect (${answer.status}) to ${originOf(answer.location, url)}; redirects are not followed, set the final address`,
          );
        return answer;
      } catch (error) {
        if (error instanceof SinkError) throw error;
        if (signal.aborted) throw new SinkError(`sending to ${to} was stopped`, { cause: error });
        if (limit.aborted) throw new SinkError(`${to} gave no whole answer within ${timeout / 1000} s`, { cause: error });
        throw new SinkError(describeConnectionError(error, to), { cause: error });
      }
    },
    close() {
      tls.destroy();
      plain.destroy();
    },
  };
}

/** Has an agent make its connections by a tunnel where there is one. */
function goThrough(
  agent: PlainAgent,
  tunnel: Tunnel,
  finish: (options: RequestOptions, socket: Socket) => Duplex | null | undefined,
): void {
  const direct = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const tunnelled = tunnel({ host: options.host ?? '', port: Number(options.port) });
    if (!tunnelled) return direct(options, done);
    tunnelled
      .then((socket) => finish(options, socket) ?? socket)
      .then(
        (socket) => done?.(null, socket),
        (error) => done?.(error, undefined as never),
      );
    return undefined;
  };
}

async function readAnswer(response: IncomingMessage, limit: number): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > limit) throw new Error(`the answer is longer than ${limit} bytes`);
    pieces.push(piece);
  }
  if (!response.complete) throw new Error('the answer broke off');
  return Buffer.concat(pieces).toString('utf8');
}

/** What a message may say of an answer: receivers echo what they were sent. */
function said(status: number, text: string, request: PostRequest): string {
  const given = Object.entries(request.headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1] ?? '';
  const secrets = [given, given.slice(given.indexOf(' ') + 1), ...(request.secrets ?? [])].filter((secret) => secret.length > 3);
  const hidden = secrets.reduce((shown, secret) => shown.replaceAll(secret, '***'), text.slice(0, 10_000));
  const shown = clean(hidden);
  return shown === '' ? `${status}` : `${status}: ${shown}`;
}

function originOf(location: string, base: URL): string {
  return URL.canParse(location, base.href) ? clean(new URL(location, base.href).origin) : 'nowhere';
}

/** Retry-After: seconds or a date (RFC 9110 section 10.2.3); at most an hour counts. */
function retryAfterOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const wait = /^\s*\d{1,9}\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), LONGEST_WAIT_MS);
}

/** The answer as JSON; undefined if it is something else. */
export function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}

/** The batch has to be sent again, because of this answer. */
export function notTaken(answer: Answer, url: string, fix = ''): SinkError {
  const hint = fix === '' ? '' : `; ${fix}`;
  return new SinkError(`${new URL(url).origin} answers ${answer.said}${hint}`, {
    ...(answer.retryAfterMs === undefined ? {} : { retryAfterMs: answer.retryAfterMs }),
  });
}
