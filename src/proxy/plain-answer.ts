// What the front of the proxy says when it does not serve: a short text, and the end of the connection.

import type { Duplex } from 'node:stream';
import type { DaylightError } from '../errors.ts';

/** How long a client may take to read the answer before the connection is cut, milliseconds. */
const LINGER_MS = 2000;

const STATUS: Partial<Record<DaylightError['code'], number>> = {
  ERR_AUTHORITY_INVALID: 400,
  ERR_HTTP_SYNTAX: 400,
  ERR_PORT_REFUSED: 403,
  ERR_ADDRESS_REFUSED: 403,
  ERR_IDENTITY: 403,
  ERR_MISDIRECTED: 421,
  ERR_LOOP: 508,
};

const REASONS: Record<number, string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  421: 'Misdirected Request',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  508: 'Loop Detected',
};

export function statusOf(error: DaylightError): number {
  return STATUS[error.code] ?? 502;
}

/** Answers and closes, so that the client can read what it is told. */
export function answerAndClose(socket: Duplex, status: number, text: string): void {
  if (socket.destroyed || socket.writableEnded) return;
  socket.end(plainAnswer(status, `${text}\n`));
  socket.on('data', () => {});
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

export function plainAnswer(status: number, text: string): string {
  const reason = REASONS[status] ?? 'Error';
  return `HTTP/1.1 ${status} ${reason}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`;
}
