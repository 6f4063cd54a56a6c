// A connection to a syslog receiver over TCP or TLS: messages are counted (RFC 6587 section 3.4.1, RFC 5425 section 4.3).
//
// Syslog acknowledges nothing. What counts as delivered: the operating system took every byte, and the connection still stood once a
// refusal would have come back. How it ends later tells whether something is missing: a receiver that has read everything closes with
// FIN, one that closes or dies with bytes unread with RST. After anything but FIN, what was last sent (up to 4 MiB, ten minutes) goes out once more
// on the next connection, first of all; after FIN only what may have crossed it. A message may so arrive twice.

import { connect, isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { SinkError } from '../sink.ts';
import { describeConnectionError, type TlsFiles } from './connection-error.ts';

export interface SyslogStreamOptions {
  host: string;
  port: number;
  /** Undefined for plain TCP. */
  tls: TlsFiles | undefined;
  /** Name that the receiver's certificate must have; the host unless told. */
  serverName: string | undefined;
  /** Milliseconds to connect, and for a batch to be taken. */
  timeout: number;
}

export interface SyslogStream {
  /** @throws SinkError if the messages have to be sent again */
  write(messages: readonly Buffer[], signal: AbortSignal): Promise<void>;
  /** Says goodbye, and gives the receiver a moment to read everything. */
  close(): Promise<void>;
}

interface Connection {
  socket: Socket;
  /** Milliseconds that a refusal takes to come back. */
  settleMs: number;
  fresh: boolean;
  /** Why it is of no use any more; '' while it is. */
  ended: string;
}

const LEAST_SETTLE_MS = 20;
const MOST_SETTLE_MS = 500;
const REMEMBERED_BYTES = 4 * 1024 ** 2;
const REMEMBERED_MS = 10 * 60_000;
/** Milliseconds within which a batch may have crossed a FIN. */
const CROSSED_MS = 2_000;
const KEEP_ALIVE_MS = 30_000;
const GOODBYE_MS = 1_000;

export function createSyslogStream(options: SyslogStreamOptions): SyslogStream {
  const { host, port, tls, serverName = host, timeout } = options;
  const to = `${host}:${port}`;
  let connection: Connection | undefined;
  /** What was sent lately, batch by batch. */
  let remembered: { bytes: Buffer; at: number }[] = [];

  function remember(bytes: Buffer): void {
    remembered.push({ bytes, at: Date.now() });
    let total = remembered.reduce((sum, batch) => sum + batch.bytes.length, 0);
    while (total > REMEMBERED_BYTES && remembered.length > 1) total -= remembered.shift()?.bytes.length ?? 0;
  }

  async function open(signal: AbortSignal): Promise<Connection> {
    const begun = Date.now();
    const name = isIP(serverName) === 0 ? { servername: serverName } : {};
    const socket = tls ? connectTls({ host, port, minVersion: 'TLSv1.2', ...tls, ...name }) : connect({ host, port });
    const made: Connection = { socket, settleMs: 0, fresh: true, ended: '' };
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once(tls ? 'secureConnect' : 'connect', () => resolve());
    socket.on('error', (error) => {
      made.ended ||= describeConnectionError(error, to);
      reject(error);
    });
    socket.on('end', () => {
      if (made.ended === '') remembered = remembered.filter(({ at }) => Date.now() - at < CROSSED_MS);
      made.ended ||= `${to} closed the connection`;
    });
    socket.on('close', () => {
      made.ended ||= `the connection to ${to} ended`;
      reject(new Error(made.ended));
    });
    // Receivers have nothing to say; reading is how an end is noticed.
    socket.resume();
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    try {
      await within(promise, signal, 'connect');
    } catch (error) {
      socket.destroy();
      throw error instanceof SinkError ? error : new SinkError(made.ended, { cause: error });
    }
    made.settleMs = Math.min(LEAST_SETTLE_MS + Date.now() - begun, MOST_SETTLE_MS);
    return made;
  }

  /** @throws SinkError when it takes too long or is stopped, else what the work throws */
  async function within<T>(work: Promise<T>, signal: AbortSignal, what: string): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>();
    const stop = () => reject(new SinkError(`sending to ${to} was stopped`));
    const timer = setTimeout(() => reject(new SinkError(`${to} did not ${what} within ${timeout / 1000} s`)), timeout);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await Promise.race([work, promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  /** Resolves once the operating system has taken every byte. */
  async function transmit({ socket }: Connection, bytes: Buffer, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const broken = () => reject(new Error('the connection ended'));
    socket.once('close', broken);
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    await within(promise, signal, 'take a batch').finally(() => socket.off('close', broken));
  }

  return {
    async write(messages, signal) {
      const bytes = Buffer.concat(messages.flatMap((message) => [Buffer.from(`${message.length} `), message]));
      if (connection === undefined || connection.ended !== '') connection = await open(signal);
      const current = connection;
      try {
        if (current.fresh) await sleep(current.settleMs);
        const recent = remembered.filter(({ at }) => Date.now() - at < REMEMBERED_MS);
        const before = current.fresh ? recent.map((batch) => batch.bytes) : [];
        await transmit(current, Buffer.concat([...before, bytes]), signal);
        current.fresh = false;
        await sleep(current.settleMs);
      } catch (error) {
        current.socket.destroy();
        current.ended ||= error instanceof SinkError ? error.message : describeConnectionError(error, to);
      }
      if (current.ended !== '') throw new SinkError(current.ended);
      remember(bytes);
    },
    async close() {
      const socket = connection?.socket;
      if (socket === undefined || socket.destroyed) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.once('close', () => resolve());
      socket.end();
      await Promise.race([promise, sleep(GOODBYE_MS, undefined, { ref: false })]);
      socket.destroy();
    },
  };
}
