// The seam between an exchange and the codecs on its two sides. A codec knows HTTP/1.1 or HTTP/2 and nothing else; an
// exchange knows neither. Everything is push with back-pressure: `write` says false when the other side should pause.
//
// `flush` ends a burst: codecs collect what is written and send it as one piece when the bytes that caused it are used up,
// always within the same turn of the event loop.

import type { DaylightError } from '../errors.ts';

/** Length of a body as declared; `unknown` means chunked, DATA frames or until the connection closes. */
export type BodyLength = { kind: 'none' } | { kind: 'length'; length: number } | { kind: 'unknown' };

export const EMPTY_BODY: BodyLength = { kind: 'none' };
export const UNKNOWN_LENGTH: BodyLength = { kind: 'unknown' };

/** A request, whatever protocol carried it. */
export interface ProxyRequest {
  method: string;
  scheme: 'http' | 'https';
  /** Host header or :authority as received. */
  authority: string;
  /** Path and query. */
  path: string;
  /** Flat list as received; with HTTP/2 without pseudo-headers and with `cookie` joined. */
  headers: string[];
  httpVersion: '1.0' | '1.1' | '2';
  body: BodyLength;
}

/** The client's side of one exchange, implemented by a codec. */
export interface ClientStream {
  /** Interim response, 1xx except 101. */
  inform(status: number, headers: readonly string[]): void;
  /** Head of the final response. `headers`: end-to-end fields, flat. */
  respond(status: number, reason: string, headers: readonly string[], body: BodyLength): void;
  write(chunk: Buffer): boolean;
  end(trailers: readonly string[]): void;
  flush(): void;
  /** Break off: the response cannot be completed. */
  reset(): void;
  pauseRequest(): void;
  resumeRequest(): void;
}

/** What a client codec tells the exchange. */
export interface RequestSink {
  requestData(chunk: Buffer): void;
  requestEnd(trailers: readonly string[]): void;
  /** The burst of request bytes is over. */
  requestFlush(): void;
  /** The client takes bytes again. */
  clientDrain(): void;
  /** The client has gone or reset the stream. Nothing may be written any more. */
  clientGone(error?: DaylightError): void;
}

/** The server's side of one exchange, implemented by a codec. */
export interface UpstreamStream {
  send(request: ProxyRequest, headers: readonly string[]): void;
  write(chunk: Buffer): boolean;
  end(trailers: readonly string[]): void;
  flush(): void;
  abort(): void;
  /** The connection belongs to this client from now on (connection-bound authentication). */
  pin?(): void;
  pauseResponse(): void;
  resumeResponse(): void;
}

/** What an upstream codec tells the exchange. */
export interface ResponseSink {
  responseInformation(status: number, headers: readonly string[]): void;
  responseHead(status: number, reason: string, headers: string[], body: BodyLength): void;
  responseData(chunk: Buffer): void;
  responseEnd(trailers: readonly string[]): void;
  responseFlush(): void;
  upstreamDrain(): void;
  /** The exchange cannot be completed. `retryable`: a reused connection closed before it answered anything. */
  upstreamFailed(error: DaylightError, retryable: boolean): void;
}
